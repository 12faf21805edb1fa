"""Which scores are the highest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def best(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Return where the ``k`` highest scores are, highest first, ties in the order given.

    Examples
    --------
    >>> best(np.array([0.1, 0.9, 0.5, 0.9], np.float32), 3).tolist()
    [1, 3, 2]
    """
    if 0 < k < len(scores):
        least = np.partition(scores, len(scores) - k)[len(scores) - k]
        candidates = np.flatnonzero(scores >= least)
    else:
        candidates = np.arange(len(scores))
    return candidates[np.argsort(-scores[candidates], kind="stable")][:k].astype(np.int64)
