"""What an evaluation found: estimates with their intervals, a row for each question, curves; and its JSON file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import orjson

from pincite import QuestionError
from pincite.atomic import write_atomically

FORMAT = "pincite-evaluation"
VERSION = 1

Group = Literal["retrieval", "spans", "answers", "citations", "abstention", "latency"]
Outcome = Literal["right", "wrong", "rightly refused", "wrongly refused", "not scored"]


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure's name and meaning.

    Attributes
    ----------
    name
        As in tables and in JSON: ``success@5``, ``section RR@10``.
    description
        One sentence for a reader of the report, with its source.
    higher_is_better
        ``False`` for errors and times.
    unit
        Empty for a share in [0, 1]; ``s`` for seconds.
    """

    name: str
    group: Group
    description: str
    higher_is_better: bool = True
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measure's value on the questions that it could score.

    Attributes
    ----------
    low, high
        95 % bootstrap interval over questions; equal to ``value`` where there are too few to tell.
    n
        Questions scored.
    not_scored
        Questions left out for want of gold; never counted as zero.
    """

    measure: Measure
    value: float
    low: float
    high: float
    n: int
    not_scored: int


@dataclass(frozen=True, slots=True)
class Row:
    """A question, its gold and its answer, as the JSON of the files they came from, and its scores.

    Attributes
    ----------
    answer
        The line of the answer file; ``None`` where the question got no answer line.
    scores
        By measure name, those that are defined for a single question and could be scored.
    """

    id: str
    question: str
    gold: Mapping[str, Any]
    answer: Mapping[str, Any] | None
    scores: Mapping[str, float]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Curves:
    """What the plots show.

    Attributes
    ----------
    risk_coverage
        Points (coverage, risk, threshold): answering the most confident share ``coverage``, the share ``risk`` of those
        is wrong or unanswerable.
    reliability
        Bins (mean confidence, share answerable, number of questions).
    """

    risk_coverage: tuple[tuple[float, float, float], ...] = ()
    reliability: tuple[tuple[float, float, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A scored run.

    Attributes
    ----------
    about
        What was run: ``created`` (ISO 8601), ``pincite`` (version), ``questions`` (path, sha256), ``settings`` of the
        batch.
    failures
        What could not be used or answered, each with its reason.
    """

    about: Mapping[str, Any]
    estimates: tuple[Estimate, ...]
    rows: tuple[Row, ...]
    curves: Curves = field(default_factory=Curves)
    failures: tuple[tuple[str, str], ...] = ()

    def estimate(self, name: str) -> Estimate | None:
        """Return the estimate of a measure, or ``None`` where nothing could be scored."""
        return next((each for each in self.estimates if each.measure.name == name), None)


def slim(evaluation: Evaluation, measures: Collection[str]) -> Evaluation:
    """Return what a later comparison needs, without passages, citations and measures other than those named."""
    kept = ("answer", "abstained", "confidence", "seconds")
    rows = [
        replace(
            row,
            answer=None if row.answer is None else {name: row.answer[name] for name in kept},
            scores={name: round(value, 6) for name, value in row.scores.items() if name in measures},
        )
        for row in evaluation.rows
    ]
    return replace(evaluation, rows=tuple(rows), curves=Curves())


def write_evaluation(evaluation: Evaluation, path: Path) -> None:
    """Write an evaluation as JSON, in one step."""
    content = {"format": FORMAT, "version": VERSION, **asdict(evaluation)}
    written = orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    write_atomically(path, written, draft=path.with_name(f"{path.name}.draft"))


def read_evaluation(path: Path) -> Evaluation:
    """Read what :func:`write_evaluation` wrote.

    Raises
    ------
    QuestionError
        The file is not an evaluation, or one of another format version.
    """
    try:
        content = orjson.loads(path.read_bytes())
        found = (content["format"], content["version"])
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise QuestionError(f"{path}: expected an evaluation that `pincite eval` wrote, cannot read it") from error
    if found != (FORMAT, VERSION):
        raise QuestionError(f"{path}: expected {FORMAT} {VERSION}, found {found[0]} {found[1]}: evaluate anew")
    try:
        return Evaluation(
            about=content["about"],
            estimates=tuple(map(_estimate, content["estimates"])),
            rows=tuple(Row(**row) for row in content["rows"]),
            curves=Curves(**{name: tuple(map(tuple, points)) for name, points in content["curves"].items()}),
            failures=tuple((source, reason) for source, reason in content["failures"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise QuestionError(f"{path}: expected an evaluation that `pincite eval` wrote, found other fields") from error


def _estimate(row: dict[str, Any]) -> Estimate:
    """Return an estimate of its JSON, where a bound that is not known is null."""
    bounds = {name: float("nan") if row[name] is None else row[name] for name in ("low", "high")}
    return Estimate(**{**row, **bounds, "measure": Measure(**row["measure"])})
