"""A PDF page's characters as lines, with their boxes and the look of their type."""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from pincite.types import Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HYPHEN = 0x02
"""What PDFium gives for a hyphen at the end of a line, and then no line break."""
_BREAKS = frozenset({0x0A, 0x0D})
_NO_CHARACTERS = frozenset({0x00, 0xFEFF, 0xFFFE, 0xFFFF})
_BOLD_NAME = re.compile(r"bold|black|heavy|demi|cmbx|sfbx|-medi\b", re.I)
_BOLD_WEIGHT = 600
_FONT_NAME_BYTES = 128


@dataclass(slots=True)
class Line:
    """A line as it stands on the page.

    Attributes
    ----------
    text
        Without white space at its ends.
    boxes
        Shape (len(text), 4), float32: left, bottom, right, top in points from the lower left corner of the page as
        shown, NaN for characters without a box.
    page
        Index of the page, from 0.
    size
        Of the type, in points on the page.
    bold
        All of the line is.
    left
        Left edge in points.
    bottom
        Lower edge in points; the median, which a stray subscript does not move.
    start
        Offset in the document, once it is put together.
    """

    text: str
    boxes: NDArray[np.float32]
    page: int
    size: float
    bold: bool
    left: float = field(init=False)
    bottom: float = field(init=False)
    start: int = 0

    def __post_init__(self) -> None:
        self.left = float(np.nanmin(self.boxes[:, 0]))
        self.bottom = float(np.nanmedian(self.boxes[:, 1]))

    @property
    def span(self) -> Span:
        """The line in the document's text."""
        return Span(self.start, self.start + len(self.text))

    @property
    def widest_gap(self) -> float:
        """Widest blank between two neighbouring characters, in points."""
        boxes = self.boxes[~np.isnan(self.boxes[:, 0])]
        boxes = boxes[boxes[:, 2] > boxes[:, 0]]
        return float(np.max(boxes[1:, 0] - boxes[:-1, 2], initial=0.0))


def page_lines(page: Any, index: int) -> list[Line]:
    """Return a page's lines in PDFium's reading order; lines without any box are left out.

    Parameters
    ----------
    page
        A pypdfium2 ``PdfPage``.
    """
    text_page = page.get_textpage()
    try:
        return _lines(text_page, index, _to_shown(page))
    finally:
        text_page.close()


def _lines(text_page: Any, page: int, shown: NDArray[np.float64]) -> list[Line]:
    from pypdfium2 import raw

    lines: list[Line] = []
    characters: list[str] = []
    boxes: list[tuple[float, float, float, float]] = []
    sources: list[int] = []
    rect = raw.FS_RECTF()
    nowhere = (math.nan,) * 4
    high = 0

    def finish() -> None:
        kept = [at for at, character in enumerate(characters) if not character.isspace()]
        if kept:
            part = slice(kept[0], kept[-1] + 1)
            placed = _transform(np.array(boxes[part], np.float64), shown)
            if not np.isnan(placed).all():
                size, bold = _look(text_page, [sources[at] for at in (kept[0], kept[len(kept) // 2], kept[-1])])
                lines.append(Line("".join(characters[part]), placed, page, size, bold))
        characters.clear()
        boxes.clear()
        sources.clear()

    for at in range(text_page.count_chars()):
        code = raw.FPDFText_GetUnicode(text_page, at)
        if code in _BREAKS:
            finish()
            continue
        if code in _NO_CHARACTERS:
            continue
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        characters.append(_character(code, high))
        high = 0
        placed = raw.FPDFText_GetLooseCharBox(text_page, at, rect)
        boxes.append((rect.left, rect.bottom, rect.right, rect.top) if placed and rect.right != rect.left else nowhere)
        sources.append(at)
        if code == _HYPHEN:
            finish()
    finish()
    return lines


def _character(code: int, high: int) -> str:
    """Return a character; ``high`` is the first half of a surrogate pair that came before, or 0."""
    if code == _HYPHEN:
        return "-"
    if 0xDC00 <= code < 0xE000:
        return chr(0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)) if high else "\ufffd"
    return " " if code < 0x20 else chr(code)


def _look(text_page: Any, sample: list[int]) -> tuple[float, bool]:
    """Return the type size (median, points) and whether all characters of the sample are bold."""
    from pypdfium2 import raw

    matrix = raw.FS_MATRIX()
    name = ctypes.create_string_buffer(_FONT_NAME_BYTES)
    sizes, bold = [], True
    for at in sample:
        # Some programs set type of size 1 and scale it up.
        scale = math.hypot(matrix.b, matrix.d) if raw.FPDFText_GetMatrix(text_page, at, matrix) else 1.0
        sizes.append(raw.FPDFText_GetFontSize(text_page, at) * (scale or 1.0))
        raw.FPDFText_GetFontInfo(text_page, at, name, _FONT_NAME_BYTES, None)
        named = _BOLD_NAME.search(name.value.decode("utf-8", "replace"))
        bold = bold and bool(named or raw.FPDFText_GetFontWeight(text_page, at) >= _BOLD_WEIGHT)
    return round(sorted(sizes)[len(sizes) // 2], 1), bold


def _to_shown(page: Any) -> NDArray[np.float64]:
    """Return the 3x2 matrix from PDF user space to the page as shown: cropped and rotated, origin lower left."""
    left, bottom, right, top = page.get_bbox()
    width, height = right - left, top - bottom
    match page.get_rotation():
        case 90:
            matrix = [(0, -1), (1, 0), (-bottom, width + left)]
        case 180:
            matrix = [(-1, 0), (0, -1), (width + left, height + bottom)]
        case 270:
            matrix = [(0, 1), (-1, 0), (height + bottom, -left)]
        case _:
            matrix = [(1, 0), (0, 1), (-left, -bottom)]
    return np.array(matrix, np.float64)


def _transform(boxes: NDArray[np.float64], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    corners = boxes.reshape(-1, 2, 2) @ matrix[:2] + matrix[2]
    return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1).astype(np.float32)
