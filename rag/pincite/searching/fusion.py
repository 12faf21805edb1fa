"""Dense and lexical scores as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWEST_COSINE = -1.0
LOWEST_BM25 = 0.0


def normalise(scores: NDArray[np.float32], *, lowest: float) -> NDArray[np.float32]:
    """Bring scores to [0, 1] between the lowest that could be and the highest that is.

    Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", https://arxiv.org/abs/2210.11934,
    equation 3 with the theoretical minimum, which they find the steadiest.

    Parameters
    ----------
    scores
        Shape (n,).
    lowest
        The least value that the kind of score can take.

    Returns
    -------
    Shape (n,), float32, within [0, 1]; all 0 where no score is above ``lowest``.

    Examples
    --------
    >>> normalise(np.array([3.0, 1.5, 0.0], np.float32), lowest=0).tolist()
    [1.0, 0.5, 0.0]
    """
    above: NDArray[np.float32] = np.maximum(scores - np.float32(lowest), 0).astype(np.float32)
    highest = above.max(initial=0)
    if highest > 0:
        above /= highest
    return above


def fuse(cosines: NDArray[np.float32], bm25: NDArray[np.float32], *, dense_weight: float) -> NDArray[np.float32]:
    """Return the convex combination of both kinds of score, each normalised over the chunks in scope.

    Parameters
    ----------
    cosines, bm25
        Shape (n,): the scores of the same n chunks.
    dense_weight
        In [0, 1]: 1 for the cosine alone, 0 for BM25 alone.

    Returns
    -------
    Shape (n,), float32, within [0, 1].

    Raises
    ------
    ValueError
        The weight is out of range, or the shapes differ.
    """
    if not 0 <= dense_weight <= 1:
        raise ValueError(f"expected a dense weight within [0, 1], got {dense_weight}")
    if cosines.shape != bm25.shape:
        raise ValueError(f"expected scores of the same chunks, got {len(cosines)} cosines and {len(bm25)} of BM25")
    weight = np.float32(dense_weight)
    return weight * normalise(cosines, lowest=LOWEST_COSINE) + (1 - weight) * normalise(bm25, lowest=LOWEST_BM25)
