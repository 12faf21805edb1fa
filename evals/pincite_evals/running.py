"""Answer a question file and score the answers, or score answers that are there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pincite import Assistant, Index, ProgressCallback, run_batch
from pincite_evals.evaluation import Evaluation
from pincite_evals.gold import GoldFile, read_gold
from pincite_evals.records import AnswerRecords, read_answers
from pincite_evals.scoring import score
from pincite_evals.statistics import RESAMPLES

ANSWERS = "answers.jsonl"


def evaluate(
    assistant: Assistant,
    questions: Path,
    folder: Path,
    *,
    k: int = 10,
    scope_to_doc: bool = True,
    restart: bool = False,
    n_resamples: int = RESAMPLES,
    progress: ProgressCallback | None = None,
) -> Evaluation:
    """Answer the questions into ``folder/answers.jsonl``, resuming what is there, and score the answers.

    Raises
    ------
    QuestionError
        The questions cannot be read or have no gold, or the answers there were given under other settings.
    """
    file = read_gold(questions, scope_to_doc=scope_to_doc)
    asked = [each.question for each in file.questions]
    report = run_batch(assistant, asked, folder / ANSWERS, k=k, restart=restart, progress=progress)
    settings = {"k": k, "threshold": assistant.threshold, "stages": asdict(assistant.stages)}
    answers = read_answers(folder / ANSWERS)
    answers = AnswerRecords(answers.answers, (*report.failures, *answers.failures))
    return _scored(file, questions, answers, assistant.index, settings, n_resamples)


def evaluate_answers(index: Index, questions: Path, answers: Path, *, scope_to_doc: bool = True) -> Evaluation:
    """Score answers that ``pincite batch`` wrote; the index gives the documents that they quote.

    Raises
    ------
    QuestionError
        A file cannot be read, the questions have no gold, or no answer is to one of them.
    """
    file = read_gold(questions, scope_to_doc=scope_to_doc)
    return _scored(file, questions, read_answers(answers), index, {"answers": answers.name}, RESAMPLES)


def _scored(
    file: GoldFile,
    questions: Path,
    answers: AnswerRecords,
    index: Index,
    settings: Mapping[str, Any],
    n_resamples: int,
) -> Evaluation:
    status = index.status()
    about = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "pincite": version("pincite"),
        "questions": {"file": questions.name, "sha256": hashlib.sha256(questions.read_bytes()).hexdigest()},
        "index": {"documents": len(status.documents), "chunks": status.n_chunks, "encoder": status.encoder},
        "settings": dict(settings),
    }
    return score(
        file,
        answers,
        index.document,
        about=about,
        count_tokens=lambda text: len(index.encoder.token_spans(text)),
        n_resamples=n_resamples,
    )
