"""Estimates over a set of questions, with intervals by bootstrap, and the points of the plots."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pincite_evals.evaluation import Curves, Estimate, Row
from pincite_evals.measures import MEASURES, ORDER
from pincite_evals.measures import abstention as abstaining
from pincite_evals.records import AnswerRecord
from pincite_evals.statistics import interval, resamples

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Questions of which is known whether the documents answer; arrays of shape (n,)."""

    answerable: NDArray[np.bool_]
    confidence: Floats
    refused: NDArray[np.bool_]

    @classmethod
    def of(cls, answers: Iterable[tuple[bool | None, AnswerRecord]]) -> Judged:
        """Keep the questions of which it is known."""
        known = [(answerable, record) for answerable, record in answers if answerable is not None]
        return cls(
            np.array([answerable for answerable, _ in known], dtype=bool),
            np.array([record.confidence for _, record in known], dtype=float),
            np.array([record.abstained for _, record in known], dtype=bool),
        )


def estimates(rows: Sequence[Row], judged: Judged, n_missing: int, n_resamples: int) -> tuple[Estimate, ...]:
    """Return every measure that could be scored, with its interval.

    Parameters
    ----------
    rows
        Questions that were answered.
    judged
        Those among them of which is known whether the documents answer.
    n_missing
        Questions that were not answered at all.
    """
    n_questions = len(rows) + n_missing
    drawn = resamples(len(rows), count=n_resamples)
    found: list[Estimate] = []
    for name in dict.fromkeys(name for row in rows for name in row.scores):
        values = np.array([row.scores.get(name, np.nan) for row in rows])
        known_values = values[~np.isnan(values)]
        low, high = interval(_means(values, drawn))
        found.append(
            Estimate(
                MEASURES[name],
                float(known_values.mean()),
                low,
                high,
                len(known_values),
                n_questions - len(known_values),
            )
        )
    seconds = np.array([row.answer["seconds"] for row in rows if row.answer is not None])
    for percent in (50, 95, 99):
        low, high = interval(np.percentile(seconds[drawn], percent, axis=1))
        value = float(np.percentile(seconds, percent))
        found.append(Estimate(MEASURES[f"latency p{percent}"], value, low, high, len(seconds), n_missing))
    found += _set_estimates(judged, n_questions, n_resamples)
    return tuple(sorted(found, key=lambda each: ORDER[each.measure.name]))


def _means(values: Floats, drawn: NDArray[np.int64]) -> Floats:
    """Return the mean of each resample over the values that are known, NaN where it drew none."""
    there = ~np.isnan(values)
    totals = np.where(there, values, 0.0)[drawn].sum(axis=1)
    counts = there[drawn].sum(axis=1)
    return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)


def set_measures(answerable: NDArray[np.bool_], confidence: Floats, refused: NDArray[np.bool_]) -> dict[str, float]:
    """Return the measures of abstention, each of which is defined over a set of questions only."""
    precision, recall, f1 = abstaining.refusals(answerable, refused)
    return {
        "AUROC": abstaining.auroc(answerable, confidence),
        "AUPR": abstaining.aupr(answerable, confidence),
        "AURC": abstaining.aurc(answerable, confidence),
        "refusal precision": precision,
        "refusal recall": recall,
        "refusal F1": f1,
        "ECE": abstaining.expected_calibration_error(answerable, confidence),
    }


def _set_estimates(judged: Judged, n_questions: int, n_resamples: int) -> list[Estimate]:
    answerable, confidence, refused = judged.answerable, judged.confidence, judged.refused
    if not len(answerable):
        return []
    values = set_measures(answerable, confidence, refused)
    drawn = resamples(len(answerable), count=n_resamples)
    again = [set_measures(answerable[index], confidence[index], refused[index]) for index in drawn]
    return [
        Estimate(
            MEASURES[name],
            value,
            *interval(np.array([each[name] for each in again])),
            len(answerable),
            n_questions - len(answerable),
        )
        for name, value in values.items()
        if not np.isnan(value)
    ]


def curves(judged: Judged) -> Curves:
    """Return the points of the plots, none without questions that were judged."""
    answerable, confidence = judged.answerable, judged.confidence
    if not len(answerable):
        return Curves()
    points = zip(*(axis.tolist() for axis in abstaining.risk_coverage(answerable, confidence)), strict=True)
    return Curves(tuple(points), tuple(abstaining.reliability(answerable, confidence)))
