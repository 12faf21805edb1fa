"""How well confidence tells answerable questions from others, and refusals; over a set of questions.

``answerable`` is a bool array of shape (n,), ``confidence`` a float array in [0, 1] of the same shape.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score, precision_recall_fscore_support, roc_auc_score

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

BINS = 10


def auroc(answerable: Bools, confidence: Floats) -> float:
    """Return the area under the ROC curve; NaN where only one kind of question is there."""
    if answerable.all() or not answerable.any():
        return float("nan")
    return float(roc_auc_score(answerable, confidence))


def auroc_of_many(answerable: Bools, confidences: Floats) -> Floats:
    """Return the area under the ROC curve of many runs, shape (..., n) to (...), by ranks (Mann and Whitney, 1947)."""
    n_answerable = int(answerable.sum())
    n_other = len(answerable) - n_answerable
    ranks = rankdata(confidences, axis=-1)[..., answerable].sum(axis=-1)
    return np.asarray((ranks - n_answerable * (n_answerable + 1) / 2) / (n_answerable * n_other))


def aupr(answerable: Bools, confidence: Floats) -> float:
    """Return the average precision; NaN where only one kind of question is there."""
    if answerable.all() or not answerable.any():
        return float("nan")
    return float(average_precision_score(answerable, confidence))


def risk_coverage(answerable: Bools, confidence: Floats) -> tuple[Floats, Floats, Floats]:
    """Return coverage, risk and threshold, each of shape (n distinct confidences,), most confident first.

    Questions of equal confidence are answered together, since no threshold parts them.
    """
    order = np.argsort(-confidence, kind="stable")
    risks = np.cumsum(~answerable[order]) / np.arange(1, len(order) + 1)
    thresholds = confidence[order]
    last = np.r_[thresholds[1:] != thresholds[:-1], True]
    coverage = np.arange(1, len(order) + 1) / len(order)
    return coverage[last], risks[last], thresholds[last]


def aurc(answerable: Bools, confidence: Floats) -> float:
    """Return the mean of the risk over coverage, each question weighing the same."""
    coverage, risk, _ = risk_coverage(answerable, confidence)
    return float((risk * np.diff(coverage, prepend=0.0)).sum())


def reliability(answerable: Bools, confidence: Floats) -> list[tuple[float, float, int]]:
    """Return mean confidence, share answerable and number of questions of bins of equally many questions."""
    parts = np.array_split(np.argsort(confidence, kind="stable"), BINS)
    return [(float(confidence[p].mean()), float(answerable[p].mean()), len(p)) for p in parts if len(p)]


def expected_calibration_error(answerable: Bools, confidence: Floats) -> float:
    """Return the mean distance of confidence and share answerable over the bins of :func:`reliability`."""
    bins = reliability(answerable, confidence)
    return sum(abs(sure - share) * n for sure, share, n in bins) / len(answerable)


def refusals(answerable: Bools, refused: Bools) -> tuple[float, float, float]:
    """Return precision, recall and F1 of refusals, NaN where nothing was refused or nothing should have been."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        precision, recall, f1, _ = precision_recall_fscore_support(
            ~answerable, refused, average="binary", zero_division=np.nan
        )
    return float(precision), float(recall), float(f1)
