"""Rows of a table, read with the head of each column."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pincite.checking import english

TABLE_RULE = re.compile(r"\s*\n[ \t]*+\|?+[ \t]*+:?-{2,}")
"""The line below the head of a table."""
_NUMBERS = re.compile(r"[\d.,\s–-]+|[\d.,\s]+(?:to|and)[\d.,\s]+")
_WORD = re.compile(r"[^\W\d_]+")


def cells(text: str) -> tuple[str, ...]:
    """Return the cells of a row; empty for what is none.

    Examples
    --------
    >>> cells("| 3 to 5 | 27 | |"), cells("It is here.")
    (('3 to 5', '27', ''), ())
    """
    if " | " not in text or "\n" in text.strip():
        return ()
    return tuple(cell.strip(" *`") for cell in text.strip().strip("|").split("|"))


def with_head(row: Sequence[str], head: Sequence[str]) -> str:
    """Return a row with the head of each column, and with the unit that the head names.

    Examples
    --------
    >>> with_head(("3 to 5", "27"), ("Years of service", "Days of leave"))
    'Years of service: 3 to 5 Years; Days of leave: 27 Days'
    """
    said = []
    for n, cell in enumerate(row):
        name = head[n] if n < len(head) else ""
        unit = next((word for word in _WORD.findall(name) if _is_unit(word)), "") if _NUMBERS.fullmatch(cell) else ""
        said.append(f"{name}: {cell} {unit}".strip(" :") if name else cell)
    return "; ".join(each for each in said if each)


def _is_unit(word: str) -> bool:
    name = word.casefold()
    return len(name) > 2 and (name in english.UNITS or name in english.CURRENCIES)
