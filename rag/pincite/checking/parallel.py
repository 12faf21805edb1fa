"""Parts side by side ("bicycles for £3, and wheelchairs free"): what a statement says of one and holds of another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from pincite.checking import english
from pincite.checking.aligning import Unit, is_noun, key_among

if TYPE_CHECKING:
    from pincite.checking.grammar import Reading

_CUT = re.compile(r"(?:;|,? (?:and|but|while|whereas)) (?!\d)", re.IGNORECASE)
_ROW = re.compile(r"[^:;]+: [^:;]*; [^:;]+: ")
_CLEARLY = 0.3  # by how much more of another part a statement must hold
_MOST = 0.6  # of a part that is said of two
_LEAST = 2  # units of a part that says something of its own


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a sentence: what it is about, and what it says of it."""

    about: Unit
    units: tuple[Unit, ...]
    verbless: bool


def says_of_another(said: Reading, rests_on: Sequence[Reading]) -> bool:
    """Tell whether a part of a statement says of one thing what sentences say of the one beside it."""
    theirs = [part for reading in rests_on for part in _parts(reading)]
    if len(theirs) < 2:
        return False
    everything = [unit for part in theirs for unit in part.units]
    known = {unit.key for unit in everything}
    for own in _pieces(said):
        keys = {key_among(unit, known, everything) for unit in own}
        if any(_crosses(keys, one, other) for one, other in combinations(theirs, 2)):
            return True
    return False


def _crosses(keys: set[str], one: Part, other: Part) -> bool:
    mine, theirs = {unit.key for unit in one.units}, {unit.key for unit in other.units}
    if one.about.key in theirs or other.about.key in mine:
        return False
    of_one = _told(one, mine - theirs, other.verbless)
    of_other = _told(other, theirs - mine, one.verbless)
    if not of_one or not of_other:
        return False
    share, beside = len(keys & of_one) / len(of_one), len(keys & of_other) / len(of_other)
    has, has_other = one.about.key in keys, other.about.key in keys
    if has and has_other:
        return (share >= _MOST and beside == 0.0) or (beside >= _MOST and share == 0.0)
    return (has and beside > share + _CLEARLY) or (has_other and share > beside + _CLEARLY)


def _told(part: Part, keys: set[str], shares_verb: bool) -> set[str]:
    """Return what a part says of what it is about, less a verb that holds for both."""
    return {
        unit.key
        for unit in part.units
        if unit.key in keys
        and unit.key != part.about.key
        and unit.low not in english.TURNING
        and not (shares_verb and english.is_verb(unit.lemma))
    }


def _pieces(reading: Reading) -> list[tuple[Unit, ...]]:
    inner = {match.end() for match in _CUT.finditer(reading.text)}
    inner |= {clause.end for clause in reading.clauses if clause.leads}
    cuts = [0, *sorted(inner), len(reading.text)]
    pieces: list[tuple[Unit, ...]] = []
    for start, end in pairwise(cuts):
        units = tuple(unit for unit in reading.units if start <= unit.start < end)
        if pieces and (len(units) < _LEAST or not (is_noun(units[0]) or units[0].low in english.TURNING)):
            pieces[-1] += units  # "Tuesdays and Thursdays", "and gives"
        else:
            pieces.append(units)
    return pieces


def _parts(reading: Reading) -> list[Part]:
    found: list[Part] = []
    if _ROW.match(reading.text):
        return found
    for units in _pieces(reading):
        nouns = [unit for unit in units if is_noun(unit)][:_LEAST]
        about = next((unit for unit in nouns if unit.who), nouns[0] if nouns else None)
        first = next((token for token in reading.tokens if units and token.start >= _begin(reading, units[0])), None)
        if about is None or len(units) < _LEAST or (first is not None and first.low in english.PRONOUNS):
            continue
        start, end = units[0].start, units[-1].start
        verbless = not any(
            (token.lemma and english.is_verb(token.lemma)) or token.low in english.BE
            for token in reading.tokens
            if start <= token.start <= end
        )
        found.append(Part(about, units, verbless))
    return found


def _begin(reading: Reading, unit: Unit) -> int:
    return max((match.end() for match in _CUT.finditer(reading.text, 0, unit.start)), default=0)
