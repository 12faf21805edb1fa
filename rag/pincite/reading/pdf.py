"""PDF: text page by page with a box for every character, through PDFium."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from pincite.errors import DamagedDocument, EmptyDocument, EncryptedDocument
from pincite.reading.base import RawDocument, metadata_title
from pincite.reading.pdf_lines import Line, page_lines
from pincite.reading.pdf_structure import Bookmark, find_furniture, find_headings, is_paragraph_break
from pincite.types import Page, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pincite.reading.base import SourceFile

# PDFium keeps global state: two threads in it at once crash the process.
_PDFIUM = threading.Lock()
_ERR_PASSWORD = 4
_LINEARIZED = re.compile(rb"/Linearized\b.{0,200}?/L\s+(\d+)", re.S)
_PARAGRAPH_END = re.compile(r"[.!?:;。！？][\"'”’)\]]*$")


def read_pdf(file: SourceFile) -> RawDocument:
    """Read a PDF.

    The order is PDFium's, lines end where they end on the page, and words stay hyphenated as printed, so that
    offsets are true to ``char_boxes``.  Blank lines are put between paragraphs.

    Raises
    ------
    EncryptedDocument
        A password is needed to open it.
    EmptyDocument
        It has no pages, or no text on them.
    DamagedDocument
        It is truncated or no PDF.
    """
    _refuse_truncated(file)
    with _PDFIUM:
        return _read(file)


def _read(file: SourceFile) -> RawDocument:
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(file.data)
    except pypdfium2.PdfiumError as error:
        if _opens_without_pages(file.data):
            raise EmptyDocument(file.name, "0 pages: nothing to index") from error
        if error.err_code == _ERR_PASSWORD:
            raise EncryptedDocument(file.name, "a password is needed: save it without one") from error
        raise DamagedDocument(file.name, f"not a PDF that can be opened ({error})") from error
    try:
        pages: list[tuple[float, float]] = []
        lines: list[Line] = []
        for index in range(len(pdf)):
            page = pdf[index]
            pages.append(page.get_size())
            lines += page_lines(page, index)
            page.close()
        if not lines:
            raise EmptyDocument(file.name, "no text layer: run OCR first, e.g. ocrmypdf")
        bookmarks = _bookmarks(pdf)
        title = metadata_title(pdf.get_metadata_dict(skip_empty=True).get("Title"))
    finally:
        pdf.close()
    text, boxes, spans = _assemble(lines, pages)
    furniture = find_furniture(lines, pages)
    own = [line for line, is_furniture in zip(lines, furniture, strict=True) if not is_furniture]
    return RawDocument(
        doc_id=file.doc_id,
        text=text,
        media_type="application/pdf",
        title=title,
        headings=find_headings(own, bookmarks, title=title),
        furniture=tuple(line.span for line, is_furniture in zip(lines, furniture, strict=True) if is_furniture),
        pages=tuple(
            Page(number, span, width, height)
            for number, (span, (width, height)) in enumerate(zip(spans, pages, strict=True), start=1)
        ),
        char_boxes=boxes,
    )


def _opens_without_pages(data: bytes) -> bool:
    """Tell whether PDFium opens the file after all; the wrapper then refuses it with the error of an earlier one."""
    from pypdfium2 import raw

    pdf = raw.FPDF_LoadMemDocument64(data, len(data), None)
    if not pdf:
        return False
    raw.FPDF_CloseDocument(pdf)
    return True


def _assemble(lines: list[Line], pages: list[tuple[float, float]]) -> tuple[str, NDArray[np.float32], list[Span]]:
    """Put lines together, give each its offset, and return text, boxes and the span of each page."""
    breaks = is_paragraph_break(lines)
    parts: list[str] = []
    boxes: list[NDArray[np.float32]] = []
    starts: list[int | None] = [None] * len(pages)
    ends = [0] * len(pages)
    end = 0
    for index, line in enumerate(lines):
        if index:
            before = lines[index - 1]
            # A paragraph may run on over the page, unless it ended there.
            apart = breaks[index] if before.page == line.page else bool(_PARAGRAPH_END.search(before.text))
            separator = "\n\n" if apart else "\n"
            parts.append(separator)
            boxes.append(np.full((len(separator), 4), np.nan, np.float32))
            end += len(separator)
        line.start = end
        parts.append(line.text)
        boxes.append(line.boxes)
        end += len(line.text)
        starts[line.page] = line.start if starts[line.page] is None else starts[line.page]
        ends[line.page] = end
    spans: list[Span] = []
    for index, start in enumerate(starts):
        # A page without text lies, empty, where the page before it ended.
        previous = spans[-1].end if spans else 0
        spans.append(Span(previous, previous) if start is None else Span(start, ends[index]))
    return "".join(parts), np.concatenate(boxes), spans


def _bookmarks(pdf: Any) -> list[Bookmark]:
    """Return the outline, entries without a page left out."""
    found = []
    for entry in pdf.get_toc():
        destination = entry.get_dest()
        page = destination.get_index() if destination else None
        title = " ".join(entry.get_title().split())
        if page is not None and title:
            found.append(Bookmark(title, entry.level + 1, page))
    return found


def _refuse_truncated(file: SourceFile) -> None:
    """Refuse what is cut off: PDFium would mend it by quietly leaving pages out."""
    data = file.data
    if b"%PDF-" not in data[:1024]:
        raise DamagedDocument(file.name, "expected a PDF, which begins with %PDF-")
    linearized = _LINEARIZED.search(data[:1024])
    if data.rfind(b"%%EOF") <= data.rfind(b"startxref") or (linearized and len(data) < int(linearized[1])):
        raise DamagedDocument(file.name, "truncated: its end is missing, get the file again")
