"""A file of questions, answered and, where it says what the answers should be, scored."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pincite import Failure, PinciteError, Progress, QuestionError, QuestionFile, read_questions, run_batch
from pincite.web.file_names import free_name, safe_name
from pincite.web.private import close_tree_to_others, private_folder
from pincite_ui.jobs import Job, JobStopped
from pincite_ui.visitors import Visitor
from pincite_ui.wording import sentence

log = logging.getLogger("pincite_ui")

ANSWERS_PATH = "/pincite/answers"
"""Where the page's server gives a visitor the answers of their batch."""
JOB = "batch"
MAX_QUESTIONS = 5_000
COLUMNS = ("id", "question", "answer", "sure", "sources")


@dataclass(frozen=True, slots=True)
class BatchState:
    """What the batch tab shows.

    Attributes
    ----------
    status
        One line for the reader.
    share
        How much is done, in [0, 1]; ``None`` while nothing runs.
    rows
        One for each answer, under :data:`COLUMNS`.
    has_answers
        Whether there are answers to download, at `answers_of`.
    report
        The evaluation as an HTML page; ``None`` without gold.
    """

    status: str
    share: float | None = None
    rows: tuple[tuple[str, ...], ...] = ()
    has_answers: bool = False
    report: str | None = None


def answers_of(visitor: Visitor) -> Path:
    """Return where the answers of a visitor's latest batch lie, if there are any."""
    return visitor.folder / "batch" / "answers.jsonl"


def run(visitor: Visitor, questions: Path, name: str) -> Iterator[BatchState]:
    """Answer a file of questions, yielding how far it is; ends with the answers, also where it was stopped."""
    answers = answers_of(visitor)
    folder = answers.parent
    try:
        file = _read(questions)
        shutil.rmtree(folder, ignore_errors=True)
        private_folder(folder)
        kept = folder / free_name(safe_name(name).rpartition("/")[2], [answers.name])
        shutil.copyfile(questions, kept)
    except (PinciteError, OSError) as error:
        yield BatchState(sentence(error).replace(str(questions), name))
        return
    settings = visitor.settings
    failures: list[Failure] = list(file.failures)

    def work(report: Any) -> None:
        done = run_batch(visitor.assistant(), file.questions, answers, k=max(10, settings.passages), progress=report)
        failures.extend(done.failures)

    job: Job[Progress] = Job(work)
    visitor.jobs[JOB] = job
    ended = ""
    try:
        yield BatchState(f"0 of {len(file.questions)} questions", 0.0)
        for progress in job.start().reports(every=False):
            yield BatchState(
                f"{progress.done} of {progress.total} questions", progress.done / max(1, progress.total or 1)
            )
    except JobStopped:
        ended = "Stopped. "
    except Exception as error:
        if not isinstance(error, (PinciteError, OSError)):
            log.exception("a batch failed")
        ended = f"{sentence(error)} "
    finally:
        job.stop()
    close_tree_to_others(folder)
    yield BatchState(f"{ended}Scoring the answers, where the file says what they should be", 1.0)
    yield _outcome(visitor, kept, answers, failures, ended)


def _read(questions: Path) -> QuestionFile:
    file = read_questions(questions)
    if len(file.questions) > MAX_QUESTIONS:
        raise QuestionError(
            f"{len(file.questions)} questions: the page takes {MAX_QUESTIONS} at a time: use `pincite batch` for more"
        )
    return file


def _outcome(visitor: Visitor, questions: Path, answers: Path, failures: list[Failure], ended: str) -> BatchState:
    lines = answers.read_text("utf-8").splitlines() if answers.exists() else []
    records = [json.loads(line) for line in lines]
    answered = sum(not record["abstained"] for record in records)
    status = f"{ended}{len(records)} questions: {answered} answered, {len(records) - answered} not answered."
    if failures:
        first = "; ".join(f"{failure.source}: {failure.reason}" for failure in failures[:3])
        status += f" {len(failures)} could not be asked ({first})."
    report, scores = _evaluated(visitor, questions, answers) if records else (None, "")
    return BatchState(
        status + scores,
        rows=tuple(_row(record) for record in records),
        has_answers=bool(records),
        report=report,
    )


def _evaluated(visitor: Visitor, questions: Path, answers: Path) -> tuple[str | None, str]:
    """Score the answers where the questions come with gold."""
    try:
        from pincite_evals.report import evaluation_html, wording
        from pincite_evals.running import evaluate_answers
    except ImportError:
        return None, " To see scores: pip install 'pincite[eval]'."
    index = visitor.library.index
    try:
        evaluation = evaluate_answers(index, questions, answers)
    except QuestionError:
        return None, ""
    except Exception:
        log.exception("scoring a batch failed")
        return None, " The answers could not be scored: the server's log has the details."
    return evaluation_html(evaluation, index.document), f" {wording.headline(evaluation)}"


def _row(record: dict[str, Any]) -> tuple[str, ...]:
    places = [f"[{each['n']}] {each['doc_id']}: {' › '.join(each['section'][1:])}" for each in record["citations"]]
    said = record["answer"] if not record["abstained"] else "— the documents do not answer this"
    return str(record["id"]), record["question"], said, f"{record['confidence']:.0%}", "; ".join(places)
