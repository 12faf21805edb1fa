"""Lists of words, written as text."""

from __future__ import annotations


def split(text: str) -> frozenset[str]:
    """Return the words of a text; "_" stands for a blank within one.

    Examples
    --------
    >>> sorted(split("at_least from"))
    ['at least', 'from']
    """
    return frozenset(word.replace("_", " ") for word in text.split())


def pairs(text: str) -> dict[str, str]:
    """Return what each word of a text stands for.

    Examples
    --------
    >>> pairs("a_few=some all=all")
    {'a few': 'some', 'all': 'all'}
    """
    return {word.replace("_", " "): name for each in text.split() for word, _, name in [each.partition("=")]}
