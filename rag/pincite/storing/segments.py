"""The segments of all chunks as an index keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from pincite.storing.blocks import CheckedArray
from pincite.storing.documents import follow_one_another
from pincite.storing.untrusted import damaged
from pincite.types import Chunk, Document

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pincite.storing.snapshot import FolderSnapshot

START, END, FIRST_TOKEN, OPENS = range(4)
"""Columns of the table."""

_NAMES = ("segments", "segment_norms", "segment_offsets", "chunk_joins")


@dataclass(frozen=True, slots=True)
class Segments:
    """A chunk's tokens in segments that follow one another: first its context, then each of its sentences.

    Attributes
    ----------
    firsts
        Shape (n,), int64: number of each segment's first token within the chunk's tokens; a segment ends where the
        next one begins, the last one with the chunk.  A segment may have no token.
    spans
        Shape (n, 2), int64: where each sentence stands in the document; the context stands nowhere, so its span is
        empty, at the chunk's start.
    norms
        Shape (n,), float32: length of the sum of each segment's token vectors, so that the cosine with their mean
        follows from the cosines with each.
    """

    firsts: NDArray[np.int64]
    spans: NDArray[np.int64]
    norms: NDArray[np.float32]


class SegmentTable:
    """The segments of all chunks, one after the other.

    Attributes
    ----------
    rows
        Shape (n_segments, 4), int32: start and end in the chunk's text; the first of the chunk's token vectors that
        is the segment's; 1 where it begins a line.  The first segment of a chunk is its context.
    norms
        Shape (n_segments,), float32: length of the sum of the segment's token vectors.
    offsets
        Shape (n_chunks + 1,), int64: chunk i has the rows ``[offsets[i], offsets[i + 1])``.
    joins
        Shape (n_chunks,), bool: whether the chunk continues the one before, in one section with nothing but white
        space between.
    """

    def __init__(
        self,
        rows: NDArray[np.int32] | CheckedArray,
        norms: NDArray[np.float32] | CheckedArray,
        offsets: NDArray[np.int64],
        joins: NDArray[np.bool_],
    ) -> None:
        self.rows = rows
        self.norms = norms
        self.offsets = offsets
        self.joins = joins

    @classmethod
    def of(cls, snapshot: FolderSnapshot) -> SegmentTable:
        """Open the table that an index keeps.

        Raises
        ------
        IndexDamaged
            It is not one of the index's chunks.
        """
        try:
            held = [snapshot.array(name) for name in _NAMES]
        except KeyError as error:
            raise damaged(snapshot.path, f"no table of sentences ({error})") from error
        rows, norms, offsets, joins = held
        n = len(snapshot.chunks)
        sound = (
            [array.dtype.str for array in held] == ["<i4", "<f4", "<i8", "|b1"]
            and [array.shape[1:] for array in held] == [(OPENS + 1,), (), (), ()]
            and (len(offsets), len(joins)) == (n + 1, n)
        )
        if not sound or not follow_one_another(offsets[:-1], offsets[1:], len(rows)) or len(norms) != len(rows):
            raise damaged(rows.file.path, "the table of sentences does not fit the chunks")
        starts, continues = np.array(offsets[:]), np.array(joins[:])
        # Each chunk has its context at least, and the first continues none.
        if (np.diff(starts) < 1).any() or continues[:1].any():
            raise damaged(offsets.file.path, "a chunk without its context, or one that continues none")
        return cls(rows, norms, starts, continues)

    @classmethod
    def collect(
        cls, segments: Sequence[Segments], chunks: Sequence[Chunk], documents: Mapping[str, Document]
    ) -> SegmentTable:
        """Put the segments of all chunks together."""
        parts = [_rows(each, chunk, documents[chunk.doc_id].text) for each, chunk in zip(segments, chunks, strict=True)]
        joins = np.zeros(len(chunks), bool)
        for i, (before, chunk) in enumerate(pairwise(chunks), start=1):
            if before.doc_id == chunk.doc_id and before.section == chunk.section:
                joins[i] = not documents[chunk.doc_id].text[before.span.end : chunk.span.start].strip()
        return cls(
            np.concatenate([np.empty((0, 4), np.int32), *parts]),
            np.concatenate([np.empty(0, np.float32), *(each.norms for each in segments)]),
            np.cumsum([0, *map(len, parts)], dtype=np.int64),
            joins,
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the table as an index keeps it."""
        held = (self.rows[:], self.norms[:], self.offsets, self.joins)
        return dict(zip(_NAMES, held, strict=True))

    def of_chunks(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.int64]]:
        """Return the rows of some chunks one after the other, their norms, and how many each chunk has.

        Raises
        ------
        IndexDamaged
            They are not what was written.
        """
        starts, ends = self.offsets[numbers], self.offsets[numbers + 1]
        counts = ends - starts
        at = np.arange(counts.sum()) + np.repeat(starts - (np.cumsum(counts) - counts), counts)
        rows, norms = self.rows[at].astype(np.int64), self.norms[at]
        if isinstance(self.rows, CheckedArray) and not _sound(rows, norms, counts):
            raise damaged(self.rows.file.path, "sentences that do not follow one another")
        return rows, norms, counts

    def rows_of(self, number: int) -> NDArray[np.int32]:
        """Return the rows of one chunk, its context first."""
        return self.rows[int(self.offsets[number]) : int(self.offsets[number + 1])]

    def of_chunk(self, number: int, start: int) -> Segments:
        """Return the segments of the chunk with this number as if it began at ``start``."""
        rows, norms, _ = self.of_chunks(np.array([number]))
        return Segments(rows[:, FIRST_TOKEN], rows[:, : END + 1] + start, norms)


def _sound(rows: NDArray[np.int64], norms: NDArray[np.float32], counts: NDArray[np.int64]) -> bool:
    """Tell whether the rows could be of chunks that have so many of them: spans and tokens in order, finite norms."""
    begins = np.zeros(len(rows), bool)
    begins[np.cumsum(counts) - counts] = True
    rises = np.diff(rows[:, FIRST_TOKEN], prepend=0) >= 0
    return bool(
        (rows >= 0).all()
        and (rows[:, START] <= rows[:, END]).all()
        and (rises | begins).all()
        and (rows[begins, FIRST_TOKEN] == 0).all()
        and np.isfinite(norms).all()
    )


def _rows(segments: Segments, chunk: Chunk, text: str) -> NDArray[np.int32]:
    """Return a chunk's rows of the table."""
    starts = segments.spans[:, START]
    opens = [start == 0 or text[start - 1] in "\r\n" for start in starts.tolist()]
    return np.column_stack([segments.spans - chunk.span.start, segments.firsts, opens]).astype(np.int32)
