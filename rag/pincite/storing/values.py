"""What crosses the seam of `pincite.storing.base`: proposals, comparisons, segments and remains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Handles = NDArray[np.int64]
    """Chunks of one opened snapshot, in no order that means anything unless it is said."""


@dataclass(frozen=True, slots=True)
class Proposals:
    """Chunks that may answer a query, in reading order.

    Attributes
    ----------
    chunks
        Shape (n,): their handles.
    cosines, bm25
        Shape (n,), float32: what each kind of search says of each; 0 from one that was not asked.
    """

    chunks: Handles
    cosines: NDArray[np.float32]
    bm25: NDArray[np.float32]


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
    opens
        Shape (n,), bool: whether it begins a line.
    """

    firsts: NDArray[np.int64]
    spans: NDArray[np.int64]
    norms: NDArray[np.float32]
    opens: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Compared:
    """Chunks compared with some vectors token by token, in reading order.

    Attributes
    ----------
    chunks
        Shape (n_chunks,): their handles.
    continues
        Shape (n_chunks,), bool: whether each continues the one before it *here*, in one section with nothing but white
        space between.
    counts
        Shape (n_chunks,), int64: how many of the segments are each one's.
    segments
        Of all chunks, one chunk after the other; ``firsts`` are rows of ``cosines``.
    cosines
        Shape (n_tokens, n_vectors), float32.
    """

    chunks: Handles
    continues: NDArray[np.bool_]
    counts: NDArray[np.int64]
    segments: Segments
    cosines: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Remains:
    """The paths that an index was made from, as they were given, and the ids of its documents."""

    roots: tuple[str, ...]
    doc_ids: tuple[str, ...]
