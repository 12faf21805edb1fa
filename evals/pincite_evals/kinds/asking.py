"""Ask the questions of Pincite as a person would, the turns of a conversation one after the other."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pincite import Answer, Assistant, Index, Progress, ProgressCallback, Scope, Turn, update_index
from pincite_evals.gold import GoldQuestion
from pincite_evals.kinds.files import EVERYDAY


@contextmanager
def everyday_assistant() -> Iterator[Assistant]:
    """Yield an assistant over the everyday documents, in an index that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        update_index(folder, [str(EVERYDAY)])
        with Index.open(folder) as index:
            yield Assistant(index)


def ask_all(
    assistant: Assistant, questions: Sequence[GoldQuestion], out: Path, progress: ProgressCallback | None = None
) -> None:
    """Write an answer line for each question, as ``pincite batch`` does, with ``previous``: the answer before it.

    A follow-up is asked after the turns before it were asked too; what Pincite answered there is its history.
    """
    with out.open("w", encoding="utf-8") as lines:
        for n, each in enumerate(questions, start=1):
            answer, history = _ask(assistant, each)
            line: dict[str, Any] = {"id": each.id, **answer.to_dict(), **answer.how()}
            line["previous"] = history[-1].answer if history else None
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")
            if progress is not None:
                progress(Progress("answering", n, len(questions), "questions"))


def _ask(assistant: Assistant, asked: GoldQuestion) -> tuple[Answer, list[Turn]]:
    scope = Scope(docs=asked.question.scope_docs)
    history: list[Turn] = []
    for turn in asked.question.history:
        answer = turn.answer
        if answer is None:
            answer = assistant.ask(turn.question, history=tuple(history), scope=scope).text
        history.append(Turn(turn.question, answer))
    return assistant.ask(asked.question.text, history=tuple(history), scope=scope), history
