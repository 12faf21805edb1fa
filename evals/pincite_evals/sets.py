"""Question sets read by path: documents, questions, gold spans."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pincite import Span, Turn
from pincite_evals.gold import GoldQuestion, read_gold


@dataclass(frozen=True, slots=True)
class SetQuestion:
    """A question of a set, whose gold lies in one document.

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
    kind
        What the set calls questions of this kind, or their language; empty where it does not say.
    """

    question_id: str
    text: str
    doc: str
    answerable: bool
    spans: tuple[Span, ...]
    scope_docs: tuple[str, ...] | None = None
    history: tuple[Turn, ...] = ()
    kind: str = ""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions about the documents of one folder."""

    name: str
    docs: Path
    questions: tuple[SetQuestion, ...]


DOC_SCOPED = frozenset({"squad_v2_dev", "cuad_small40"})
"""Sets whose questions make sense within their own document only."""


def load_set(folder: Path) -> QuestionSet:
    """Read ``folder/questions.jsonl``; its documents lie under ``folder/docs``.

    Raises
    ------
    QuestionError
        The folder holds no question set.
    """
    file = read_gold(folder / "questions.jsonl", scope_to_doc=folder.name in DOC_SCOPED)
    return QuestionSet(folder.name, folder / "docs", tuple(map(_question, file.questions)))


def _question(each: GoldQuestion) -> SetQuestion:
    asked, gold = each.question, each.gold
    return SetQuestion(
        question_id=each.id,
        text=asked.text,
        doc=str(asked.fields["doc"]),
        answerable=bool(gold.answerable),
        spans=tuple(span.span for span in gold.spans),
        scope_docs=asked.scope_docs,
        history=asked.history,
        kind=str(asked.fields.get("kind") or asked.fields.get("language") or ""),
    )
