"""Synonyms, derivations and opposites of WordNet 3.0: the senses that its annotated texts use, of one word each.

`wordnet.txt.gz` is made by ``python -m pincite_evals.wordnet FOLDER``; `wordnet-licence.txt` is its licence.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from functools import cache
from importlib.resources import files

from pincite.storing.terms import terms


@cache
def _groups() -> dict[str, frozenset[str]]:
    """Return for each stem the groups of like meaning that it belongs to."""
    found: dict[str, set[str]] = defaultdict(set)
    for number, line in enumerate(f"{_parts()[0]}\n{_parts()[1]}".splitlines()):
        for word in line.split():
            found[_stem(word)].add(f"wordnet {number}")
    return {stem: frozenset(numbers) for stem, numbers in found.items()}


@cache
def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for line in _parts()[2].splitlines():
        one, other = map(_stem, line.split())
        found[one].add(other)
        found[other].add(one)
    return {stem: frozenset(others) for stem, others in found.items()}


@cache
def _parts() -> tuple[str, str, str]:
    read = gzip.decompress(files(__package__).joinpath("wordnet.txt.gz").read_bytes()).decode("utf-8")
    synonyms, derived, opposites = read.split("\n\n")
    return synonyms, derived, opposites


def akin(stem: str) -> frozenset[str]:
    """Return the groups of like or derived meaning that a stem belongs to."""
    return _groups().get(stem, frozenset())


def opposed(stem: str) -> frozenset[str]:
    """Return the stems of the words that say the opposite of one."""
    return _opposites().get(stem, frozenset())


def _stem(word: str) -> str:
    return (terms(word) or [word])[0]
