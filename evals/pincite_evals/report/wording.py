"""What both reports say in the same words."""

from __future__ import annotations

from collections import Counter
from math import isnan

from pincite_evals.comparing import Comparison
from pincite_evals.evaluation import Estimate, Evaluation, Measure

HEADLINES = (
    "right",
    "right when answered",
    "success@1",
    "success@5",
    "success@600t",
    "section success@5",
    "nDCG@10",
    "passages char recall",
    "contains answer",
    "SQuAD F1",
    "citation exactness",
    "citation precision",
    "citation recall",
    "AUROC",
    "refusal precision",
    "refusal recall",
    "ECE",
    "latency p50",
    "latency p95",
)
"""The measures of the first table; the others follow below."""

PROBLEMS = {
    "wrong": "Answered wrongly",
    "wrongly refused": "Refused, though the documents answer",
    "not scored": "Not scored",
}
"""Outcomes that a reader looks into, with the heading over them."""


def headlines(evaluation: Evaluation) -> list[Estimate]:
    """Return the estimates of the first table, those that could be made."""
    return [found for name in HEADLINES if (found := evaluation.estimate(name)) is not None]


def headline(evaluation: Evaluation) -> str:
    """Say in plain words what came of the questions."""
    counts = Counter(row.outcome for row in evaluation.rows)
    answered = [row for row in evaluation.rows if row.answer and not row.answer["abstained"]]
    answerable = [row for row in evaluation.rows if row.gold["answerable"]]
    others = [row for row in evaluation.rows if row.gold["answerable"] is False]
    parts: list[str] = []
    if answerable:
        given = sum(row in answerable for row in answered)
        parts.append(
            f"Of {len(answerable)} {_plural(len(answerable), 'question')} that the documents answer, "
            f"{given} got an answer, {counts['right']} of them rightly."
        )
    if others:
        parts.append(
            f"Of {len(others)} that they do not answer, {counts['rightly refused']} "
            f"{'was' if counts['rightly refused'] == 1 else 'were'} refused."
        )
    if counts["not scored"]:
        parts.append(f"{counts['not scored']} could not be judged.")
    return " ".join(parts)


def comparison_headline(comparison: Comparison) -> str:
    """Say in plain words whether the new run is better."""
    better = [change.measure.name for change in comparison.changes if change.verdict == "better"]
    worse = [change.measure.name for change in comparison.changes if change.verdict == "worse"]
    said = f"{comparison.shared} {_plural(comparison.shared, 'question')} in both runs. "
    if not better and not worse:
        return said + "No measure shows a difference."
    return said + " ".join(
        f"{label}: {', '.join(names)}." for label, names in (("Better", better), ("Worse", worse)) if names
    )


def figure(value: float, measure: Measure) -> str:
    """Write a value to three digits, with its unit."""
    if isnan(value):
        return "–"
    return f"{value:.3f}{f' {measure.unit}' if measure.unit else ''}"


def _plural(n: int, noun: str) -> str:
    return noun if n == 1 else f"{noun}s"
