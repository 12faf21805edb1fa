"""Documents and chunks on disk: plain files with random access; `docs/index-format.md` describes each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from pincite.storing.growing_array import GrowingArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pincite.types import Chunk, Document, Span

TEXTS = "texts.txt"
DOCUMENTS = "documents.jsonl"
DOCUMENT_TABLE = "documents.npy"
CHUNK_TABLE = "chunks.npy"
SECTIONS = "sections.json"
BOXES = "boxes.npy"

# Columns of DOCUMENT_TABLE: bytes of DOCUMENTS, bytes of TEXTS, first row of BOXES (-1 for none), rows of CHUNK_TABLE.
LINE_START, LINE_END, TEXT_START, TEXT_END, BOX_START, CHUNK_START, CHUNK_END = range(7)
DOCUMENT_COLUMNS = 7
# Columns of CHUNK_TABLE: document, span in code points, the same span as bytes of TEXTS, entry of SECTIONS, page or 0.
DOCUMENT, START, END, BYTE_START, BYTE_END, SECTION, PAGE = range(7)
CHUNK_COLUMNS = 7


def encoded(text: str) -> bytes:
    """Return ``text`` in UTF-8, lone surrogates too."""
    return text.encode("utf-8", "surrogatepass")


def decoded(held: bytes) -> str:
    """Return the text that `encoded` made ``held`` of."""
    return held.decode("utf-8", "surrogatepass")


def write_records(folder: Path, documents: Iterable[Document], chunks: Sequence[Chunk]) -> tuple[str, ...]:
    """Write documents and chunks into ``folder``, one document at a time, and return the ids of the documents.

    Raises
    ------
    ValueError
        The chunks are not grouped by document in the documents' order and sorted by start, or one does not fit its
        document.
    """
    doc_ids: dict[str, None] = {}
    sections: dict[tuple[str, ...], int] = {}
    chunk_rows: list[tuple[int, ...]] = []
    document_rows: list[tuple[int, ...]] = []
    with (
        (folder / TEXTS).open("wb") as texts,
        (folder / DOCUMENTS).open("wb") as lines,
        GrowingArray(folder / BOXES, np.dtype(np.float32), (4,)) as boxes,
    ):
        for number, document in enumerate(documents):
            if document.doc_id in doc_ids:
                raise ValueError(f"document {document.doc_id!r} was given twice")
            doc_ids[document.doc_id] = None
            line_start, text_start, box_start, chunk_start = lines.tell(), texts.tell(), -1, len(chunk_rows)
            lines.write(orjson.dumps(_described(document), option=orjson.OPT_APPEND_NEWLINE))
            texts.write(encoded(document.text))
            if document.char_boxes is not None:
                box_start = len(boxes)
                boxes.append(document.char_boxes)
            for chunk, first, last in _placed(document, chunks, chunk_start):
                section = sections.setdefault(chunk.section, len(sections))
                place = (text_start + first, text_start + last)
                chunk_rows.append((number, chunk.span.start, chunk.span.end, *place, section, chunk.page or 0))
            document_rows.append(
                (line_start, lines.tell(), text_start, texts.tell(), box_start, chunk_start, len(chunk_rows))
            )
    if len(chunk_rows) != len(chunks):
        stray = chunks[len(chunk_rows)]
        raise ValueError(f"chunk {stray.chunk_id!r} does not follow the order of the documents, or has none")
    np.save(folder / DOCUMENT_TABLE, np.array(document_rows, np.int64).reshape(-1, DOCUMENT_COLUMNS))
    np.save(folder / CHUNK_TABLE, np.array(chunk_rows, np.int64).reshape(-1, CHUNK_COLUMNS))
    (folder / SECTIONS).write_bytes(orjson.dumps([list(path) for path in sections]))
    return tuple(doc_ids)


def _placed(document: Document, chunks: Sequence[Chunk], start: int) -> Iterator[tuple[Chunk, int, int]]:
    """Yield the document's chunks from number ``start`` on, with the bytes of its text that each covers."""
    at = at_byte = 0
    for i in range(start, len(chunks)):
        chunk = chunks[i]
        if chunk.doc_id != document.doc_id:
            return
        if chunk.chunk_id != chunk_id_of(chunk.doc_id, chunk.span.start, chunk.span.end) or chunk.span.start < at:
            raise ValueError(f"chunk {chunk.chunk_id!r}: expected an id that tells its span, and chunks by start")
        if document.quote(chunk.span) != chunk.text:
            raise ValueError(f"chunk {chunk.chunk_id!r} does not hold the document's characters at its span")
        at_byte += len(encoded(document.text[at : chunk.span.start]))
        at = chunk.span.start
        yield chunk, at_byte, at_byte + len(encoded(chunk.text))


def chunk_id_of(doc_id: str, start: int, end: int) -> str:
    """Return the id of the chunk at ``[start, end)``, see `pincite.types.Chunk`."""
    return f"{doc_id}#{start}-{end}"


def _described(document: Document) -> dict[str, Any]:
    """Return all of a document but its text and boxes, as JSON; sections in reading order with their depth."""
    sections: list[list[Any]] = []
    stack = [(0, document.root)]
    while stack:
        depth, section = stack.pop()
        heading = None if section.heading is None else _pair(section.heading)
        sections.append([depth, section.path, _pair(section.span), heading, _pair(section.body)])
        stack.extend((depth + 1, child) for child in reversed(section.children))
    return {
        "doc_id": document.doc_id,
        "media_type": document.media_type,
        "furniture": [_pair(span) for span in document.furniture],
        "pages": [[page.number, _pair(page.span), page.width, page.height] for page in document.pages],
        "sections": sections,
    }


def _pair(span: Span) -> tuple[int, int]:
    return span.start, span.end
