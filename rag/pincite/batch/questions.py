"""The file of questions: JSON Lines, CSV or plain lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from pincite.errors import QuestionError
from pincite.evidence import Turn
from pincite.question_length import checked_length
from pincite.types import Failure


@dataclass(frozen=True, slots=True)
class BatchQuestion:
    """A question of a file.

    Attributes
    ----------
    question_id
        Text or number, as it was given.
    scope_docs
        Documents that it is confined to; ``None`` for all.
    history
        Earlier turns of the conversation that it goes on with, the latest last.
    fields
        All that its line holds, for the programs that know more of it; no part of what makes two questions equal.
    """

    question_id: str | int
    text: str
    scope_docs: tuple[str, ...] | None = None
    history: tuple[Turn, ...] = ()
    fields: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """The questions of a file in order, and the lines that could not be used."""

    questions: tuple[BatchQuestion, ...]
    failures: tuple[Failure, ...]


def read_questions(path: Path) -> QuestionFile:
    """Read questions from JSON Lines (``.jsonl``), CSV with a ``question`` column (``.csv``), or plain lines.

    A JSON line or CSV row holds ``question`` and may hold ``id``, ``doc`` or ``scope_docs`` (in CSV separated by
    ``;``), and a JSON line ``history``, a list of objects with ``question`` and perhaps ``answer``; other fields are
    left to the programs that know them.  A question without an id gets its line's number, as text.  The ids ``1`` and
    ``"1"`` are the same.

    Raises
    ------
    QuestionError
        The file cannot be read, or holds no question at all.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise QuestionError(f"{path}: no such file") from error
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"{path}: expected questions as UTF-8 text, cannot read it: {error}") from error
    questions: dict[str, BatchQuestion] = {}
    failures: list[Failure] = []
    for number, row in _rows(path, content):
        try:
            question = _question(row, number)
            if (key := str(question.question_id)) in questions:
                raise QuestionError(f"the id {question.question_id!r} stands on an earlier line too: make ids unique")
            questions[key] = question
        except QuestionError as error:
            failures.append(Failure(f"{path}:{number}", str(error)))
    if not questions and not failures:
        raise QuestionError(f"{path}: expected at least one question, found none")
    return QuestionFile(tuple(questions.values()), tuple(failures))


def _rows(path: Path, content: str) -> Iterator[tuple[int, Any]]:
    """Yield line numbers (from 1) and what stands there: fields, or why they cannot be parsed."""
    if path.suffix.lower() == ".csv":
        yield from _csv_rows(path, content)
        return
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        if path.suffix.lower() not in {".jsonl", ".ndjson"}:
            yield number, {"question": line}
            continue
        try:
            yield number, orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield number, QuestionError(f"expected one JSON object a line: {error}")


def _csv_rows(path: Path, content: str) -> Iterator[tuple[int, Any]]:
    """Yield the rows of a CSV as :func:`_rows` does; after one that cannot be parsed the next is tried."""
    rows = csv.DictReader(io.StringIO(content, newline=""))
    try:
        columns = rows.fieldnames or []
    except csv.Error as error:
        raise QuestionError(f"{path}: expected a header of columns: {error}") from error
    if "question" not in columns:
        raise QuestionError(f"{path}: expected a header with a column named question, got {list(columns)}")
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield rows.reader.line_num, QuestionError(f"expected a row of CSV: {error}")
        else:
            yield rows.line_num, row


def _question(fields: Any, number: int) -> BatchQuestion:
    """Make a question of a parsed line, or raise :class:`QuestionError`."""
    if isinstance(fields, QuestionError):
        raise fields
    if not isinstance(fields, Mapping):
        raise QuestionError(f"expected a JSON object, got {type(fields).__name__}")
    text = fields.get("question")
    if not isinstance(text, str) or not text.strip():
        raise QuestionError('expected a text in the field "question", got none')
    checked_length(text)
    question_id = fields.get("id")
    if question_id in (None, ""):
        question_id = str(number)
    if not isinstance(question_id, str | int) or isinstance(question_id, bool):
        raise QuestionError(f'expected a text or a number in the field "id", got {question_id!r}')
    return BatchQuestion(question_id, text.strip(), _scope_docs(fields), _history(fields), dict(fields))


def _scope_docs(fields: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the documents that a line confines its question to, or ``None``."""
    scope = fields.get("scope_docs")
    if isinstance(scope, str):  # as a CSV cell holds it
        scope = [doc_id.strip() for doc_id in scope.split(";") if doc_id.strip()] if scope.strip() else None
    if scope is None:
        doc = fields.get("doc")
        if doc is None or doc == "":
            return None
        scope = [doc]
    if not (isinstance(scope, list) and scope and all(isinstance(doc_id, str) and doc_id for doc_id in scope)):
        raise QuestionError(
            f'expected document ids in "scope_docs" or "doc", got {scope!r}: leave the field out to search all'
        )
    return tuple(scope)


def _history(fields: Mapping[str, Any]) -> tuple[Turn, ...]:
    """Return the earlier turns of a line's conversation."""
    turns = fields.get("history") or []
    if not isinstance(turns, list) or not all(
        isinstance(turn, Mapping)
        and isinstance(turn.get("question"), str)
        and isinstance(turn.get("answer"), str | None)
        for turn in turns
    ):
        raise QuestionError(f'expected objects with "question" and perhaps "answer" in "history", got {turns!r}')
    return tuple(Turn(turn["question"], turn.get("answer")) for turn in turns)
