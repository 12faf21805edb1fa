"""The segments of all chunks as an index keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from pincite.indexing.segments import Segments
from pincite.types import Chunk, Document

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pincite.storing.generation import Generation

START, END, FIRST_TOKEN, OPENS = range(4)
"""Columns of the table."""

_NAMES = ("segments", "segment_norms", "segment_offsets", "chunk_joins")


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
        rows: NDArray[np.int32],
        norms: NDArray[np.float32],
        offsets: NDArray[np.int64],
        joins: NDArray[np.bool_],
    ) -> None:
        self.rows = rows
        self.norms = norms
        self.offsets = offsets
        self.joins = joins

    @classmethod
    def of(cls, generation: Generation) -> SegmentTable:
        """Open the table that an index keeps."""
        return cls(*(generation.array(name) for name in _NAMES))

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
        return dict(zip(_NAMES, (self.rows, self.norms, self.offsets, self.joins), strict=True))

    def of_chunk(self, number: int, start: int) -> Segments:
        """Return the segments of the chunk with this number as if it began at ``start``."""
        held = slice(*self.offsets[number : number + 2])
        rows = self.rows[held].astype(np.int64)
        return Segments(rows[:, FIRST_TOKEN], rows[:, : END + 1] + start, np.array(self.norms[held]))


def _rows(segments: Segments, chunk: Chunk, text: str) -> NDArray[np.int32]:
    """Return a chunk's rows of the table."""
    starts = segments.spans[:, START]
    opens = [start == 0 or text[start - 1] in "\r\n" for start in starts.tolist()]
    return np.column_stack([segments.spans - chunk.span.start, segments.firsts, opens]).astype(np.int32)
