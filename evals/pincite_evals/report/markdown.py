"""Reports in Markdown; text of documents and questions stands in it with its marks escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import isnan

from pincite_evals.comparing import Comparison, Flip
from pincite_evals.evaluation import Estimate, Evaluation, Row
from pincite_evals.report.wording import PROBLEMS, comparison_headline, figure, headline, headlines

_MARKS = re.compile(r"([\\`*_{}\[\]<>()#+!|~-])")
_MAX_CHARS = 300


def evaluation_markdown(evaluation: Evaluation) -> str:
    """Return the headline, the table of measures and the failures in short."""
    about = evaluation.about
    first = headlines(evaluation)
    rest = [each for each in evaluation.estimates if each not in first]
    file = _text(str(about.get("questions", {}).get("file", "")))
    lines = [
        "# Evaluation",
        "",
        f"{headline(evaluation)}",
        "",
        f"{file}, {about.get('created', '')}, pincite {about.get('pincite', '')}.",
        "",
        *_table(first),
        "",
        "## All other measures",
        "",
        *_table(rest),
    ]
    for outcome, title in PROBLEMS.items():
        rows = [row for row in evaluation.rows if row.outcome == outcome]
        if rows:
            lines += ["", f"## {title} ({len(rows)})", "", *(line for row in rows for line in _problem(row))]
    if evaluation.failures:
        lines += ["", f"## Not used ({len(evaluation.failures)})", ""]
        lines += [f"- {_text(source)}: {_text(reason)}" for source, reason in evaluation.failures]
    return "\n".join(lines) + "\n"


def comparison_markdown(comparison: Comparison) -> str:
    """Return what changed, and the questions that flipped with both answers."""
    lines = ["# Comparison", "", comparison_headline(comparison), ""]
    lines += ["| measure | old | new | change | 95 % | p | |", "|" + " --- |" * 7]
    for change in comparison.changes:
        test, measure = change.test, change.measure
        between = "" if isnan(test.low) else f"{test.low:+.3f} to {test.high:+.3f}"
        values = f"{figure(change.old, measure)} | {figure(change.new, measure)} | {test.difference:+.3f}"
        lines.append(f"| {measure.name} | {values} | {between} | {test.p_value:.3f} | {change.verdict} |")
    if comparison.flips:
        lines += ["", f"## Flipped ({len(comparison.flips)})", ""]
        lines += [line for flip in comparison.flips for line in _flip(flip)]
    return "\n".join(lines) + "\n"


def _table(estimates: Iterable[Estimate]) -> list[str]:
    lines = ["| measure | value | 95 % | questions | not scored |", "|" + " --- |" * 5]
    for each in estimates:
        measure = each.measure
        between = f"{figure(each.low, measure)} to {figure(each.high, measure)}"
        lines.append(f"| {measure.name} | {figure(each.value, measure)} | {between} | {each.n} | {each.not_scored} |")
    return lines


def _problem(row: Row) -> list[str]:
    gold = "; ".join(row.gold["answers"]) or "/".join(map(" > ".join, row.gold["sections"][:1]))
    return [
        f"- **{_text(row.question)}** ({_text(row.id)})",
        f"  - gold: {_text(gold) or 'the documents do not answer'}",
        f"  - answer: {_answer(row)}",
    ]


def _flip(flip: Flip) -> list[str]:
    return [
        f"- **{_text(flip.new.question)}** ({_text(flip.new.id)}): {flip.old.outcome}, now {flip.new.outcome}",
        f"  - old: {_answer(flip.old)}",
        f"  - new: {_answer(flip.new)}",
    ]


def _answer(row: Row) -> str:
    if row.answer is None:
        return "none"
    said = _text(row.answer["answer"]) if row.answer["answer"] is not None else "refused"
    return f"{said} (confidence {row.answer['confidence']:.2f})"


def _text(text: str) -> str:
    """Return a text as one line that Markdown shows as it is."""
    line = " ".join(text.split())
    return _MARKS.sub(r"\\\1", line if len(line) <= _MAX_CHARS else line[: _MAX_CHARS - 1] + "…")
