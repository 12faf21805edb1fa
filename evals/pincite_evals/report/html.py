"""Reports as one self-contained HTML file that loads nothing and asks nothing of any host."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pincite import Document
from pincite_evals.comparing import Comparison
from pincite_evals.evaluation import Evaluation, Row
from pincite_evals.measures.catalog import CUTOFFS
from pincite_evals.report import plots
from pincite_evals.report.marking import extracts
from pincite_evals.report.wording import PROBLEMS, comparison_headline, figure, headline, headlines

MOST_QUESTIONS = 2000
"""Questions that the report lists where all went well; beyond that the page would be slow to open."""


def evaluation_html(evaluation: Evaluation, documents: Callable[[str], Document]) -> str:
    """Return the report: headline, tables, plots, every failure with its passages, then all questions.

    Parameters
    ----------
    documents
        Returns the document of an id, for the passages.
    """
    first = headlines(evaluation)
    problems = [
        (title, outcome, [_shown(row, documents) for row in evaluation.rows if row.outcome == outcome])
        for outcome, title in PROBLEMS.items()
    ]
    good = [row for row in evaluation.rows if row.outcome not in PROBLEMS]
    return (
        _environment()
        .get_template("evaluation.html")
        .render(
            about=evaluation.about,
            headline=headline(evaluation),
            first=first,
            rest=[each for each in evaluation.estimates if each not in first],
            plots=_plots(evaluation),
            problems=[group for group in problems if group[2]],
            good=[_shown(row, None) for row in good[:MOST_QUESTIONS]],
            n_good=len(good),
            failures=evaluation.failures,
            figure=figure,
        )
    )


def comparison_html(comparison: Comparison, old: str, new: str) -> str:
    """Return the comparison of two runs that are called ``old`` and ``new``."""
    return (
        _environment()
        .get_template("comparison.html")
        .render(comparison=comparison, headline=comparison_headline(comparison), names=(old, new), figure=figure)
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("pincite_evals.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(row: Row, documents: Callable[[str], Document] | None) -> dict[str, Any]:
    rank = next((i for i, hit in enumerate((row.answer or {}).get("hits", ()), start=1) if _covers(hit, row)), None)
    return {
        "row": row,
        "extracts": extracts(row.answer, row.gold, documents) if row.answer and documents else [],
        "rank": rank,
    }


def _covers(hit: Any, row: Row) -> bool:
    return any(
        hit["doc_id"] == gold["doc_id"] and hit["start"] <= gold["start"] and gold["end"] <= hit["end"]
        for gold in row.gold["spans"]
    )


def _plots(evaluation: Evaluation) -> list[tuple[str, Markup]]:
    drawn: list[tuple[str, Markup]] = []
    curves = evaluation.curves
    if curves.risk_coverage:
        threshold = evaluation.about.get("settings", {}).get("threshold")
        drawn += [
            (
                "Risk over coverage: of the questions answered, how many cannot be answered; the dot is the threshold",
                plots.risk_coverage(curves.risk_coverage, threshold),
            ),
            (
                "Reliability: a point on the diagonal means what it says; each stands for a tenth of the questions",
                plots.reliability(curves.reliability),
            ),
        ]
    success = [(k, found.value) for k in CUTOFFS if (found := evaluation.estimate(f"success@{k}")) is not None]
    if success:
        drawn.append(("Success: one of the first k passages covers a gold span", plots.success(success)))
    seconds = [row.answer["seconds"] for row in evaluation.rows if row.answer]
    if seconds:
        drawn.append(("Time from question to answer", plots.latency(seconds)))
    return drawn
