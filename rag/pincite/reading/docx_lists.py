"""The numbers and bullets that Word shows before list items and numbered headings, but does not store as text."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MAX_LEVELS = 9
_MAX_LETTERED = 780
"""Thirty letters z: the last that Word writes in letters; a list may claim to start at any number."""
_PLACE = re.compile(r"%([1-9])")
_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x")),
    *((9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)


class ListNumbers:
    """Counts along the document as Word does: a level counts up, and starts anew below a higher one.

    Parameters
    ----------
    document
        A python-docx ``Document``; its numbering definitions and styles are read.
    """

    def __init__(self, document: Any) -> None:
        self._styles = {style.get(f"{_W}styleId"): style for style in document.styles.element.iter(f"{_W}style")}
        self._abstract: dict[str, dict[int, Any]] = {}
        self._of_number: dict[str, str] = {}
        # Counts are kept by definition, not by list: Word goes on counting where two lists share one.
        self._counts: dict[str, list[int]] = defaultdict(lambda: [0] * _MAX_LEVELS)
        numbering = next((r.target_part for r in document.part.rels.values() if r.reltype.endswith("/numbering")), None)
        if numbering is None:
            return
        for definition in numbering.element.iterfind(f"{_W}abstractNum"):
            levels = {int(level.get(f"{_W}ilvl") or 0): level for level in definition.iterfind(f"{_W}lvl")}
            self._abstract[definition.get(f"{_W}abstractNumId")] = levels
        for number in numbering.element.iterfind(f"{_W}num"):
            key = number.get(f"{_W}numId")
            abstract = number.find(f"{_W}abstractNumId").get(f"{_W}val")
            # A list that overrides where it starts counts by itself.
            own = number.find(f"{_W}lvlOverride") is not None
            self._of_number[key] = f"{abstract}/{key}" if own else abstract

    def label(self, paragraph: Any) -> str | None:
        """Count a paragraph and return what Word shows before it, indented by level, or ``None`` outside lists."""
        number_id, level = self._numbering(paragraph)
        counter = self._of_number.get(number_id or "")
        if counter is None or not 0 <= level < _MAX_LEVELS:
            return None
        levels = self._abstract.get(counter.split("/")[0], {})
        counts = self._counts[counter]
        counts[level] = counts[level] + 1 if counts[level] else _start(levels.get(level))
        counts[level + 1 :] = [0] * (_MAX_LEVELS - level - 1)
        indent = "  " * level
        style = _value(levels.get(level), "numFmt")
        if style == "none":
            return None
        if style in {None, "bullet"}:
            return f"{indent}- "

        def show(place: re.Match[str]) -> str:
            wanted = int(place[1]) - 1
            return _format(counts[wanted] or _start(levels.get(wanted)), _value(levels.get(wanted), "numFmt"))

        return f"{indent}{_PLACE.sub(show, _value(levels.get(level), 'lvlText') or '').strip()} "

    def _numbering(self, paragraph: Any) -> tuple[str | None, int]:
        """Return the list's id and the level, from the paragraph or else from its styles."""
        element = paragraph.find(f"{_W}pPr")
        number_id: str | None = None
        level: int | None = None
        seen: set[str] = set()
        while element is not None:
            found = element.find(f"{_W}numPr")
            if found is not None:
                number_id = number_id or _value(found, "numId")
                own_level = _value(found, "ilvl")
                level = int(own_level) if level is None and own_level else level
            style_id = _value(element, "pStyle") or _value(element.getparent(), "basedOn") or ""
            if number_id or style_id in seen or style_id not in self._styles:
                break
            seen.add(style_id)
            element = self._styles[style_id].find(f"{_W}pPr")
        return number_id, level or 0


def _value(element: Any, child: str) -> str | None:
    found = element.find(f"{_W}{child}") if element is not None else None
    return found.get(f"{_W}val") if found is not None else None


def _start(level: Any) -> int:
    return int(_value(level, "start") or 1)


def _format(count: int, style: str | None) -> str:
    """Write a count as Word does; one beyond what letters and numerals serve for is written in digits."""
    if not 0 < count <= _MAX_LETTERED:
        return str(count)
    match style:
        case "lowerLetter" | "upperLetter":
            # After z come aa, bb, cc.
            letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
            return letter if style == "lowerLetter" else letter.upper()
        case "lowerRoman" | "upperRoman":
            numeral = ""
            for value, letters in _ROMAN:
                numeral += letters * (count // value)
                count %= value
            return numeral if style == "lowerRoman" else numeral.upper()
        case "decimalZero":
            return f"{count:02d}"
        case _:
            return str(count)
