"""Puts a document's text together block by block, keeping every offset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pincite.errors import EmptyDocument
from pincite.reading.base import RawDocument, metadata_title
from pincite.types import Heading, Page, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pincite.reading.base import SourceFile


class TextBuilder:
    """Collects blocks of text; the offsets it hands out stay true in the finished document.

    Raises
    ------
    DocumentTooLarge
        By whatever appends, as soon as the text is longer than the file may become.
    """

    def __init__(self, file: SourceFile) -> None:
        self._file = file
        self._parts: list[str] = []
        self._headings: list[Heading] = []
        self._furniture: list[Span] = []
        self._pages: list[Page] = []
        self.end = 0

    def block(self, text: str, *, level: int | None = None, furniture: bool = False, tight: bool = False) -> None:
        """Append a block, set off by a blank line; blank text is left out.

        Parameters
        ----------
        level
            The block is a heading of this level, 1 the highest; it is put on one line.
        furniture
            The block is kept in the text but never indexed.
        tight
            Set off by a line break only, as rows of a table and items of a list are.
        """
        text = text.rstrip() if level is None else " ".join(text.split())
        if not text.strip():
            return
        if self._parts:
            self._append("\n" if tight else "\n\n")
        start = self.end
        self._append(text)
        if level is not None and not furniture:
            self._headings.append(Heading(Span(start, self.end), level))
        if furniture:
            self._furniture.append(Span(start, self.end))

    def marked_block(self, text: str, headings: Iterable[Heading]) -> None:
        """Append a block that holds headings; their spans are offsets in ``text``."""
        if text.strip():
            before = self.end + (len("\n\n") if self._parts else 0)
            self._headings += (Heading(Span(before + h.span.start, before + h.span.end), h.level) for h in headings)
            self.block(text)

    def page(self, start: int, *, width: float, height: float) -> None:
        """Close a page that began at ``start`` (the end before its first block); sizes in points."""
        # The separator before a page's first block belongs to the page before it.
        first = start if start in {0, self.end} else start + len("\n\n")
        self._pages.append(Page(len(self._pages) + 1, Span(first, self.end), width, height))

    def within_limit(self, pieces: Iterable[str]) -> Iterator[str]:
        """Yield pieces of a block as they come, as long as there is room for them."""
        room = self.end
        for piece in pieces:
            room += len(piece)
            self._file.check_length(room)
            yield piece

    def build(self, file: SourceFile, media_type: str, *, title: str | None = None) -> RawDocument:
        """Return the finished document.

        Raises
        ------
        EmptyDocument
            No block was appended.
        """
        if not self._parts:
            raise EmptyDocument(file.name, "holds no text: nothing to index")
        return RawDocument(
            doc_id=file.doc_id,
            text="".join(self._parts),
            media_type=media_type,
            title=metadata_title(title),
            headings=tuple(self._headings),
            furniture=tuple(self._furniture),
            pages=tuple(self._pages),
        )

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self.end += len(text)
        self._file.check_length(self.end)
