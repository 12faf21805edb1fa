"""Whether a quantity of a statement belongs to other words in a sentence: two dates or amounts exchanged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from pincite.checking import english
from pincite.checking.comparing import equal, same
from pincite.checking.grammar import Reading
from pincite.checking.quantities import Quantity

_IN = re.compile(r" (?:\w+ )?(?:in|out of) (?:\d|ten\b|a hundred)")
_CLEARLY = 0.25  # by how much more a quantity must belong to other words


def is_exchanged(said: Reading, rests_on: Sequence[Reading]) -> bool:
    """Tell whether a quantity of the statement belongs to other words in the sentences than it does there."""
    for reading in rests_on:
        for quantity in said.quantities:
            if _is_share(said, quantity):
                continue
            theirs = [other for other in reading.quantities if equal(quantity, other)]
            rivals = [
                other
                for other in reading.quantities
                if not equal(quantity, other)
                and other.dimension == quantity.dimension
                and not _is_share(reading, other)
            ]
            if not theirs or not rivals:
                continue
            words, amounts = _words_of(said, quantity), _amounts_of(said, quantity)
            own = max(_belongs(words, amounts, reading, other) for other in theirs)
            rival = max(_belongs(words, amounts, reading, other) for other in rivals)
            if rival > own + _CLEARLY or all(_turns(said, quantity, reading, other) for other in theirs):
                return True
    return False


def _is_share(reading: Reading, quantity: Quantity) -> bool:
    """Tell whether a number is the first of "1 in 100"."""
    return not quantity.dimension and _IN.match(reading.text, quantity.end) is not None


def _turns(said: Reading, quantity: Quantity, reading: Reading, other: Quantity) -> bool:
    """Tell whether the words of a quantity hold the opposite of one of its counterpart's words."""
    mine, theirs = _said_with(said, quantity), _said_with(reading, other)
    return any((against := english.antonyms(word) & theirs) and not against & mine for word in mine - theirs)


def _said_with(reading: Reading, quantity: Quantity) -> set[str]:
    start, end = _part(reading, quantity)
    return {token.low for token in reading.tokens if start <= token.start < end and reading.plain[token.start].strip()}


def _part(reading: Reading, quantity: Quantity) -> tuple[int, int]:
    """Return the part of a sentence that belongs to a quantity, up to the next of its kind."""
    bounds = sorted({0, len(reading.text), *_borders(reading, quantity)})
    return next((a, b) for a, b in pairwise(bounds) if a <= quantity.at < b)


def _words_of(said: Reading, quantity: Quantity) -> dict[str, float]:
    """Return the lemmas around a quantity, up to the next of its kind, the nearer the heavier."""
    start, end = _part(said, quantity)
    return {
        token.lemma: 1.0
        for token in said.tokens
        if token.lemma and start <= token.start < end and not _counts(said, token.start)
    }


def _amounts_of(said: Reading, quantity: Quantity) -> list[Quantity]:
    """Return the quantities of other kinds that stand with one."""
    start, end = _part(said, quantity)
    return [
        each
        for each in said.quantities
        if start <= each.at < end and each.dimension not in (quantity.dimension, "date", "clock")
    ]


def _borders(reading: Reading, quantity: Quantity) -> list[int]:
    """Return where the words of other quantities of its kind begin or end."""
    found = []
    rivals = [each for each in reading.quantities if each.dimension == quantity.dimension]
    for one, other in pairwise(rivals):
        between = reading.text[one.end : other.start]
        cuts = [at for mark in (",", ";", " and ", " but ", " or ") if (at := between.find(mark)) >= 0]
        found.append(one.end + min(cuts, default=0))
    return found


def _belongs(words: dict[str, float], amounts: Sequence[Quantity], reading: Reading, quantity: Quantity) -> float:
    """Return how many of some words and amounts stand in the part of a sentence that a quantity belongs to."""
    start, end = _part(reading, quantity)
    score = 0.0
    for lemma, weight in words.items():
        places = [token.start for token in reading.tokens if token.lemma and same(token.lemma, lemma)]
        if any(start <= place < end for place in places):
            score += weight
        elif places and min(places) < start:
            score += 0.5 * weight
    for amount in amounts:
        places = [each.at for each in reading.quantities if equal(amount, each)]
        score += 2.0 * any(start <= place < end for place in places)
    return score / max(1.0, sum(words.values()) + 2.0 * len(amounts))


def _counts(reading: Reading, at: int) -> bool:
    return any(each.start <= at < each.end for each in reading.quantities)
