"""From the scores of passages to probabilities that mean the same from query to query."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLOPE = 12.0
MIDDLE = 0.62
"""Fitted by `pincite_evals.retrieval_fit` to questions with and without an answer, every set weighing the same."""


def probabilities(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Estimate for each passage the probability that it holds the answer.

    A logistic curve (Platt scaling), so the order stays the same.  The probabilities of a query need not sum to 1:
    several passages may answer, or none.

    Parameters
    ----------
    scores
        Shape (n,): of :func:`pincite.searching.windows.place_windows`.

    Returns
    -------
    Shape (n,), float32, within [0, 1].
    """
    logits = np.clip(SLOPE * (scores - MIDDLE), -60, 60)
    chances: NDArray[np.float32] = (1 / (1 + np.exp(-logits))).astype(np.float32)
    return chances
