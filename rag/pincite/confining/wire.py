"""What the process that reads and the one that asks say to each other.

A message is the lengths of three parts and the parts: a head in JSON, and two bodies as they are.  A request's bodies
are the file and nothing, an answer's are the text in UTF-8 and the boxes of its characters.  Nothing of an answer is
taken on trust, for a file may have taken over the process that sends it.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from pincite.errors import DocumentTooLarge
from pincite.types import Document, Page, Section, Span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

OUT_OF_MEMORY = 77
"""Exit status of a process that met its limit of memory: whatever it said in that state might fail again."""
MAX_SECTIONS = 200_000
"""One for every 100 characters of the longest text: no document has so many headings, and each takes memory."""
MAX_DEPTH = 100
"""Sections below one another; formats mark nine levels, and programs walk the tree by recursion."""
MAX_SPANS = 1_000_000
"""Of furniture, and pages."""
MAX_PATHS_CHARS = 200_000_000
"""Characters of all sections' paths together, which an index keeps written out."""

_LENGTHS = struct.Struct("!3Q")
_HEAD_ROOM = 64_000_000
_BYTES_PER_CHAR = 4
_BOX_BYTES = 16


class Message(NamedTuple):
    """A head, and two bodies."""

    head: dict[str, Any]
    body: bytes = b""
    boxes: bytes = b""


class WireError(Exception):
    """The other side sent what it should not have."""


class BrokenOff(WireError):
    """The other side ended within a message."""


def send(stream: IO[bytes], message: Message) -> None:
    """Write a message."""
    parts = (orjson.dumps(message.head), message.body, message.boxes)
    stream.write(_LENGTHS.pack(*map(len, parts)))
    for part in parts:
        stream.write(part)
    stream.flush()


def receive(stream: IO[bytes], *, most: Sequence[int] | None = None) -> Message | None:
    """Read a message, or return ``None`` where there are no more.

    Parameters
    ----------
    most
        Bytes that each part may have.

    Raises
    ------
    WireError
        A part is longer, the stream ends within the message (`BrokenOff`), or the head is no JSON object.
    """
    lengths = stream.read(_LENGTHS.size)
    if not lengths:
        return None
    if len(lengths) < _LENGTHS.size:
        raise BrokenOff("broken off")
    sizes = _LENGTHS.unpack(lengths)
    if most is not None and any(size > allowed for size, allowed in zip(sizes, most, strict=True)):
        raise WireError(f"parts of {sizes} bytes")
    parts = [stream.read(size) for size in sizes]
    if any(len(part) < size for part, size in zip(parts, sizes, strict=True)):
        raise BrokenOff("broken off")
    try:
        head = orjson.loads(parts[0])
    except orjson.JSONDecodeError as error:
        raise WireError("a head that is no JSON") from error
    if not isinstance(head, dict):
        raise WireError("a head that is no object")
    return Message(head, parts[1], parts[2])


def most_of_answer(max_chars: int) -> tuple[int, int, int]:
    """Return how many bytes each part of an answer may have for a text of so many characters."""
    return _HEAD_ROOM + _BYTES_PER_CHAR * max_chars, _BYTES_PER_CHAR * max_chars, _BOX_BYTES * max_chars


def document_message(document: Document) -> Message:
    """Write a document as a message.

    Raises
    ------
    DocumentTooLarge
        It has more sections than can be kept, or deeper ones.
    """
    sections: list[tuple[Any, ...]] = []
    paths = 0
    stack = [(0, 0, document.root)]
    while stack:
        depth, above, section = stack.pop()
        heading = section.heading or Span(0, 0)
        has_heading = section.heading is not None
        spans = (heading.start, heading.end, section.span.start, section.span.end, section.body.start, section.body.end)
        sections.append((depth, section.title, has_heading, *spans))
        above += len(section.title)
        paths += above
        if len(sections) > MAX_SECTIONS or depth > MAX_DEPTH or paths > MAX_PATHS_CHARS:
            limits = f"{MAX_SECTIONS:,} headings, {MAX_DEPTH} levels and {MAX_PATHS_CHARS:,} characters in their paths"
            raise DocumentTooLarge(document.doc_id, f"has headings beyond the limits, {limits}: split it")
        stack.extend((depth + 1, above, child) for child in reversed(section.children))
    if len(document.furniture) > MAX_SPANS or len(document.pages) > MAX_SPANS:
        raise DocumentTooLarge(document.doc_id, f"has more than {MAX_SPANS:,} pages or page controls: split it")
    head = {
        "media_type": document.media_type,
        "sections": sections,
        "furniture": [(span.start, span.end) for span in document.furniture],
        "pages": [(page.number, page.span.start, page.span.end, page.width, page.height) for page in document.pages],
        "boxes": document.char_boxes is not None,
    }
    boxes = b"" if document.char_boxes is None else document.char_boxes.tobytes()
    return Message(head, document.text.encode("utf-8"), boxes)


