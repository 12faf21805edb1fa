"""Text of a document cut into pieces that are cited, gold, both or neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pincite import Document, PinciteError, Span

AROUND = 160
"""Characters shown before and behind what is marked."""
MOST = 2400
"""Characters of one extract: a longer one is cut, and says so."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and what it is; ``kind`` is a class of the style sheet."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Extract:
    """Part of a document, marked."""

    doc_id: str
    start: int
    section: str
    pieces: tuple[Piece, ...]
    cut: bool


def extracts(row: Mapping[str, Any], gold: Mapping[str, Any], documents: Callable[[str], Document]) -> list[Extract]:
    """Return the places of a document that an answer cites, or whose passage came first, and those of the gold."""
    cited = [(c["doc_id"], Span(c["start"], c["end"])) for c in row["citations"]]
    wanted = [(g["doc_id"], Span(g["start"], g["end"])) for g in gold["spans"]]
    shown = [(doc_id, Span(max(0, s.start - AROUND), s.end + AROUND)) for doc_id, s in (*cited, *wanted)]
    if not cited and row["hits"]:
        first = row["hits"][0]
        shown.insert(0, (first["doc_id"], Span(first["start"], first["end"])))
    return [
        extract
        for doc_id, span in _united(shown)
        if (extract := _extract(doc_id, span, cited, wanted, documents)) is not None
    ]


def _united(places: Sequence[tuple[str, Span]]) -> list[tuple[str, Span]]:
    united: list[tuple[str, Span]] = []
    for doc_id, span in sorted(places, key=lambda place: (place[0], place[1].start)):
        if united and united[-1][0] == doc_id and span.start <= united[-1][1].end:
            _, last = united.pop()
            united.append((doc_id, Span(last.start, max(last.end, span.end))))
        else:
            united.append((doc_id, span))
    return united


def _extract(
    doc_id: str,
    span: Span,
    cited: Sequence[tuple[str, Span]],
    gold: Sequence[tuple[str, Span]],
    documents: Callable[[str], Document],
) -> Extract | None:
    try:
        document = documents(doc_id)
    except PinciteError:
        return None
    span = _whole_words(document.text, span)
    end = min(span.end, span.start + MOST)
    marks = {
        "cited": [s for where, s in cited if where == doc_id],
        "gold": [s for where, s in gold if where == doc_id],
    }
    edges = {edge for spans in marks.values() for s in spans for edge in (s.start, s.end) if span.start < edge < end}
    bounds = sorted({span.start, end, *edges})
    pieces = [
        Piece(document.text[a:b], " ".join(k for k, spans in marks.items() if any(s.start <= a < s.end for s in spans)))
        for a, b in pairwise(bounds)
    ]
    marked = min((s.start for spans in marks.values() for s in spans if span.covers(s)), default=span.start)
    inside = [s for s in document.root.walk() if s.span.start <= marked < s.span.end]
    path = max(inside, key=lambda section: len(section.path), default=document.root).path
    return Extract(doc_id, span.start, " > ".join(path), tuple(pieces), end < span.end)


def _whole_words(text: str, span: Span) -> Span:
    """Return a span within the text that neither begins nor ends inside a word."""
    start, end = span.start, min(span.end, len(text))
    while 0 < start < end and not text[start - 1].isspace():
        start += 1
    while end < len(text) and end > start + 1 and not text[end].isspace():
        end -= 1
    return Span(start, end)
