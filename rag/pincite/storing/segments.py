"""The segments of all chunks as an index keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pincite.storing.documents import follow_one_another
from pincite.storing.untrusted import damaged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from pincite.storing.blocks import CheckedArray
    from pincite.storing.files import Files
    from pincite.storing.values import Segments

START, END, FIRST_TOKEN, OPENS = range(4)
"""Columns of the table."""

FILE_NAMES = ("extra.segments.npy", "extra.segment_norms.npy", "extra.segment_offsets.npy", "extra.chunk_joins.npy")


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
        rows: CheckedArray,
        norms: CheckedArray,
        offsets: NDArray[np.int64],
        joins: NDArray[np.bool_],
    ) -> None:
        self.rows = rows
        self.norms = norms
        self.offsets = offsets
        self.joins = joins

    @classmethod
    def load(cls, files: Files, n_chunks: int) -> SegmentTable:
        """Open the table of an index of so many chunks; its rows stay on disk until they are needed.

        Raises
        ------
        IndexDamaged
            The files do not hold one.
        OSError
            A file is missing.
        """
        held = [files.array(name, dtype=None) for name in FILE_NAMES]
        rows, norms, offsets, joins = held
        sound = (
            [array.dtype.str for array in held] == ["<i4", "<f4", "<i8", "|b1"]
            and [array.shape[1:] for array in held] == [(OPENS + 1,), (), (), ()]
            and (len(offsets), len(joins)) == (n_chunks + 1, n_chunks)
        )
        if not sound or not follow_one_another(offsets[:-1], offsets[1:], len(rows)) or len(norms) != len(rows):
            raise damaged(rows.file.path, "the table of sentences does not fit the chunks")
        starts, continues = np.array(offsets[:]), np.array(joins[:])
        # Each chunk has its context at least, and the first continues none.
        if (np.diff(starts) < 1).any() or continues[:1].any():
            raise damaged(offsets.file.path, "a chunk without its context, or one that continues none")
        return cls(rows, norms, starts, continues)

    @staticmethod
    def save(folder: Path, segments: Sequence[Segments], continues: NDArray[np.bool_]) -> None:
        """Write the table of some chunks into ``folder``.

        Raises
        ------
        ValueError
            There is not one entry of ``continues`` for each chunk.
        """
        if len(segments) != len(continues):
            raise ValueError(f"expected segments of {len(continues)} chunks, got {len(segments)}")
        parts = [_rows(each) for each in segments]
        arrays = (
            np.concatenate([np.empty((0, 4), np.int32), *parts]),
            np.concatenate([np.empty(0, np.float32), *(each.norms for each in segments)]),
            np.cumsum([0, *map(len, parts)], dtype=np.int64),
            continues,
        )
        for name, array in zip(FILE_NAMES, arrays, strict=True):
            np.save(folder / name, np.ascontiguousarray(array), allow_pickle=False)

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
        if not _sound(rows, norms, counts):
            raise damaged(self.rows.file.path, "sentences that do not follow one another")
        return rows, norms, counts

    def rows_of(self, number: int) -> NDArray[np.int32]:
        """Return the rows of one chunk, its context first."""
        return self.rows[int(self.offsets[number]) : int(self.offsets[number + 1])]


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


def _rows(segments: Segments) -> NDArray[np.int32]:
    """Return a chunk's rows of the table."""
    start = segments.spans[0, 0]  # of the context, which stands nowhere
    return np.column_stack([segments.spans - start, segments.firsts, segments.opens]).astype(np.int32)
