"""A statement laid beside a sentence word by word: what stands in the place of what, where else it repeats it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from pincite.checking import english

if TYPE_CHECKING:
    from pincite.checking.grammar import Reading
    from pincite.checking.quantities import Quantity
    from pincite.checking.tokens import Token

_COPIED = 0.6  # share of a statement that must stand in a sentence in the same order for a word in between to count
_MOSTLY = 0.7  # and for a word that stands there elsewhere
_FEW = 2  # words that stand in the place of others
_ANOTHER = 0.62  # below this a word is another's, and not only another word for it
_NO_NOUN = re.compile(
    rf"{english.DENIALS}|{'|'.join(english.QUANTIFIERS)}|since|because|per|even|well|minus|plus|back|percent|provided"
)
_LIST = re.compile(
    r"[\w’'-]+(?:(?:,| and| or|, and|, or|,? as well as) (?:the |a |an )?[\w’'-]+ ?)*(?:,| and| or)? *(?:the )?"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A word that carries meaning or turns it about, or a quantity as a whole; ``key`` is what is compared."""

    key: str
    low: str
    start: int
    lemma: str
    who: str


def units_of(tokens: Sequence[Token], counted: Sequence[Quantity]) -> tuple[Unit, ...]:
    """Return the units of a sentence, in order."""
    found = []
    for quantity in counted:
        key = f"{quantity.dimension} {' '.join(f'{each:g}' for each in quantity.value)}"
        found.append(Unit(key, "", quantity.at, "", ""))
    for token in tokens:
        if any(each.start <= token.start < each.end for each in counted):
            continue
        if token.low in english.TURNING:
            found.append(Unit(token.low, token.low, token.start, "", ""))
        elif token.lemma and token.lemma not in english.LIGHT:
            found.append(Unit(token.lemma, token.low, token.start, token.lemma, token.who if token.actor else ""))
    return tuple(sorted(found, key=lambda unit: unit.start))


@dataclass(frozen=True, slots=True)
class Replaced:
    """Units of a statement that stand where a sentence has others."""

    said: tuple[Unit, ...]
    there: tuple[Unit, ...]


def aligned(said: Sequence[Unit], there: Sequence[Unit]) -> tuple[float, list[Replaced]]:
    """Return how much of a statement stands in a sentence in the same order, and what is there for the rest."""
    keys = {unit.key for unit in there}
    mine = [key_among(unit, keys, there) for unit in said]
    matcher = SequenceMatcher(None, mine, [unit.key for unit in there], autojunk=False)
    found, copied = [], 0
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            copied += b - a
        else:
            found.append(Replaced(tuple(said[a:b]), tuple(there[c:d])))
    return copied / max(1, len(said)), found


def key_among(unit: Unit, keys: set[str], there: Sequence[Unit]) -> str:
    """Return the key of a unit, or that of the unit among others which means the same."""
    if unit.key in keys or not unit.lemma:
        return unit.key
    senses, akin = english.senses(unit.lemma), english.akin(unit.lemma)
    for other in there:
        if other.lemma and not (
            senses.isdisjoint(english.senses(other.lemma)) and akin.isdisjoint(english.akin(other.lemma))
        ):
            return other.key
    return unit.key


def misplaced(said: Reading, rests_on: Sequence[Reading], near: Mapping[int, float]) -> set[str]:
    """Return what a statement that else repeats a sentence puts in the place of something else.

    Parameters
    ----------
    near
        For each word of the statement, by where it begins, how near the nearest word of the sentences is that the
        statement does not repeat.
    """
    beside = [(aligned(said.units, reading.units), reading) for reading in rests_on]
    (copied, parts), reading = max(beside, key=lambda each: each[0][0])
    if copied < _COPIED:
        return set()
    found: set[str] = set()
    mine = {unit.key for unit in said.units}
    # What stands in another sentence stands elsewhere, where one of them says nearly all.
    everything = [unit for each in ([reading] if copied >= _MOSTLY else rests_on) for unit in each.units]
    known = {unit.key for unit in everything}
    for part in parts:
        if not part.said or not part.there or len(part.said) > _FEW:
            continue
        there = part.there
        if part is parts[-1]:
            there = there[: len(part.said)]  # the statement ends there, the sentence goes on
        elif part is parts[0]:
            there = there[-len(part.said) - 1 :]
        if len(there) > _FEW + 1:
            continue
        gone = [unit for unit in there if unit.key not in mine]
        if any(one.key not in known and _turns(one, other) for one in part.said for other in gone):
            found.add("order")
        nouns = [unit for unit in there if is_noun(unit)]
        for unit in filter(is_noun, part.said if nouns else ()):
            if key_among(unit, known, everything) not in known:
                if (
                    len(nouns) == len(there)
                    and any(other in gone for other in nouns)
                    and near.get(unit.start, 1.0) < _ANOTHER
                ):
                    found.add("replaced")
            elif copied >= _MOSTLY and _moved(unit, nouns, reading) and not _passive(said) ^ _passive(reading):
                found.add("exchanged")
    return found


def _turns(one: Unit, other: Unit) -> bool:
    return frozenset((one.low, other.low)) in english.TURNED


def is_noun(unit: Unit) -> bool:
    """Tell whether a word may name a person or thing."""
    return (
        bool(unit.lemma)
        and not english.is_verb(unit.lemma)
        and not unit.low.endswith(("ed", "ing", "ly"))
        and _NO_NOUN.fullmatch(unit.low) is None
    )


def _moved(unit: Unit, there: Sequence[Unit], reading: Reading) -> bool:
    """Tell whether a word of a sentence stands in another's place, and not in the same list as that."""
    own = next((each for each in reading.units if each.key == unit.key), None)
    if own is None or own in there:
        return False
    return not any(_LIST.fullmatch(_between(reading, own, other)) for other in there)


def _between(reading: Reading, one: Unit, other: Unit) -> str:
    first, last = sorted((one, other), key=lambda unit: unit.start)
    return reading.text[first.start : last.start]


def _passive(reading: Reading) -> bool:
    return any(clause.passive for clause in reading.clauses)
