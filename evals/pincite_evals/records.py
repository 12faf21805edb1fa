"""Answers as ``pincite batch`` writes them, a JSON line each, read back to be scored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pincite import Failure, QuestionError, Span


@dataclass(frozen=True, slots=True)
class Quoted:
    """A passage or citation: where it stands, what it quotes, and the headings above it."""

    doc_id: str
    span: Span
    text: str
    section: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """One answer.

    Attributes
    ----------
    id
        The question's id as text.
    answer
        ``None`` when abstaining.
    confidence
        In [0, 1].
    hits
        Passages, best first.
    seconds
        From question to answer.
    line
        The whole line as it was read.
    """

    id: str
    question: str
    answer: str | None
    abstained: bool
    confidence: float
    citations: tuple[Quoted, ...]
    hits: tuple[Quoted, ...]
    seconds: float
    line: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class AnswerRecords:
    """The answers of a file by question id, and the lines that could not be read."""

    answers: Mapping[str, AnswerRecord]
    failures: tuple[Failure, ...]


def read_answers(path: Path) -> AnswerRecords:
    """Read a file that ``pincite batch`` wrote, or another program to the same contract.

    Raises
    ------
    QuestionError
        The file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except FileNotFoundError as error:
        raise QuestionError(f"{path}: no such file: write it with `pincite batch QUESTIONS --out {path}`") from error
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"{path}: expected answers as JSON Lines, cannot read it: {error}") from error
    answers: dict[str, AnswerRecord] = {}
    failures: list[Failure] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = _record(json.loads(line))
        except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            said = f"the field {error} is missing" if isinstance(error, KeyError) else str(error)
            failures.append(Failure(f"{path}:{number}", f"expected an answer as `pincite batch` writes it: {said}"))
            continue
        if record.id in answers:
            failures.append(Failure(f"{path}:{number}", f"the id {record.id!r} stands on an earlier line too"))
            continue
        answers[record.id] = record
    return AnswerRecords(answers, tuple(failures))


def _record(row: dict[str, Any]) -> AnswerRecord:
    answer = row["answer"]
    confidence = float(row["confidence"])
    if not (answer is None or isinstance(answer, str)):
        raise TypeError(f'expected a text or null in "answer", got {answer!r}')
    if not 0 <= confidence <= 1:
        raise ValueError(f'expected "confidence" in [0, 1], got {confidence}')
    return AnswerRecord(
        id=str(row["id"]),
        question=str(row["question"]),
        answer=answer,
        abstained=bool(row["abstained"]),
        confidence=confidence,
        citations=tuple(_quoted(citation, "quote") for citation in row["citations"]),
        hits=tuple(_quoted(hit, "text") for hit in row["hits"]),
        seconds=float(row["seconds"]),
        line=row,
    )


def _quoted(row: Mapping[str, Any], text: str) -> Quoted:
    return Quoted(str(row["doc_id"]), Span(int(row["start"]), int(row["end"])), str(row[text]), tuple(row["section"]))
