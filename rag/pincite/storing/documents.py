"""The documents of an index, read one at a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from pincite.storing import records
from pincite.storing.untrusted import damaged
from pincite.types import Document, Page, Section, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pincite.storing.files import Files


class Documents:
    """Reads documents by their numbers.  Safe for use by many threads.

    A document's text and description are compared with their digests every time that they are read, not the first time
    alone: a quote rests on them.

    Parameters
    ----------
    doc_ids
        In the order of the documents' numbers.

    Attributes
    ----------
    texts, lines
        The files.

    Raises
    ------
    IndexDamaged
        The files do not fit together.
    """

    def __init__(self, doc_ids: tuple[str, ...], files: Files) -> None:
        self._doc_ids = doc_ids
        self.texts = files.mapped(records.TEXTS)
        self.lines = files.mapped(records.DOCUMENTS)
        self._rows = files.array(records.DOCUMENT_TABLE, dtype="int64", columns=records.DOCUMENT_COLUMNS)
        self._boxes = files.array(records.BOXES, dtype="float32", columns=4)
        table = self.table
        ranges = (
            (records.LINE_START, records.LINE_END, self.lines.size),
            (records.TEXT_START, records.TEXT_END, self.texts.size),
        )
        sound = len(table) == len(doc_ids) and all(
            follow_one_another(table[:, first], table[:, last], size) for first, last, size in ranges
        )
        boxes = table[:, records.BOX_START]
        if not sound or not ((boxes >= -1) & (boxes <= len(self._boxes))).all():
            raise damaged(self._rows.file.path, "a document lies outside the files")

    @property
    def table(self) -> NDArray[np.int64]:
        """Where each document lies, see `pincite.storing.records`; shape (n, 7), checked."""
        return self._rows[:]

    def __len__(self) -> int:
        return len(self._doc_ids)

    def read(self, number: int) -> Document:
        """Return a document.

        Raises
        ------
        IndexDamaged
            It cannot be read back as it was written.
        ValueError
            The index is closed.
        """
        row = self._rows[number : number + 1][0].tolist()
        line = self.lines.read(row[records.LINE_START], row[records.LINE_END])
        content = self.texts.read(row[records.TEXT_START], row[records.TEXT_END])
        start = row[records.BOX_START]
        try:
            text = records.decoded(content)
            boxes = None if start < 0 else self._boxes[start : start + len(text)]
            if boxes is not None and len(boxes) != len(text):
                raise ValueError(f"{len(boxes)} boxes for {len(text)} characters")
            return _document(orjson.loads(line), self._doc_ids[number], text, boxes)
        except (KeyError, TypeError, ValueError, IndexError, OverflowError, MemoryError) as error:
            if self.lines.closed:
                raise ValueError("the index is closed") from error
            raise damaged(self.lines.path, f"document {number} cannot be read ({error})") from error


def follow_one_another(firsts: NDArray[np.int64], lasts: NDArray[np.int64], end: int) -> bool:
    """Tell whether the ranges ``[firsts[i], lasts[i])`` lie one straight after the other from 0 to ``end``."""
    edges = np.concatenate([firsts, [end]])
    starts_at_0 = edges[0] == 0
    return bool(starts_at_0 and (edges[1:] == lasts).all() and (firsts <= lasts).all())


def _document(held: Any, doc_id: str, text: str, boxes: NDArray[np.float32] | None) -> Document:
    """Make the document again of what `pincite.storing.records.described` returned.

    Raises
    ------
    KeyError, TypeError, ValueError
        ``held`` describes no document, or not the one of this text.
    """
    if held["doc_id"] != doc_id:
        raise ValueError(f"expected {doc_id!r}, found {held['doc_id']!r}")
    if type(held["media_type"]) is not str:
        raise TypeError("a media type that is no text")
    limit = len(text)
    return Document(
        doc_id=doc_id,
        text=text,
        root=_tree(held["sections"], limit),
        media_type=held["media_type"],
        furniture=tuple(_span(span, limit) for span in held["furniture"]),
        pages=tuple(_page(*page, limit=limit) for page in held["pages"]),
        char_boxes=boxes,
    )


def _tree(rows: Any, limit: int) -> Section:
    """Return the root of the sections, which are listed in reading order."""
    pending: dict[int, list[Section]] = {}
    # From the last to the first, all of a section's children are there before the section itself.
    for depth, path, span, heading, body in reversed(rows):
        if not path or type(path) is not list or any(type(each) is not str for each in path) or type(depth) is not int:
            raise TypeError("a section without a path of headings")
        children = tuple(reversed(pending.pop(depth + 1, [])))
        found = None if heading is None else _span(heading, limit)
        pending.setdefault(depth, []).append(
            Section(tuple(path), _span(span, limit), found, _span(body, limit), children)
        )
    (root,) = pending.pop(0)
    if pending:
        raise ValueError("sections that belong to none")
    return root


def _page(number: Any, span: Any, width: Any, height: Any, *, limit: int) -> Page:
    sizes = (width, height)
    if type(number) is not int or any(type(size) not in {int, float} or not math.isfinite(size) for size in sizes):
        raise TypeError("a page without number or size")
    return Page(number, _span(span, limit), width, height)


def _span(pair: Any, limit: int) -> Span:
    start, end = pair
    if type(start) is not int or type(end) is not int or end > limit:
        raise ValueError(f"a span that leaves the text ({start!r}, {end!r})")
    return Span(start, end)
