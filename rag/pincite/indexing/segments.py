"""Where the tokens of a chunk's context and of each of its sentences lie, kept beside the token vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pincite.sentences import sentence_spans
from pincite.storing.segments import Segments

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pincite.types import Chunk, Span


def segment(
    chunk: Chunk, *, context_length: int, token_spans: Sequence[Span], token_vectors: NDArray[np.float32]
) -> Segments:
    """Find the segments of a chunk in what the encoder made of its embedded text.

    Parameters
    ----------
    context_length
        Characters of the embedded text before the chunk's own.
    token_spans
        Span of each token in the embedded text.
    token_vectors
        Shape (n_tokens, dim), float32, unit norm.
    """
    sentences = sentence_spans(chunk.text)
    starts = [context_length + sentence.start for sentence in sentences]
    firsts = np.searchsorted([span.start for span in token_spans], [0, *starts], side="left").astype(np.int64)
    firsts[0] = 0
    offset = chunk.span.start
    spans = [(offset, offset), *((offset + sentence.start, offset + sentence.end) for sentence in sentences)]
    totals = np.concatenate([np.zeros((1, token_vectors.shape[1])), np.cumsum(token_vectors, axis=0, dtype=np.float64)])
    sums = np.diff(totals[[*firsts, len(token_vectors)]], axis=0)
    return Segments(firsts, np.array(spans, np.int64), np.linalg.norm(sums, axis=1).astype(np.float32))
