"""Late interaction: each token of the query looks for its best counterpart in each sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Interaction:
    """What a query's vectors find in segments of text, a segment being a sentence or a chunk's context.

    Attributes
    ----------
    maxima
        Shape (n_segments, n_query_tokens), float32: highest cosine of each query token with any of the segment's
        tokens; -1 for a segment without tokens.
    pooled
        Shape (n_segments,), float32: cosine of the whole query with the mean of the segment's token vectors; 0 for a
        segment without tokens.
    """

    maxima: NDArray[np.float32]
    pooled: NDArray[np.float32]


def interact(cosines: NDArray[np.float32], firsts: NDArray[np.int64], norms: NDArray[np.float32]) -> Interaction:
    """Reduce the cosines of tokens with a query to those of segments.

    Parameters
    ----------
    cosines
        Shape (n_tokens, n_query_tokens + 1): the tokens of the segments one after the other, with each of the query's
        tokens and, in the last column, with the whole query's vector.
    firsts
        Shape (n_segments,): the row where each segment begins, not descending, the first one 0.
    norms
        Shape (n_segments,): length of the sum of each segment's token vectors.
    """
    maxima = np.full((len(firsts), cosines.shape[1] - 1), -1, np.float32)
    pooled = np.zeros(len(firsts), np.float32)
    filled = np.diff(firsts, append=len(cosines)) > 0
    if filled.any():
        maxima[filled] = np.maximum.reduceat(cosines[:, :-1], firsts[filled], axis=0)
        sums = np.add.reduceat(cosines[:, -1], firsts[filled])
        pooled[filled] = sums / np.maximum(norms[filled], np.float32(1e-9))
    return Interaction(maxima, pooled)


def in_context(interaction: Interaction, is_context: NDArray[np.bool_]) -> Interaction:
    """Let each sentence speak with its context: title, file name and headings count as said in every sentence.

    Parameters
    ----------
    interaction
        Of the segments of some chunks, one chunk after the other, each beginning with its context.
    is_context
        Shape (n_segments,): which segments are contexts; the first one is.

    Returns
    -------
    Interaction
        Of the sentences alone.  ``pooled`` is theirs: the context is the same for the whole section, and would hide
        what a sentence says.
    """
    sentences = np.flatnonzero(~is_context)
    context = np.maximum.accumulate(np.where(is_context, np.arange(len(is_context)), 0))[sentences]
    maxima = np.maximum(interaction.maxima[sentences], interaction.maxima[context])
    return Interaction(maxima, interaction.pooled[sentences])
