"""Answer questions into a file, resuming where an earlier run stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pincite.batch.answer_file import AnswerFile, BatchSettings
from pincite.batch.questions import BatchQuestion
from pincite.errors import PinciteError
from pincite.types import Failure, Progress, ProgressCallback, Scope

if TYPE_CHECKING:
    from pincite.answering import Assistant


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What a run did: answered and abstained now, found answered already, and failed."""

    answered: int
    abstained: int
    resumed: int
    failures: tuple[Failure, ...]


def run_batch(
    assistant: Assistant,
    questions: Sequence[BatchQuestion],
    out: Path,
    *,
    k: int = 10,
    restart: bool = False,
    progress: ProgressCallback | None = None,
) -> BatchReport:
    """Answer ``questions`` into ``out``, one JSON line each, skipping those that it already answers.

    A run that is stopped loses at most the question in hand.  An answer counts as there when its id, its question, the
    documents that the question is confined to and the conversation before it are the same; where they are not, the new
    answer takes its place.

    Raises
    ------
    QuestionError
        ``out`` holds answers given from another state of the index or with other settings, is not an answer file, or
        is being written by another run.
    """
    stages = ", ".join(name for name, on in asdict(assistant.stages).items() if on)
    settings = BatchSettings(assistant.index.snapshot.digest, k, stages, assistant.threshold, _writer(assistant))
    answered = abstained = resumed = 0
    failures: list[Failure] = []
    with AnswerFile(out, settings, questions, restart=restart) as file:
        for number, question in enumerate(questions, start=1):
            if file.answers(question):
                resumed += 1
            else:
                try:
                    answer = assistant.ask(
                        question.text, k=k, history=question.history, scope=Scope(docs=question.scope_docs)
                    )
                except PinciteError as error:
                    failures.append(Failure(str(question.question_id), str(error)))
                else:
                    answered, abstained = answered + (not answer.abstained), abstained + answer.abstained
                    file.write({"id": question.question_id, **answer.to_dict()})
            if progress is not None:
                progress(Progress("answering", number, len(questions), "questions"))
    return BatchReport(answered, abstained, resumed, tuple(failures))


def _writer(assistant: Assistant) -> str:
    if assistant.generator is None:
        return ""
    options = [name for name in ("strict", "when_unsure") if getattr(assistant.writing, name)]
    return ", ".join([assistant.generator.name, *options])
