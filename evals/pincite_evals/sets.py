"""Question sets read by path: documents, questions, gold spans."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pincite import Span, Turn


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with its gold.

    Attributes
    ----------
    doc
        Id of the document that it is about.
    spans
        Gold evidence in ``doc``; empty where the set has none, or marks it as ambiguous.
    scope_docs
        Documents that the set confines the question to; ``None`` for all.
    history
        Earlier turns of the conversation.
    """

    question_id: str
    text: str
    doc: str
    answerable: bool
    spans: tuple[Span, ...]
    scope_docs: tuple[str, ...] | None = None
    history: tuple[Turn, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions about the documents of one folder."""

    name: str
    docs: Path
    questions: tuple[GoldQuestion, ...]


DOC_SCOPED = frozenset({"squad_v2_dev", "cuad_small40"})
"""Sets whose questions make sense within their own document only."""


def load_set(folder: Path) -> QuestionSet:
    """Read ``folder/questions.jsonl``; its documents lie under ``folder/docs``.

    Raises
    ------
    FileNotFoundError
        The folder holds no question set.
    """
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = tuple(_question(json.loads(line), folder.name in DOC_SCOPED) for line in lines if line)
    return QuestionSet(folder.name, folder / "docs", questions)


def _question(row: dict[str, object], doc_scoped: bool) -> GoldQuestion:
    spans = row.get("spans")
    scope = row.get("scope_docs")
    history = row.get("history")
    doc = str(row["doc"])
    return GoldQuestion(
        question_id=str(row["id"]),
        text=str(row["question"]),
        doc=doc,
        answerable=bool(row["answerable"]),
        spans=tuple(Span(start, end) for start, end in spans)
        if isinstance(spans, list) and not row.get("span_ambiguous")
        else (),
        scope_docs=tuple(map(str, scope)) if isinstance(scope, list) else (doc,) if doc_scoped else None,
        history=tuple(Turn(**turn) for turn in history) if isinstance(history, list) else (),
    )
