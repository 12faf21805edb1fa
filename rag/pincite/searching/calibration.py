"""From a passage's score to a probability."""

from __future__ import annotations

import math

SLOPE = 12.0
MIDDLE = 0.62
"""Fitted by `python -m pincite_evals.hit_calibration`; see `evals/results/hit_calibration.md`."""


def probability_of_hit(score: float) -> float:
    """Return how likely a passage with this score of late interaction is to hold the evidence, in [0, 1].

    A logistic curve (Platt scaling), so that the order is that of the scores and a number means the same from query to
    query.
    """
    return 1 / (1 + math.exp(-SLOPE * (score - MIDDLE)))
