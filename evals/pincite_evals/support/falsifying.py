"""True sentences made false, and true ones worded otherwise: by rule, so that what was done is known."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pincite.checking.words import words

_AUXILIARY = re.compile(
    r"\b(is|are|was|were|has|have|had|will|would|can|could|shall|should|must|may|does|do|did)\b(?! (?:not|never)\b)"
)
_NEGATED = re.compile(r"\b(is|are|was|were|has|have|had|will|would|can|could|shall|should|must|may|does|do|did) not\b")
_NAME = re.compile(r"\b[A-Z][\w’'-]+(?: (?:of |the )?[A-Z][\w’'-]+)*")
_NUMBER = re.compile(r"\b\d+(?:[.,]\d+)*\b")
_OPPOSITE_WORDS = (
    "first/last last/first increase/decrease increased/decreased more/less most/least before/after after/before "
    "above/below highest/lowest largest/smallest early/late maximum/minimum include/exclude allow/forbid "
    "always/never public/private internal/external major/minor upper/lower north/south east/west"
)
_LIKE_WORDS = (
    "established/founded founded/established also/too however/yet including/among many/numerous used/employed "
    "important/significant large/big began/started ended/finished because/since approximately/about "
    "near/close help/assist helps/assists show/demonstrate required/needed ensure/guarantee provide/offer "
    "provides/offers known/called often/frequently began/commenced shall/must buy/purchase whole/entire"
)
_OPPOSITES = dict(pair.split("/") for pair in _OPPOSITE_WORDS.split())
_SYNONYMS = dict(pair.split("/") for pair in _LIKE_WORDS.split())
_CLAUSE = re.compile(r"(?:, (?:which|who|where|while|although|as well as|including|such as)\b|; )")
_ASIDE = re.compile(r"(?<!\s)\s*+\([^()]{3,80}\)|, (?:however|therefore|moreover|for example|in particular),")
_LEAST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Variant:
    """A sentence made of another: what was done to it, and whether it is still true."""

    kind: str
    text: str
    true: bool


def swap_number(text: str, pool: Sequence[str], rng: random.Random) -> str | None:
    """Put another number of the document, or one made up, in the place of one."""
    found = list(_NUMBER.finditer(text))
    if not found:
        return None
    at = rng.choice(found)
    others = [each for each in pool if each != at.group() and (len(each) == len(at.group()))]
    made = str(int(re.sub(r"\D", "", at.group())) + rng.choice([1, 2, 3, 7, 10, -1, -2]))
    other = rng.choice(others) if others and rng.random() < 0.6 else made
    return text[: at.start()] + other + text[at.end() :] if other != at.group() else None


def swap_name(text: str, pool: Sequence[str], rng: random.Random) -> str | None:
    """Put another name of the document in the place of one that is not the sentence's first word."""
    found = [each for each in _NAME.finditer(text) if each.start() > 0]
    if not found:
        return None
    at = rng.choice(found)
    others = [each for each in pool if each not in text and at.group() not in each]
    return text[: at.start()] + rng.choice(others) + text[at.end() :] if others else None


def deny(text: str, rng: random.Random) -> str | None:
    """Deny what is asserted, or assert what is denied."""
    if (found := _NEGATED.search(text)) is not None:
        return text[: found.start()] + found[1] + text[found.end() :]
    places = list(_AUXILIARY.finditer(text))
    if not places:
        return None
    at = rng.choice(places)
    return f"{text[: at.end()]} {rng.choice(['not', 'not', 'never'])}{text[at.end() :]}"


def reverse(text: str, rng: random.Random) -> str | None:
    """Put the opposite of a word in its place."""
    return _replaced(text, _OPPOSITES, rng)


def reword(text: str, rng: random.Random) -> str | None:
    """Say the same otherwise: without an aside or a clause, with a synonym, or in another order."""
    ways: list[Callable[[], str | None]] = [
        lambda: _ASIDE.sub("", text) if _ASIDE.search(text) else None,
        lambda: _first_clause(text),
        lambda: _replaced(text, _SYNONYMS, rng),
        lambda: _turned(text),
    ]
    rng.shuffle(ways)
    done = None
    for way in ways:
        said = way()
        if said is not None and said != text and len(words(said)) >= _LEAST_WORDS:
            done = said
            break
    return done


def _replaced(text: str, pairs: dict[str, str], rng: random.Random) -> str | None:
    found = [each for each in re.finditer(r"\b[a-z]+\b", text) if each.group() in pairs]
    if not found:
        return None
    at = rng.choice(found)
    return text[: at.start()] + pairs[at.group()] + text[at.end() :]


def _first_clause(text: str) -> str | None:
    found = _CLAUSE.search(text)
    return f"{text[: found.start()]}." if found is not None else None


def _turned(text: str) -> str | None:
    """Move a leading clause to the end: "In 2001, it was ..." becomes "It was ... in 2001"."""
    lead, comma, rest = text.partition(", ")
    if not comma or len(lead.split()) > 8 or len(rest.split()) < 5 or not lead[0].isupper():
        return None
    if not re.match(r"(?:In|On|At|During|After|Before|Since|By|For|Under|With|From)\b", lead):
        return None
    return f"{rest[0].upper()}{rest[1:].rstrip('. ')} {lead[0].lower()}{lead[1:]}."


def variants(text: str, numbers: Sequence[str], names: Sequence[str], rng: random.Random) -> list[Variant]:
    """Return a sentence as it is, reworded, and each of the two made false in every way that it allows."""
    reworded = reword(text, rng)
    found = [Variant("verbatim", text, True)]
    if reworded is not None:
        found.append(Variant("reworded", reworded, True))
    for base in (text, reworded):
        if base is None:
            continue
        made = {
            "number": swap_number(base, numbers, rng),
            "name": swap_name(base, names, rng),
            "denial": deny(base, rng),
            "opposite": reverse(base, rng),
        }
        found += [Variant(kind, said, False) for kind, said in made.items() if said is not None]
    return found


def names_of(text: str) -> list[str]:
    """Return the names in a text that stand within a sentence."""
    found = [
        each.group() for each in _NAME.finditer(text) if each.start() > 1 and text[each.start() - 2] not in ".!?\n"
    ]
    return sorted(set(found))


def numbers_of(text: str) -> list[str]:
    """Return the numbers in a text."""
    return sorted(set(_NUMBER.findall(text)))
