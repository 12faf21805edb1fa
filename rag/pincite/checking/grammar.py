"""A sentence read for what decides whether another says the same: its clauses, who does what, who owns what, how many.

No parser: a light reading by word order and lists of words, which says nothing where it is not sure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from pincite.checking import english
from pincite.checking.aligning import Unit, units_of
from pincite.checking.belonging import Quantified, owners_in, quantified_in
from pincite.checking.quantities import Quantity, periods, quantities, without_bounds
from pincite.checking.tokens import Token, is_participle, lemma_of, tokens

_CONNECTOR = re.compile(english.CONNECTORS, re.IGNORECASE)
_ELLIPSIS = re.compile(
    r", (?=(?:[\w-]+ ){1,3}(?:are|is|was|were|may|must|shall|can|will|has|have|do|does) ?(?:not\b|[.,;]|\Z))"
)
_AND = re.compile(r",? (?:and|or)(?= (?P<rest>[^,;.]{2,60}))", re.IGNORECASE)
_MODALS = tuple((kind, re.compile(rf"\b(?:{words})(?!\w)", re.IGNORECASE)) for kind, words in english.MODALS)
_FALLS_TO = re.compile(
    r"\b(?:(?:is|are) up to|falls? to|borne by|(?:duty|task|job|responsibility) of)\b", re.IGNORECASE
)
_DENIAL = re.compile(rf"\b(?:{english.DENIALS})\b|n['’]t\b", re.IGNORECASE)
_NOBODY = re.compile(r"\b(?:no|nobody|none|neither)\b", re.IGNORECASE)
_CONDITION = re.compile(r"\b(?:without|unless|except|only|until|before)\b", re.IGNORECASE)
_LEADING = re.compile(
    r"(?:Following|Beyond|Except|Besides|Starting|Since|Upon|Despite|Instead|Every|Each|Outside|Before|If|When|Where|Once|After|Before|Unless|While|As|Although|During|In|On|At|For|To|By|With|Within|Under|Until|From)\b"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence with one verb.

    Attributes
    ----------
    modal
        "bound", "allowed", "barred", "free", "ought", or "" where it says what is.
    lemmas
        What its words come down to.
    verb
        The lemma of its verb, or "".
    agents, others
        Those who do it, and those to whom or with whom it is done.
    vague
        Whether it does not name who does it: a pronoun, an order, a passive without "by".
    conditional
        Whether it holds "without", "unless" or the like.
    denied
        Whether it denies: an odd number of denials, so that "not without" denies nothing.
    said
        Its words in small letters, without those of bounds.
    leads
        Whether it is a condition or time that the sentence begins with.
    subject
        All words before its verb.
    """

    start: int
    end: int
    modal: str
    lemmas: frozenset[str]
    verb: str
    agents: frozenset[str]
    others: frozenset[str]
    passive: bool
    vague: bool
    conditional: bool
    denied: bool
    said: frozenset[str]
    leads: bool
    subject: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence as it is read.

    Attributes
    ----------
    plain
        The text with blanks for bounds such as "no more than".
    owners
        For each lemma whose it is said to be.
    """

    text: str
    plain: str
    tokens: tuple[Token, ...]
    quantities: tuple[Quantity, ...]
    periods: tuple[tuple[str, int, int], ...]
    clauses: tuple[Clause, ...]
    quantified: tuple[Quantified, ...]
    owners: dict[str, frozenset[str]]
    actors: frozenset[str]
    lemmas: frozenset[str]
    units: tuple[Unit, ...]


@lru_cache(maxsize=4096)
def read_sentence(text: str) -> Reading:
    """Read a sentence."""
    counted = quantities(text)
    found = tokens(text)
    plain = without_bounds(text, counted)
    clauses: list[Clause] = []
    for start, end in _clause_spans(text):
        clauses.append(_clause(plain, found, start, end, clauses[-1] if clauses else None))
    return Reading(
        text=text,
        plain=plain,
        tokens=found,
        quantities=counted,
        periods=periods(text),
        clauses=tuple(clauses),
        quantified=tuple(quantified_in(text, found)),
        owners=owners_in(found),
        actors=frozenset(token.who for token in found if token.actor),
        lemmas=frozenset(token.lemma for token in found if token.lemma),
        units=units_of(found, counted),
    )


def _clause_spans(text: str) -> list[tuple[int, int]]:
    cuts = {match.start() for match in _CONNECTOR.finditer(text) if match.start() > 0}
    cuts |= {match.start() for match in _ELLIPSIS.finditer(text) if has_verb(text[: match.start()])}
    if _LEADING.match(text) and (comma := text.find(", ")) > 0:
        cuts.add(comma)
    for match in _AND.finditer(text):
        if not has_verb(text[: match.start()]):
            continue  # "dogs and cats may"
        words = [word.strip(",.").casefold() for word in match["rest"].split()[:4]]
        phrase = next((n for n, word in enumerate(words) if word in english.PREPOSITIONS), len(words))
        words = words[:phrase]
        if words and words[0] in ("never", "not"):
            words = words[1:]
        if any(_is_finite(word, before) for word, before in zip(words, ["", *words], strict=False)):
            cuts.add(match.start())
    ends = sorted(cuts)
    return [(a, b) for a, b in zip([0, *ends], [*ends, len(text)], strict=True) if text[a:b].strip(" ,;:.")]


def has_verb(text: str) -> bool:
    """Tell whether a verb stands in the first part of a sentence, so that what follows "and" may be a clause."""
    words = ["", *(word.strip(",.;:()").casefold() for word in text.split())]
    return any(_is_finite(word, before) for before, word in pairwise(words))


def _is_finite(word: str, before: str) -> bool:
    if word in (
        "may",
        "must",
        "shall",
        "can",
        "will",
        "should",
        "is",
        "are",
        "was",
        "were",
        "has",
        "have",
        "had",
        "does",
        "do",
    ):
        return True
    if before in english.DETERMINERS or before in english.PREPOSITIONS:
        return False
    if word.endswith(("wn", "rn", "en")) and word in english.LEMMAS:
        return False  # "worn carpets"
    return bool(word.endswith(("s", "ed")) or not before) and english.is_verb(lemma_of(word))


def _clause(text: str, tokens: tuple[Token, ...], start: int, end: int, last: Clause | None) -> Clause:
    own = [token for token in tokens if start <= token.start < end]
    said = text[start:end]
    modal, begin, after = _modal(said)
    if modal in ("allowed", "able") and _NOBODY.search(said, 0, begin) is not None:
        modal = "barred"
    verb_at, passive, first = _verb(own, start + begin if modal else -1, start + after if modal else -1)
    before = own[:first]
    agents, vague = _subjects(before)
    if verb_at < 0 and first == len(own):
        agents, vague = set(), True  # no verb is known there, and so nobody who does it
    shared = (
        last is not None
        and re.match(r",? (?:and|or|but)\b", said) is not None
        and not any(token.lemma or token.low in english.PRONOUNS for token in before)
    )
    if shared and last is not None:
        # "... and gives": the subject is the one of the clause before.
        agents, vague = set(last.others if last.passive else last.agents), last.vague
        if not modal and verb_at >= 0 and first == verb_at and last.passive and is_participle(own[verb_at]):
            passive = True
    others: set[str] = set()
    by: set[str] = set()
    in_by = in_of = False
    for token in own[verb_at + 1 :] if verb_at >= 0 else ():
        if token.low in english.PREPOSITIONS or token.low in (",", ";"):
            in_by, in_of = token.low == "by", token.low in ("of", "with", "for")
        elif token.actor and not token.owner and not in_of:
            (by if in_by else others).add(token.who)
    if (fallen := _FALLS_TO.search(said)) is not None:
        agents = {token.who for token in own if token.actor and token.start >= start + fallen.end()}
        verb_at = next((i for i, token in enumerate(own) if english.is_verb(token.lemma)), -1)
        vague, passive, others = not agents, False, others - agents
    if passive:
        others |= agents
        agents, vague = by, not by
    verb = own[verb_at].lemma if verb_at >= 0 else ""
    if not modal and verb_at == 0 and not passive and own[0].low not in english.BE and own[0].low in english.VERBS:
        modal, vague = english.IMPERATIVES_MEAN, True
    return Clause(
        start=start,
        end=end,
        modal=modal,
        lemmas=frozenset(token.lemma for token in own if token.lemma),
        verb=verb,
        agents=frozenset(agents),
        others=frozenset(others - agents),
        passive=passive,
        vague=vague or not agents,
        conditional=_CONDITION.search(said) is not None,
        denied=len(_DENIAL.findall(said)) % 2 == 1,
        leads=start == 0 and end < len(text) and _LEADING.match(text) is not None,
        subject=frozenset(token.who for token in before if token.lemma),
        said=frozenset(token.low for token in own if said[token.start - start].strip()),
    )


def _modal(said: str) -> tuple[str, int, int]:
    """Return the first modal of a clause with its place; one that says more comes before one that it holds."""
    best: tuple[int, int, str, int] | None = None
    for rank, (kind, pattern) in enumerate(_MODALS):
        match = pattern.search(said)
        if match is not None and (best is None or (match.start(), rank) < best[:2]):
            best = match.start(), rank, kind, match.end()
    return ("", -1, -1) if best is None else (best[2], best[0], best[3])


def _verb(own: list[Token], modal_start: int, modal_end: int) -> tuple[int, bool, int]:
    """Return where the verb of a clause stands, whether it is passive, and where its verb group begins; -1 for none."""
    if modal_start >= 0:
        first = next((i for i, token in enumerate(own) if token.end > modal_start), 0)
        passive = False
        for i in range(first, len(own)):
            token = own[i]
            if token.end <= modal_end:
                continue
            if token.low in english.BE:
                passive = True
            elif token.lemma:
                return i, passive and is_participle(token), first
        return -1, False, first
    for i, token in enumerate(own):
        if token.low in english.BE or token.low in ("has", "have", "had", "will", "would"):
            been = token.low in english.BE
            for j in range(i + 1, min(i + 5, len(own))):
                if own[j].low in english.BE:
                    been = True
                elif own[j].lemma and is_participle(own[j]):
                    return j, been, i
                elif own[j].lemma and not own[j].low.endswith("ly"):
                    return (j, False, i) if token.low in ("will", "would") else (-1, False, i)
            return -1, False, i
        before = own[i - 1].low if i else ""
        if token.lemma and english.is_verb(token.lemma) and not token.owner:
            if (
                before in english.DETERMINERS
                or (before in english.PREPOSITIONS and before != "to")
                or (i and own[i - 1].owner)
            ):
                continue
            if i and (token.low.endswith("ing") or not _agrees(token, own[:i])):
                continue
            return i, False, i
    return -1, False, len(own)


def _agrees(token: Token, before: list[Token]) -> bool:
    """Tell whether a verb without auxiliary may follow these words: "they pay", "he pays", not "the pay"."""
    if token.low.endswith("ed") or token.low in english.LEMMAS:
        return True
    last = next((each for each in reversed(before) if not each.low.endswith("ly")), None)
    if last is None:
        return True
    if token.low.endswith("s"):
        return not last.low.endswith("s") or last.low in english.PRONOUNS or last.actor
    return (
        last.low.endswith("s")
        or last.low in english.PRONOUNS
        or last.low in ("people", "children", "staff", "police", "to", "and", "or", "then")
    )


def _subjects(before: list[Token]) -> tuple[set[str], bool]:
    """Return the actors before a verb that stand in no prepositional phrase, and whether a pronoun does."""
    found: set[str] = set()
    vague, in_phrase = False, False
    for token in before:
        if token.low in english.PREPOSITIONS:
            in_phrase = True
        elif token.low == ",":
            in_phrase = False
        elif in_phrase:
            continue
        elif token.actor and not token.owner:
            found.add(token.who)
        elif token.low in english.PRONOUNS:
            vague = True
    return found, vague
