"""From the scores of passages to probabilities that mean the same from query to query."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pincite.settings import Calibration


def features(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return for each of one query's passages its score and the logarithm of its rank.

    Parameters
    ----------
    scores
        Shape (n,): of :func:`pincite.searching.windows.place_windows`, best first.

    Returns
    -------
    Shape (n, 2), float32.
    """
    return np.column_stack([scores, np.log(np.arange(1, len(scores) + 1))]).astype(np.float32)


def probabilities(scores: NDArray[np.float32], calibration: Calibration) -> NDArray[np.float32]:
    """Estimate for each of one query's passages the probability that it holds the answer.

    The order stays that of the scores.  The probabilities of a query need not sum to 1: several passages may answer,
    or none.

    Parameters
    ----------
    scores
        Shape (n,): of :func:`pincite.searching.windows.place_windows`, best first.

    Returns
    -------
    Shape (n,), float32, within [0, 1].
    """
    logits = features(scores) @ np.array([calibration.slope, -calibration.rank_slope]) + calibration.intercept
    chances: NDArray[np.float32] = (1 / (1 + np.exp(-np.clip(logits, -60, 60)))).astype(np.float32)
    return chances
