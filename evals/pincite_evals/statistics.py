"""Intervals by bootstrap over questions, and the paired comparison of two runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.stats import permutation_test

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

RESAMPLES = 1000
PERMUTATIONS = 10_000
SIGNIFICANCE = 0.05
Verdict = Literal["better", "worse", "no difference"]


@dataclass(frozen=True, slots=True)
class PairedTest:
    """How a measure changed from one run to another on the same questions.

    Attributes
    ----------
    difference
        New minus old.
    low, high
        95 % bootstrap interval of the difference.
    p_value
        Two-sided, of the randomisation test that swaps the runs question by question.
    """

    difference: float
    low: float
    high: float
    p_value: float
    n: int

    def verdict(self, *, higher_is_better: bool, significance: float = SIGNIFICANCE) -> Verdict:
        """Return whether the new run is better, or that no difference was shown."""
        if not self.p_value < significance or self.difference == 0:
            return "no difference"
        return "better" if (self.difference > 0) is higher_is_better else "worse"


def resamples(n: int, *, count: int = RESAMPLES, seed: int = 0) -> Integers:
    """Return indices of questions drawn with replacement, shape (count, n)."""
    return np.random.default_rng(seed).integers(0, n, size=(count, n), dtype=np.int64)


def interval(values: Floats) -> tuple[float, float]:
    """Return the middle 95 % of resampled values, leaving out those that are NaN; NaN where all are."""
    known = values[~np.isnan(values)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def paired_test(
    old: Floats,
    new: Floats,
    statistic: Callable[[Floats], Floats] | None = None,
    *,
    seed: int = 0,
    permutations: int = PERMUTATIONS,
) -> PairedTest:
    """Compare two runs by a paired randomisation test (Smucker, Allan and Carterette, CIKM 2007).

    Parameters
    ----------
    old, new
        What the runs gave for the same questions, shape (n,).
    statistic
        What is compared, of arrays of shape (..., n) over the questions in their order; by default the mean.

    Raises
    ------
    ValueError
        The runs are of different length, or empty.
    """
    if old.shape != new.shape or not len(old):
        raise ValueError(f"expected as many values of both runs, at least one, got {old.shape} and {new.shape}")
    if statistic is None:
        difference = float((new - old).mean())
        # Swapping the runs of a question turns the sign of its difference; equal questions cannot tell anything.
        changed = (new - old)[new != old]
        p_value = _p_value((changed, np.zeros_like(changed)), _mean, permutations, seed) if len(changed) > 1 else 1.0
        drawn = (new - old)[resamples(len(old), seed=seed)].mean(axis=1)
        return PairedTest(difference, *interval(drawn), p_value, len(old))
    p_value = _p_value((old, new), statistic, permutations, seed) if len(old) > 1 else 1.0
    return PairedTest(float(statistic(new) - statistic(old)), float("nan"), float("nan"), p_value, len(old))


def _mean(values: Floats) -> Floats:
    return np.asarray(values.mean(axis=-1))


def _p_value(runs: tuple[Floats, Floats], statistic: Callable[[Floats], Floats], permutations: int, seed: int) -> float:
    found = permutation_test(
        runs,
        lambda old, new, axis: statistic(np.moveaxis(new, axis, -1)) - statistic(np.moveaxis(old, axis, -1)),
        permutation_type="samples",
        vectorized=True,
        n_resamples=permutations,
        batch=max(1, 10**6 // len(runs[0])),
        rng=np.random.default_rng(seed),
    )
    return float(found.pvalue)
