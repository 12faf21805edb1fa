"""What the source viewer shows of a document: its outline, a window of its text, marks, and boxes on a PDF's pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from pincite import Document, Page, Section, Span

WINDOW_CHARS = 120_000
"""Text sent at once: a browser lays this much out without a pause."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A span to highlight; ``n`` is the citation's number, 0 for a passage."""

    n: int
    span: Span


def source_view(
    document: Document, marks: Sequence[Mark] = (), focus: int | None = None, at: int = 0
) -> dict[str, Any]:
    """Return a document as the viewer draws it.

    Parameters
    ----------
    marks
        Spans to highlight.
    focus
        Number of the mark to scroll to.
    at
        Code point to scroll to where no mark is.
    """
    focused = next((mark for mark in marks if mark.n == focus), None)
    centre = focused.span.start if focused is not None else at
    shown = window(document, centre)
    sections = list(document.root.walk())
    return {
        "doc": document.doc_id,
        "title": document.title,
        "kind": document.media_type,
        "chars": len(document.text),
        "focus": focus,
        "at": centre,
        "outline": [_entry(number, section) for number, section in enumerate(sections)],
        "window": {"start": shown.start, "end": shown.end},
        "sections": [
            drawn
            for number, section in enumerate(sections)
            if (drawn := _drawn(document, number, section, shown, marks)) is not None
        ],
        "pages": [_page_view(document, page, marks) for page in document.pages],
        "marks": [{"n": mark.n, "start": mark.span.start, "end": mark.span.end} for mark in marks],
    }


def window(document: Document, centre: int) -> Span:
    """Return the part of a text to show around a code point: all of it, or whole sections as far as they fit."""
    length = len(document.text)
    if length <= WINDOW_CHARS:
        return Span(0, length)
    low, high = max(0, centre - WINDOW_CHARS // 2), min(length, centre + WINDOW_CHARS // 2)
    starts = [section.span.start for section in document.root.walk() if low <= section.span.start <= centre]
    start = min(starts, default=low)
    return Span(start, min(length, max(high, start + WINDOW_CHARS // 2)))


def matching(document: Document, words: str) -> list[int]:
    """Return the numbers of the sections whose own heading or text holds every one of the words, whatever its case."""
    sought = words.casefold().split()
    found = []
    for number, section in enumerate(document.root.walk()):
        own = document.quote(_own(section)).casefold()
        if sought and all(word in own for word in sought):
            found.append(number)
    return found


def _own(section: Section) -> Span:
    start = section.heading.start if section.heading is not None else section.body.start
    return Span(min(start, section.body.end), section.body.end)


def _entry(number: int, section: Section) -> dict[str, Any]:
    return {"id": number, "title": section.title, "level": len(section.path), "start": section.span.start}


def _drawn(
    document: Document, number: int, section: Section, shown: Span, marks: Sequence[Mark]
) -> dict[str, Any] | None:
    own = _own(section)
    if not own.overlaps(shown) and len(own):
        return None
    body = Span(
        max(section.body.start, shown.start), max(min(section.body.end, shown.end), shown.start, section.body.start)
    )
    return {
        "id": number,
        "level": len(section.path),
        "title": section.title,
        "heading": cut(document, section.heading, marks) if section.heading is not None else [],
        "body": cut(document, body, marks),
    }


def cut(document: Document, span: Span, marks: Iterable[Mark]) -> list[dict[str, Any]]:
    """Cut a span where a mark begins or ends: the pieces in order, each with the numbers of the marks on it.

    Blank lines at either end are left out unless they are marked.
    """
    inside = [mark for mark in marks if mark.span.overlaps(span)]
    edges = {span.start, span.end}
    for mark in inside:
        edges |= {max(mark.span.start, span.start), min(mark.span.end, span.end)}
    ordered = sorted(edges)
    pieces: list[dict[str, Any]] = []
    for start, end in pairwise(ordered):
        piece = Span(start, end)
        numbers = [mark.n for mark in inside if mark.span.covers(piece)]
        pieces.append({"text": document.quote(piece), "marks": numbers})
    if pieces and not pieces[0]["marks"]:
        pieces[0]["text"] = pieces[0]["text"].lstrip("\r\n")
    if pieces and not pieces[-1]["marks"]:
        pieces[-1]["text"] = pieces[-1]["text"].rstrip()
    return [piece for piece in pieces if piece["text"]]


def _page_view(document: Document, page: Page, marks: Iterable[Mark]) -> dict[str, Any]:
    boxes = [
        {"n": mark.n, "x": x, "y": y, "w": w, "h": h}
        for mark in marks
        if mark.span.overlaps(page.span)
        for x, y, w, h in line_boxes(document, page, mark.span)
    ]
    return {"number": page.number, "width": page.width, "height": page.height, "boxes": boxes}


def line_boxes(document: Document, page: Page, span: Span) -> list[tuple[float, float, float, float]]:
    """Return the boxes of a span on a page, one for each line: left, top, width and height as fractions of the page."""
    if document.char_boxes is None:
        return []
    boxes = document.char_boxes[max(span.start, page.span.start) : min(span.end, page.span.end)]
    boxes = boxes[~np.isnan(boxes).any(axis=1)]
    lines: list[list[float]] = []
    for left, bottom, right, top in boxes.tolist():
        line = lines[-1] if lines else None
        if line is not None and min(top, line[3]) - max(bottom, line[1]) > 0.4 * min(top - bottom, line[3] - line[1]):
            lines[-1] = [min(left, line[0]), min(bottom, line[1]), max(right, line[2]), max(top, line[3])]
        else:
            lines.append([left, bottom, right, top])
    return [
        (
            round(left / page.width, 5),
            round(1 - top / page.height, 5),
            round((right - left) / page.width, 5),
            round((top - bottom) / page.height, 5),
        )
        for left, bottom, right, top in lines
    ]
