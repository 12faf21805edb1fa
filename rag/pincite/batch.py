"""Answer a file of questions, a line at a time, resuming where an earlier run stopped."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from pincite.errors import PinciteError, QuestionError
from pincite.types import Failure, Progress, ProgressCallback, Scope

if TYPE_CHECKING:
    from pincite.answering import Assistant

MAX_QUESTION_CHARS = 10_000
"""A longer line is taken for a mistake, such as a document given in place of a question file."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its id and the documents that it is confined to (``None``: all)."""

    question_id: str
    text: str
    scope_docs: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """The questions of a file in order, and the lines that could not be used."""

    questions: tuple[Question, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What a run did: answered and abstained now, found answered already, and failed."""

    answered: int
    abstained: int
    resumed: int
    failures: tuple[Failure, ...]


def read_questions(path: Path) -> QuestionFile:
    """Read questions from JSON Lines (``.jsonl``), CSV with a ``question`` column (``.csv``), or plain lines.

    A JSON line or CSV row holds ``question`` and may hold ``id``, ``doc`` or ``scope_docs`` (in CSV separated by
    ``;``); other fields are left to the programs that know them.  A question without an id gets its line's number.

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
    questions: dict[str, Question] = {}
    failures: list[Failure] = []
    for number, row in _rows(path, content):
        try:
            question = _question(row, number)
            if question.question_id in questions:
                raise QuestionError(f"the id {question.question_id!r} stands on an earlier line too: make ids unique")
            questions[question.question_id] = question
        except QuestionError as error:
            failures.append(Failure(f"{path}:{number}", str(error)))
    if not questions and not failures:
        raise QuestionError(f"{path}: expected at least one question, found none")
    return QuestionFile(tuple(questions.values()), tuple(failures))


def run_batch(
    assistant: Assistant,
    questions: Sequence[Question],
    out: Path,
    *,
    k: int = 10,
    restart: bool = False,
    progress: ProgressCallback | None = None,
) -> BatchReport:
    """Answer ``questions`` into ``out``, one JSON line each, skipping those that it already answers.

    Each line is written whole and flushed before the next question is asked, so that a run that is stopped loses at
    most the question in hand.  An answer counts as there when its id and its question are the same.

    Raises
    ------
    QuestionError
        ``out`` holds answers given from an older state of the index, or is not an answer file.
    """
    done = set() if restart else _answered(out, assistant.index.created_at)
    answered = abstained = resumed = 0
    failures: list[Failure] = []
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("wb" if restart else "ab") as sink:
        for number, question in enumerate(questions, start=1):
            if (question.question_id, question.text) in done:
                resumed += 1
            else:
                try:
                    answer = assistant.ask(question.text, k=k, scope=Scope(docs=question.scope_docs))
                except PinciteError as error:
                    failures.append(Failure(question.question_id, str(error)))
                else:
                    answered, abstained = answered + (not answer.abstained), abstained + answer.abstained
                    sink.write(orjson.dumps({"id": question.question_id, **answer.to_dict()}) + b"\n")
                    sink.flush()
            if progress is not None:
                progress(Progress("answering", number, len(questions), "questions"))
    return BatchReport(answered, abstained, resumed, tuple(failures))


def _rows(path: Path, content: str) -> Iterator[tuple[int, Any]]:
    """Yield line numbers (from 1) and what stands there: fields, or why they cannot be parsed."""
    if path.suffix.lower() == ".csv":
        rows = csv.DictReader(io.StringIO(content, newline=""))
        if rows.fieldnames is None or "question" not in rows.fieldnames:
            raise QuestionError(f"{path}: expected a header with a column named question, got {rows.fieldnames}")
        for row in rows:
            yield rows.line_num, row
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


def _question(fields: Any, number: int) -> Question:
    """Make a question of a parsed line, or raise :class:`QuestionError`."""
    if isinstance(fields, QuestionError):
        raise fields
    if not isinstance(fields, Mapping):
        raise QuestionError(f"expected a JSON object, got {type(fields).__name__}")
    text = fields.get("question")
    if not isinstance(text, str) or not text.strip():
        raise QuestionError('expected a text in the field "question", got none')
    if len(text) > MAX_QUESTION_CHARS:
        raise QuestionError(f"expected a question of at most {MAX_QUESTION_CHARS} characters, got {len(text)}")
    question_id = fields.get("id")
    if question_id in (None, ""):
        question_id = number
    if not isinstance(question_id, str | int):
        raise QuestionError(f'expected a text or a number in the field "id", got {question_id!r}')
    return Question(str(question_id), text.strip(), _scope_docs(fields))


def _scope_docs(fields: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the documents that a line confines its question to, or ``None``."""
    scope = fields.get("scope_docs")
    if isinstance(scope, str):  # as a CSV cell holds it
        scope = [doc_id.strip() for doc_id in scope.split(";") if doc_id.strip()]
    if not scope and (doc := fields.get("doc")):
        scope = [doc]
    if scope and not (isinstance(scope, list) and all(isinstance(doc_id, str) for doc_id in scope)):
        raise QuestionError(f'expected document ids in "scope_docs" or "doc", got {scope!r}')
    return tuple(scope) if scope else None


def _answered(out: Path, index_created_at: float) -> set[tuple[str, str]]:
    """Return (id, question) of every whole line of ``out``, and cut off a last line that a stopped run left torn."""
    if not out.exists() or out.stat().st_size == 0:
        return set()
    if out.stat().st_mtime < index_created_at:
        raise QuestionError(f"{out}: was written before the index was last changed: pass --restart to answer anew")
    content = out.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    done: set[tuple[str, str]] = set()
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            record = orjson.loads(line)
            done.add((record["id"], record["question"]))
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise QuestionError(
                f"{out}:{number}: expected an answer of an earlier run, found something else: "
                "name another file with --out, or pass --restart to overwrite it"
            ) from error
    if len(whole) < len(content):
        with out.open("rb+") as file:
            file.truncate(len(whole))
    return done
