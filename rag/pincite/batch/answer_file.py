"""The file of answers: what it holds already, what that was given from, and one writer at a time.

Beside ``OUT`` stand ``OUT.state``, which says what its answers were given from, and ``OUT.lock``, an empty file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson
from filelock import FileLock, Timeout

from pincite.atomic import write_atomically
from pincite.batch.questions import BatchQuestion
from pincite.errors import QuestionError

_REMEDY = "pass --restart to answer all anew, or name another file with --out"

Circumstances = dict[str, list[Any]]
"""What else than its words decided a question's answer, by its id as text; one that stood alone is not in it."""


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """What decides every answer of a run.

    Attributes
    ----------
    index
        Hex digest of what the index holds.
    k
        Number of passages beside each answer.
    stages
        Names of the stages of search that run.
    threshold
        How sure to be before answering, in [0, 1].
    generator
        Name of the language model that writes, and how; empty without one.
    """

    index: str
    k: int
    stages: str
    threshold: float
    generator: str = ""


class AnswerFile:
    """Answers being written to a file, one JSON line each; a context manager that holds the file's lock.

    A line is written whole and flushed at once, so that a run that is stopped leaves at most its last line torn.

    Parameters
    ----------
    path
        Made if it is not there, with its folder.
    settings, questions
        What the run is about; an earlier answer counts when it was given to the same question, within the same
        documents, under the same settings.
    restart
        Whether to throw earlier answers away.

    Raises
    ------
    QuestionError
        On entering: another run is writing to the file, it holds answers given under other settings, or it is not a
        file of answers.
    """

    def __init__(
        self, path: Path, settings: BatchSettings, questions: Iterable[BatchQuestion], *, restart: bool = False
    ) -> None:
        self.path = path
        self._settings = settings
        self._questions = {str(question.question_id): question for question in questions}
        self._restart = restart
        # Beside the file itself, whatever link leads to it.
        real = path.resolve()
        self._real = real
        self._state = real.with_name(f"{real.name}.state")
        # A lock that falls back to the mere existence of a file would outlive a crash.
        self._lock = FileLock(real.with_name(f"{real.name}.lock"), timeout=0, fallback_to_soft=False)
        self._answered: frozenset[str] = frozenset()

    def __enter__(self) -> AnswerFile:
        if self.path.exists() and not self.path.is_file():
            raise QuestionError(f"{self.path}: expected a file for the answers, found something else: name another")
        self._real.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except Timeout as error:
            raise QuestionError(
                f"{self.path}: another batch is writing to it: wait until it is done, or name another file with --out"
            ) from error
        try:
            self._take_up()
            self._sink = self._real.open("ab")
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._sink.close()
        finally:
            self._lock.release()

    def answers(self, question: BatchQuestion) -> bool:
        """Tell whether an earlier run answered the question."""
        return str(question.question_id) in self._answered

    def write(self, record: Mapping[str, Any]) -> None:
        """Add a line."""
        self._sink.write(orjson.dumps(record) + b"\n")
        self._sink.flush()

    def _take_up(self) -> None:
        """Keep the earlier answers that hold, drop the others, and write down what all are given from.

        Answers are dropped before the state is written: a crash in between costs time, and no wrong answer is kept.
        """
        content = self._real.read_bytes() if self._real.exists() and not self._restart else b""
        earlier = self._earlier_circumstances() if content else {}
        kept = {str(record["id"]): line for line, record in self._lines(content) if self._holds(record, earlier)}
        self._answered = frozenset(kept)
        if (whole := b"".join(kept.values())) != content or self._restart:
            _replace(self._real, whole)
        circumstances = {question_id: earlier[question_id] for question_id in kept if question_id in earlier}
        for question_id, question in self._questions.items():
            if found := _circumstances(question):
                circumstances[question_id] = found
        state = {**asdict(self._settings), "circumstances": circumstances}
        _replace(self._state, orjson.dumps(state, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))

    def _earlier_circumstances(self) -> Circumstances:
        """Return those of earlier questions, once sure that their answers fit this run."""
        try:
            state = orjson.loads(self._state.read_bytes())
            circumstances: Circumstances = dict(state.pop("circumstances"))
        except (OSError, orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise QuestionError(
                f"{self.path}: holds something already, and {self._state.name} does not say what it was given from: "
                f"{_REMEDY}"
            ) from error
        if state.get("index") != self._settings.index:
            raise QuestionError(f"{self.path}: the index has changed since its answers were given: {_REMEDY}")
        for name, wanted in asdict(self._settings).items():
            held, now = state.get(name) or "none", wanted or "none"
            if held != now:
                raise QuestionError(f"{self.path}: its answers were given with {name} {held}, not {now}: {_REMEDY}")
        return circumstances

    def _lines(self, content: bytes) -> Iterable[tuple[bytes, dict[str, Any]]]:
        """Yield the whole lines and what they say; the last may have been torn when a run was stopped."""
        whole = content[: content.rfind(b"\n") + 1]
        for number, line in enumerate(whole.splitlines(keepends=True), start=1):
            try:
                record = orjson.loads(line)
                record["id"], record["question"]
            except (orjson.JSONDecodeError, KeyError, TypeError) as error:
                raise QuestionError(
                    f"{self.path}:{number}: expected an answer of an earlier run, found something else: {_REMEDY}"
                ) from error
            yield line, record

    def _holds(self, record: Mapping[str, Any], earlier: Circumstances) -> bool:
        """Tell whether an earlier answer is to the question that has its id now; one that is not asked now stays."""
        question_id = str(record["id"])
        question = self._questions.get(question_id)
        if question is None:
            return True
        return (record["question"], earlier.get(question_id, [])) == (question.text, _circumstances(question))


def _circumstances(question: BatchQuestion) -> list[Any]:
    """Return the documents and earlier turns that a question's answer depends on; nothing for one that stands alone."""
    if question.scope_docs is None and not question.history:
        return []
    scope = None if question.scope_docs is None else list(question.scope_docs)
    return [scope, [[turn.question, turn.answer] for turn in question.history]]


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that a crash leaves the old one or the new one; only for the holder of the lock."""
    write_atomically(path, content, draft=path.with_name(f"{path.name}.draft"))