def document_of(message: Message, *, doc_id: str, max_chars: int) -> Document:
    """Make the document of a message, having checked that it is one.

    Raises
    ------
    WireError
        It is none: something is of another type, out of bounds, out of order, or too much.
    """
    try:
        text = message.body.decode("utf-8")
        head = message.head
        _expect(0 < len(text) <= max_chars and isinstance(head["media_type"], str) and len(head["media_type"]) <= 200)
        return Document(
            doc_id=doc_id,
            text=text,
            root=_tree(head["sections"], len(text)),
            media_type=head["media_type"],
            furniture=_spans(head["furniture"], len(text)),
            pages=_pages(head["pages"], len(text)),
            char_boxes=_boxes(message.boxes, len(text)) if head["boxes"] else None,
        )
    except WireError:
        raise
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise WireError(f"no document ({type(error).__name__})") from error


def _expect(holds: bool) -> None:
    if not holds:
        raise WireError("no document")


def _tree(rows: list[Any], n_chars: int) -> Section:
    """Return the root of sections that are listed in reading order with their depths.

    Each lies within the one above it and after the one before it, its heading at its start, its body behind.
    """
    _expect(0 < len(rows) <= MAX_SECTIONS)
    path: list[tuple[str, int]] = []  # of each open section, its title and where it ends
    paths: list[tuple[str, ...]] = []
    at = characters = 0
    for number, (depth, title, has_heading, *offsets) in enumerate(rows):
        _expect(all(type(each) is int for each in (depth, *offsets)) and type(title) is str and bool(title))
        heading_start, heading_end, start, end, body_start, body_end = offsets
        _expect((0 <= depth <= min(len(path), MAX_DEPTH)) and (depth == 0) == (number == 0))
        if depth < len(path):
            at = path[depth][1]
            del path[depth:]
        _expect(at <= start <= body_start <= body_end <= end <= (path[-1][1] if path else n_chars))
        _expect(not has_heading or start <= heading_start <= heading_end <= body_start)
        at = body_end
        path.append((title, end))
        paths.append(tuple(each for each, _ in path))
        characters += sum(map(len, paths[-1]))
        _expect(characters <= MAX_PATHS_CHARS)
    _expect(rows[0][5:7] == [0, n_chars])
    pending: dict[int, list[Section]] = {}
    # From the last to the first, all of a section's children are there before the section itself.
    for (depth, _, has_heading, *offsets), own in zip(reversed(rows), reversed(paths), strict=True):
        heading = Span(*offsets[0:2]) if has_heading else None
        children = tuple(reversed(pending.pop(depth + 1, [])))
        section = Section(own, Span(*offsets[2:4]), heading, Span(*offsets[4:6]), children)
        pending.setdefault(depth, []).append(section)
    (root,) = pending.pop(0)
    return root


def _spans(pairs: list[Any], n_chars: int) -> tuple[Span, ...]:
    """Return sorted disjoint spans."""
    _expect(len(pairs) <= MAX_SPANS and all(type(each) is int for pair in pairs for each in pair))
    spans = tuple(Span(start, end) for start, end in pairs)
    _expect(not spans or spans[-1].end <= n_chars)
    _expect(all(before.end <= after.start for before, after in pairwise(spans)))
    return spans


def _pages(rows: list[Any], n_chars: int) -> tuple[Page, ...]:
    _expect(len(rows) <= MAX_SPANS)
    spans = _spans([row[1:3] for row in rows], n_chars)
    pages = []
    for expected, (span, (number, _, _, width, height)) in enumerate(zip(spans, rows, strict=True), start=1):
        _expect(number == expected and all(type(size) in {int, float} and 0 <= size < 1e9 for size in (width, height)))
        pages.append(Page(number, span, width, height))
    return tuple(pages)


def _boxes(held: bytes, n_chars: int) -> Any:
    import numpy as np

    _expect(len(held) == _BOX_BYTES * n_chars)
    boxes = np.frombuffer(held, np.float32).reshape(-1, 4)
    _expect(not np.isinf(boxes).any())
    return boxes
