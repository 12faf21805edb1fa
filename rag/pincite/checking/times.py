"""Dates and times of day in a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pincite.checking import english

Found = tuple[int, int, tuple[float, ...], str, float]
"""Where a quantity begins and ends, its value, its dimension, and the number as it is written."""


def any_of(words: Sequence[str] | frozenset[str]) -> str:
    """Return a pattern of words, the longest first."""
    return "|".join(re.escape(word).replace(r"\ ", r"[ -]") for word in sorted(words, key=len, reverse=True))


_MONTH = any_of(frozenset(english.MONTHS))
_DAY = r"(?P<{0}>[0-3]?\d)(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"\b(?:{_DAY.format('d1')} (?:of )?(?P<m1>{_MONTH})\b\.?(?:,? (?P<y1>\d{{4}})\b)?"
    rf"|(?P<m2>{_MONTH})\b\.? {_DAY.format('d2')}\b(?!\d)(?:,? (?P<y2>\d{{4}})\b)?"
    rf"|(?P<m3>{_MONTH})\b,? (?P<y3>\d{{4}})\b"
    rf"|(?P<y4>\d{{4}})-(?P<m4>[01]\d)-(?P<d4>[0-3]\d)\b)",
    re.IGNORECASE,
)
_FIRST_DAY = re.compile(
    r"(?<![\w.,/])(?P<day>[0-3]?\d)(?:st|nd|rd|th)? ?(?:to|and|until|till|or|-|–) ?\Z", re.IGNORECASE
)
_CLOCK = re.compile(
    r"\b(?P<h>[0-2]?\d)[:.](?P<min>[0-5]\d)(?! ?(?:%|°|[a-z]*metre))(?: ?(?P<half>[ap])\.?m\b\.?)?", re.I
)
_HOUR = re.compile(r"\b(?P<h>1?\d) ?(?P<half>[ap])\.?m\b\.?|\b(?P<word>noon|midnight)\b", re.IGNORECASE)
_OF_DAY = re.compile(
    r"\b(?P<h>1?\d)(?:[:.](?P<min>[0-5]\d))?(?: o['’]clock)? (?:in the (?P<part>morning|afternoon|evening)|at night)\b",
    re.I,
)


def dates(text: str) -> list[Found]:
    """Return the dates of a text."""
    found: list[Found] = []
    for match in _DATE.finditer(text):
        parts = match.groupdict()
        day = next((parts[name] for name in ("d1", "d2", "d4") if parts[name]), "0")
        year = next((parts[name] for name in ("y1", "y2", "y3", "y4") if parts[name]), "0")
        name = next((parts[name] for name in ("m1", "m2", "m3") if parts[name]), "")
        month = english.MONTHS[name.casefold()] if name else int(parts["m4"])
        found.append((match.start(), match.end(), (float(day), float(month), float(year)), "date", float(day)))
        first = _FIRST_DAY.search(text, 0, match.start()) if parts["d1"] else None
        if first is not None:  # "2 to 20 September"
            found.append(
                (first.start(), first.end("day"), (float(first["day"]), float(month), 0.0), "date", float(first["day"]))
            )
    return found


def clocks(text: str) -> list[Found]:
    """Return the times of day of a text."""
    found: list[Found] = []
    for match in (*_CLOCK.finditer(text), *_HOUR.finditer(text)):
        parts = match.groupdict()
        if parts.get("word"):
            hours = 12.0 if parts["word"].casefold() == "noon" else 0.0
        else:
            if "min" in parts and match.group()[len(parts["h"])] == "." and not parts["half"]:
                continue  # "2.30" is a number
            hours = float(parts["h"]) % (12 if parts["half"] else 25)
            hours += 12 * ((parts["half"] or "").casefold() == "p")
        found.append((match.start(), match.end(), (60 * hours + float(parts.get("min") or 0),), "clock", hours))
    for match in _OF_DAY.finditer(text):
        hours = float(match["h"]) % 12 + 12 * ((match["part"] or "night").casefold() != "morning")
        found.append((match.start(), match.end(), (60 * hours + float(match["min"] or 0),), "clock", hours))
    return found
