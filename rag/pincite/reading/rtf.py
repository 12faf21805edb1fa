"""Rich Text Format: its words, and the headings that have an outline level.

The library keeps words only.  So each outline level is made a mark among them, a code point that Unicode sets aside for
programs' own use, which is taken out again when it has shown its line to be a heading.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pincite.errors import DamagedDocument, EmptyDocument
from pincite.reading.base import RawDocument
from pincite.types import Heading, Span

if TYPE_CHECKING:
    from pincite.reading.base import SourceFile

_OUTLINE_LEVEL = re.compile(r"\\outlinelevel([0-8])(?!\d) ?")
_FIRST_MARK = 0xFDD0
_MARK = re.compile("[\ufdd0-\ufdd8]")


def read_rtf(file: SourceFile) -> RawDocument:
    """Read an RTF file; without outline levels its headings are left to be told from its shape.

    Raises
    ------
    DamagedDocument
        The file does not begin as RTF, or its last group is not closed.
    """
    from striprtf.striprtf import rtf_to_text

    if not file.data.lstrip().startswith(b"{\\rtf"):
        raise DamagedDocument(file.name, "expected RTF, which begins with {\\rtf")
    if not file.data.rstrip(b"\x00 \t\r\n").endswith(b"}"):
        raise DamagedDocument(file.name, "truncated: its last group is not closed")
    # RTF is ASCII with escapes; Latin-1 lets every byte through to the library, which knows the code page.
    source = _OUTLINE_LEVEL.sub(_as_mark, file.data.decode("latin-1"))
    marked: str = rtf_to_text(source, errors="replace")  # type: ignore[no-untyped-call]
    text, headings = _without_marks(marked.replace("\x00", ""))
    if not text.strip():
        raise EmptyDocument(file.name, "holds no text: nothing to index")
    return RawDocument(file.doc_id, text, "application/rtf", headings=headings or None)


def _as_mark(outline_level: re.Match[str]) -> str:
    return rf"{{\uc0\u{_FIRST_MARK + int(outline_level[1])} }}"


def _without_marks(marked: str) -> tuple[str, tuple[Heading, ...]]:
    """Return the text without its marks, and the lines that had one as headings."""
    lines: list[str] = []
    headings: list[Heading] = []
    position = 0
    for marked_line in marked.splitlines(keepends=True):
        line = _MARK.sub("", marked_line)
        start, words = position + len(line) - len(line.lstrip()), line.strip()
        if words and (mark := _MARK.search(marked_line)):
            headings.append(Heading(Span(start, start + len(words)), ord(mark[0]) - _FIRST_MARK + 1))
        lines.append(line)
        position += len(line)
    return "".join(lines), tuple(headings)
