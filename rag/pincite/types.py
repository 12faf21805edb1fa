"""The nouns of Pincite: documents, sections, chunks, hits, citations.

Every offset counts Unicode code points in :attr:`Document.text` and every span is half-open, ``[start, end)``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pincite.errors import QuestionError, SpanError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Code points ``[start, end)`` of a document's text.

    Raises
    ------
    SpanError
        ``start`` is negative or lies after ``end``.
    """

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise SpanError(f"expected 0 <= start <= end, got [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def covers(self, other: Span) -> bool:
        """Tell whether ``other`` lies entirely within this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two share at least one code point."""
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as the file's format marks it: its span in the text and its level, 1 the highest."""

    span: Span
    level: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a paginated document: its number from 1, its span, and its size in points (1/72 inch)."""

    number: int
    span: Span
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Section:
    """A heading's extent in a document, with everything below it.

    Attributes
    ----------
    path
        Headings from the document's title down to this section's own, so never empty.
    span
        The whole extent: heading, own text and all subsections.
    heading
        Span of the heading itself; ``None`` for a root whose title does not stand in the text.
    body
        The section's own text: from the end of the heading to the first subsection, or to the end.
    children
        Subsections in reading order.
    """

    path: tuple[str, ...]
    span: Span
    heading: Span | None
    body: Span
    children: tuple[Section, ...] = ()

    @property
    def title(self) -> str:
        """The section's own heading."""
        return self.path[-1]

    def walk(self) -> Iterator[Section]:
        """Yield this section and all below it in reading order."""
        waiting = [self]
        while waiting:
            section = waiting.pop()
            yield section
            waiting += reversed(section.children)


@dataclass(frozen=True, slots=True)
class Document:
    """A source with a stable id, its text, and its tree of sections.

    Attributes
    ----------
    doc_id
        Path relative to the folder that was given, with ``/`` on every system.
    text
        One string. For ``.txt`` and ``.md`` the decoded file, unchanged.
    root
        The tree of sections; its span is the whole text.
    media_type
        Such as ``text/markdown``.
    furniture
        Spans that are kept in the text but never indexed ("Scroll to Top", running page headers).
    pages
        Pages in order; empty where the format has none.
    char_boxes
        Shape (len(text), 4), float32: left, bottom, right, top of each code point in points from the page's lower
        left corner, NaN where a code point has no box (line breaks). ``None`` where the format has no layout.
    """

    doc_id: str
    text: str
    root: Section
    media_type: str = "text/plain"
    furniture: tuple[Span, ...] = ()
    pages: tuple[Page, ...] = ()
    char_boxes: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)

    @property
    def title(self) -> str:
        """The heading of the root section."""
        return self.root.title

    def quote(self, span: Span) -> str:
        """Return the exact text at ``span``.

        Raises
        ------
        SpanError
            The span ends after the text does.
        """
        if span.end > len(self.text):
            raise SpanError(
                f"{self.doc_id} has {len(self.text)} characters, the span [{span.start}, {span.end}) ends after them"
            )
        return self.text[span.start : span.end]

    def page_at(self, offset: int) -> int | None:
        """Return the number of the page that holds the code point at ``offset``, or ``None`` without pages."""
        before = bisect_right(self.pages, offset, key=lambda page: page.span.start)
        return self.pages[before - 1].number if before else None


@dataclass(frozen=True, slots=True)
class Chunk:
    """The indexed unit; say *passage* to readers.

    Attributes
    ----------
    chunk_id
        ``doc_id#start-end``: unique in an index, and the same for the same text at the same place.
    section
        Path of headings of the section that the chunk lies in.
    page
        Number of the page on which the chunk starts; ``None`` without pages.
    """

    chunk_id: str
    doc_id: str
    span: Span
    text: str
    section: tuple[str, ...]
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query, with its rank (from 1) and score.

    ``score`` lies in [0, 1], higher is better, and means the same from query to query: an estimate of the
    probability that the passage answers.  ``signals`` holds what each stage said, by name.
    """

    rank: int
    score: float
    chunk: Chunk
    signals: Mapping[str, float] = field(default_factory=dict)

    @property
    def citation(self) -> Citation:
        """The whole passage as a citation, numbered by its rank."""
        return Citation(
            self.rank, self.chunk.doc_id, self.chunk.span, self.chunk.text, self.chunk.section, self.chunk.page
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the hit as the batch contract writes it."""
        return {
            "rank": self.rank,
            "doc_id": self.chunk.doc_id,
            "start": self.chunk.span.start,
            "end": self.chunk.span.end,
            "text": self.chunk.text,
            "section": list(self.chunk.section),
            "score": round(self.score, 6),
        }


@dataclass(frozen=True, slots=True)
class Citation:
    """A span with its quoted text, verified: ``document.text[span.start:span.end] == quote``.

    ``n`` is the number of the marker in the answer's text, from 1.
    """

    n: int
    doc_id: str
    span: Span
    quote: str
    section: tuple[str, ...]
    page: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the citation as the batch contract writes it."""
        return {
            "n": self.n,
            "doc_id": self.doc_id,
            "start": self.span.start,
            "end": self.span.end,
            "quote": self.quote,
            "section": list(self.section),
            "page": self.page,
        }


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an indexing run did, by document id, and what failed; ``removed`` lists what is no longer there."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]
    failures: tuple[Failure, ...]
    n_chunks: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Stages:
    """Which stages of search run; each can be switched off to see what it is worth."""

    dense: bool = True
    lexical: bool = True
    late_interaction: bool = True
    merge: bool = True
    deduplicate: bool = True


@dataclass(frozen=True, slots=True)
class Scope:
    """What a search is confined to.

    Attributes
    ----------
    docs
        Ids of documents; ``None`` for all.
    sections
        Headings: a passage is in scope when one of them, whatever its case, is in its path; ``None`` for all.

    Raises
    ------
    QuestionError
        One text was given where a tuple is expected.
    """

    docs: tuple[str, ...] | None = None
    sections: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.docs, str) or isinstance(self.sections, str):
            raise QuestionError(f"expected tuples, got one text: {self}: write it with a comma, as ('one.txt',)")


@dataclass(frozen=True, slots=True)
class Failure:
    """A source that could not be indexed, and why, in one line."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage of long work is: ``done`` of ``total`` units (``total`` ``None`` while unknown)."""

    stage: str
    done: int
    total: int | None
    unit: str


ProgressCallback = Callable[[Progress], None]
