"""A sentence read for what decides whether another says the same: its clauses, who does what, who owns what, how many.

No parser: a light reading by word order and lists of words, which says nothing where it is not sure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pincite.checking import english
from pincite.checking.quantities import Quantity, periods, quantities, without_bounds
from pincite.storing.terms import terms

_TOKEN = re.compile(r"[^\W_]+(?:[.’'&/-](?=[^\W_])[^\W_]+)*[’']?|[,;:()–—|.!?]")
_CONNECTOR = re.compile(english.CONNECTORS, re.IGNORECASE)
_ELLIPSIS = re.compile(r", (?=(?:[\w-]+ ){1,3}(?:are|is|was|were|may|must|shall|can|will|has|have|do|does) ?(?:not\b|[.,;]|\Z))")
_AND = re.compile(r",? (?:and|or)(?= (?P<rest>[^,;.]{2,60}))", re.IGNORECASE)
_MODALS = tuple((kind, re.compile(rf"\b(?:{words})(?!\w)", re.IGNORECASE)) for kind, words in english.MODALS)
_QUANTIFIER = re.compile(
    r"\b(?:"
    + "|".join(re.escape(word).replace(r"\ ", " ") for word in sorted(english.QUANTIFIERS, key=len, reverse=True))
    + r")\b",
    re.IGNORECASE,
)
_DENIED_BEFORE = re.compile(r"\b(?:not|no|never|without|before|than|if|cannot|whether)\b[^,;.]{0,40}\Z|n['’]t\b[^,;.]{0,40}\Z", re.I)
_FALLS_TO = re.compile(r"\b(?:(?:is|are) up to|falls? to|borne by|(?:duty|task|job|responsibility) of)\b", re.IGNORECASE)
_DENIAL = re.compile(rf"\b(?:{english.DENIALS})\b|n['’]t\b", re.IGNORECASE)
_CONDITION = re.compile(r"\b(?:without|unless|except|only|until|before)\b", re.IGNORECASE)
_LEADING = re.compile(r"(?:Following|Beyond|Except|Besides|Starting|Since|Upon|Despite|Instead|Every|Each|Outside|Before|If|When|Where|Once|After|Before|Unless|While|As|Although|During|In|On|At|For|To|By|With|Within|Under|Until|From)\b")
_OWNER = re.compile(r"[’']s\Z|s[’']\Z")
_ENDS_NP = english.PREPOSITIONS | english.BE | frozenset("and or but if , ; : ( ) . – — | ! ? not".split())
OF_THEIR_OWN = "*"
"""Owner of what is said to be "his", "her", "its" or "their"."""
_TIME = frozenset(name for name, (kind, _) in english.UNITS.items() if kind in ("time", "months"))
_NAMES_OF_TIME = frozenset(english.MONTHS) | frozenset("monday tuesday wednesday thursday friday saturday sunday".split())


@dataclass(frozen=True, slots=True)
class Token:
    """A word or mark; ``lemma`` is empty for what carries no meaning, ``who`` is the word in the singular."""

    low: str
    start: int
    end: int
    lemma: str
    actor: bool
    owner: bool
    who: str


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
class Quantified:
    """A word such as "all" ("only", "even") and what it is said of; ``head`` is empty where that is not known."""

    kind: str
    head: str
    at: int


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


@lru_cache(maxsize=4096)
def read_sentence(text: str) -> Reading:
    """Read a sentence."""
    counted = quantities(text)
    tokens = _tokens(text)
    plain = without_bounds(text, counted)
    clauses: list[Clause] = []
    for start, end in _clause_spans(text):
        clauses.append(_clause(plain, tokens, start, end, clauses[-1] if clauses else None))
    return Reading(
        text=text,
        plain=plain,
        tokens=tokens,
        quantities=counted,
        periods=periods(text),
        clauses=tuple(clauses),
        quantified=tuple(_quantified(text, tokens)),
        owners=_owners(tokens),
        actors=frozenset(token.who for token in tokens if token.actor),
        lemmas=frozenset(token.lemma for token in tokens if token.lemma),
    )


@lru_cache(maxsize=1 << 14)
def lemma_of(word: str) -> str:
    """Return what a word comes down to; empty for a stop word.

    Examples
    --------
    >>> lemma_of("paid"), lemma_of("Payments"), lemma_of("the")
    ('pay', 'pay', '')
    """
    found = terms(word)
    return english.lemma(found[0]) if found else ""


def _tokens(text: str) -> tuple[Token, ...]:
    found = []
    for n, match in enumerate(_TOKEN.finditer(text)):
        written = match.group()
        low = written.casefold().replace("’", "'")
        if not written[0].isalnum():
            found.append(Token(low, match.start(), match.end(), "", False, False, ""))
            continue
        owner = _OWNER.search(written) is not None
        bare = written[:-2] if written.endswith(("'s", "’s")) else written.rstrip("'’")
        lemma = lemma_of(bare)
        named = n > 0 and bare[0].isupper() and not bare[0].isdigit() and bare.casefold() not in _NAMES_OF_TIME
        actor = bool(lemma) and (named or english.is_actor(bare, lemma))
        found.append(Token(low, match.start(), match.end(), lemma, actor, owner, _singular(bare.casefold())))
    return tuple(found)


def _singular(word: str) -> str:
    """Return who is meant, one or several; a stem would take the insured for the insurer."""
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _clause_spans(text: str) -> list[tuple[int, int]]:
    cuts = {match.start() for match in _CONNECTOR.finditer(text) if match.start() > 0}
    cuts |= {match.start() for match in _ELLIPSIS.finditer(text)}
    if _LEADING.match(text) and (comma := text.find(", ")) > 0:
        cuts.add(comma)
    for match in _AND.finditer(text):
        words = [word.strip(",.").casefold() for word in match["rest"].split()[:4]]
        phrase = next((n for n, word in enumerate(words) if word in english.PREPOSITIONS), len(words))
        words = words[:phrase]
        if words and words[0] in ("never", "not"):
            words = words[1:]
        if any(_is_finite(word, before) for word, before in zip(words, ["", *words], strict=False)):
            cuts.add(match.start())
    ends = sorted(cuts)
    return [(a, b) for a, b in zip([0, *ends], [*ends, len(text)], strict=True) if text[a:b].strip(" ,;:.")]


def _is_finite(word: str, before: str) -> bool:
    if word in ("may", "must", "shall", "can", "will", "should", "is", "are", "was", "were", "has", "have", "had", "does", "do"):
        return True
    if before in english.DETERMINERS or before in english.PREPOSITIONS:
        return False
    return bool(word.endswith(("s", "ed")) or not before) and english.is_verb(lemma_of(word))


def _clause(text: str, tokens: tuple[Token, ...], start: int, end: int, last: Clause | None) -> Clause:
    own = [token for token in tokens if start <= token.start < end]
    said = text[start:end]
    modal, begin, after = _modal(said)
    verb_at, passive, first = _verb(own, start + begin if modal else -1, start + after if modal else -1)
    before = own[:first]
    agents, vague = _subjects(before)
    if verb_at < 0 and first == len(own):
        agents, vague = set(), True  # no verb is known there, and so nobody who does it
    shared = last is not None and re.match(r",? (?:and|or|but)\b", said) is not None and not any(
        token.lemma or token.low in english.PRONOUNS for token in before
    )
    if shared and last is not None:
        # "... and gives": the subject is the one of the clause before.
        agents, vague = set(last.others if last.passive else last.agents), last.vague
        if not modal and verb_at >= 0 and first == verb_at and last.passive and _is_participle(own[verb_at]):
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
                return i, passive and _is_participle(token), first
        return -1, False, first
    for i, token in enumerate(own):
        if token.low in english.BE or token.low in ("has", "have", "had", "will", "would"):
            been = token.low in english.BE
            for j in range(i + 1, min(i + 5, len(own))):
                if own[j].low in english.BE:
                    been = True
                elif own[j].lemma and _is_participle(own[j]):
                    return j, been, i
                elif own[j].lemma and not own[j].low.endswith("ly"):
                    return (j, False, i) if token.low in ("will", "would") else (-1, False, i)
            return -1, False, i
        before = own[i - 1].low if i else ""
        if token.lemma and english.is_verb(token.lemma) and not token.owner:
            if before in english.DETERMINERS or (before in english.PREPOSITIONS and before != "to") or (i and own[i - 1].owner):
                continue
            if i and (token.low.endswith("ing") or not _agrees(token, own[:i])):
                continue
            return i, False, i
    return -1, False, len(own)


def _agrees(token: Token, before: list[Token]) -> bool:
    """Tell whether a verb without auxiliary may follow these words: "they pay", "he pays", "they paid", not "the pay"."""
    if token.low.endswith("ed") or token.low in english.LEMMAS:
        return True
    last = next((each for each in reversed(before) if not each.low.endswith("ly")), None)
    if last is None:
        return True
    if token.low.endswith("s"):
        return not last.low.endswith("s") or last.low in english.PRONOUNS or last.actor
    return last.low.endswith("s") or last.low in english.PRONOUNS or last.low in ("people", "children", "staff", "police", "to", "and", "or", "then")


def _is_participle(token: Token) -> bool:
    return token.low.endswith(("ed", "en", "wn")) or token.low in english.LEMMAS or token.low in ("let", "put", "cut", "set", "shut", "read")


def _subjects(before: list[Token]) -> tuple[set[str], bool]:
    """Return the actors among the words before a verb that stand in no prepositional phrase, and whether a pronoun does."""
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


def _quantified(text: str, tokens: tuple[Token, ...]) -> list[Quantified]:
    found = []
    for match in _QUANTIFIER.finditer(text):
        written = match.group().casefold()
        kind = english.QUANTIFIERS[written]
        following = [token for token in tokens if token.start >= match.end()]
        if written in ("any", "anyone", "anybody") and _DENIED_BEFORE.search(text[: match.start()]):
            continue
        if (written, text[: match.start()].casefold()[-3:]) in (("all", "in "), ("most", "at ")):
            continue
        if written == "each" and following and following[0].low == "time":
            continue
        head = ""
        for token in following[:6]:
            if token.low in ("of", "the") and not head:
                continue
            if head and token.low in english.DETERMINERS:
                break
            if token.low in _ENDS_NP or english.is_verb(token.lemma) and head:
                break
            if token.lemma and not token.low[0].isdigit() and token.low not in english.NUMERALS:
                head = token.lemma
                if token.owner:
                    head = ""
        if written in ("each", "every", "all", "any") and following and any(token.low in _TIME for token in following[:2]):
            continue
        if written.endswith(("one", "body")) and written not in ("no one",):
            head = "person"
        found.append(Quantified(kind, "" if kind in ("only", "even") else head, match.start()))
    return found


def _owners(tokens: tuple[Token, ...]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for i, token in enumerate(tokens):
        if token.owner and token.lemma and token.low.removesuffix("'s").rstrip("'") not in _TIME:
            owned = ""
            for following in tokens[i + 1 : i + 5]:
                if following.low in _ENDS_NP:
                    break
                if following.lemma:
                    owned = following.lemma
            if owned:
                found.setdefault(owned, set()).add(token.who)
                if token.actor and i and tokens[i - 1].actor:
                    found[owned].add(tokens[i - 1].who)
        elif token.low in ("her", "his", "its", "their", "your") and i + 1 < len(tokens):
            following = [each.lemma for each in tokens[i + 1 : i + 3] if each.lemma]
            if following:
                found.setdefault(following[-1] if tokens[i + 1].low == "own" else following[0], set()).add(OF_THEIR_OWN)
        elif token.low in ("of", "from", "by") and i:
            before = next((each.lemma for each in reversed(tokens[max(0, i - 3) : i]) if each.lemma and each.low != "writing"), "")
            if not before or (token.low == "by" and not _is_participle(tokens[i - 1])):
                continue
            for following in tokens[i + 1 : i + 4]:
                if following.low in english.DETERMINERS:
                    continue
                if not following.actor or following.owner:
                    break
                found.setdefault(before, set()).add(following.who)
    return {owned: frozenset(owners) for owned, owners in found.items()}
