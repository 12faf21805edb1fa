"""Judge the answers to questions of a kind, and count what a reader must never see."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pincite import Document
from pincite_evals.gold import GoldQuestion
from pincite_evals.measures.answers import contains, plain
from pincite_evals.measures.groups import groups_cited
from pincite_evals.records import AnswerRecord

TRAP = "wrong-subject"

_MARKUP = re.compile(
    r"^[^\S\n]*+[•▪◦]|\*\*|^[^\S\n]*+#{1,6} |</?(?:p|div|span|li|ul|ol|table|tr|td|th|br|h[1-6])\b[^<>]*>"
    # Named cells one after the other, as spreadsheets are held.
    r"|\w: [^|\n]{1,200} \| [^|\n:]{1,200}: ",
    re.MULTILINE,
)
_BARS = re.compile(r"^[^\n]*\S \| \S[^\n]*$", re.MULTILINE)
_RULER = re.compile(r"^[^\S\n]*+\|?+(?:[^\S\n]*+:?-{3,}:?[^\S\n]*+\|)+", re.MULTILINE)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a question.

    Attributes
    ----------
    right
        All gold groups cited; or, of a question that the documents do not answer, refused.
    share
        Of the gold groups, those cited; ``None`` where there are none.
    named
        Whether the answer names the short answer that the file gives; ``None`` where it gives none.
    markup
        Whether the answer shows its source's markup: a bullet, a bar of a table without head, a tag.
    label
        Whether the answer is only a question or a heading of the documents.
    repeated
        Whether the turn before it was given the same answer.
    """

    asked: GoldQuestion
    refused: bool
    confidence: float
    right: bool
    share: float | None
    named: bool | None
    markup: bool
    label: bool
    repeated: bool

    @property
    def kind(self) -> str:
        """The kind of the question."""
        return str(self.asked.question.fields["kind"])


def judge(asked: GoldQuestion, record: AnswerRecord, documents: Sequence[Document]) -> Judged:
    """Judge one answer."""
    by_id = {document.doc_id: document for document in documents}
    cited = groups_cited(record.citations, asked.gold.groups, by_id.__getitem__)
    answer = None if record.abstained else plain(record.answer).strip()
    expect = asked.question.fields.get("expect")
    if expect is not None:
        right = _as_expected(str(expect), answer, record, documents)
    elif asked.gold.answerable:
        right = not record.abstained and all(cited)
    else:
        right = record.abstained
    named = contains(answer or "", asked.gold.answers) > 0 if asked.gold.answers else None
    previous = record.line.get("previous")
    return Judged(
        asked,
        record.abstained,
        record.confidence,
        right,
        sum(cited) / len(cited) if cited else None,
        named,
        answer is not None and shows_markup(answer),
        answer is not None and is_label(answer, documents),
        answer is not None and previous is not None and plain(previous).strip() == answer,
    )


def shows_markup(answer: str) -> bool:
    """Tell whether an answer shows markup of its source; a Markdown list, or a table with its head, is none.

    Examples
    --------
    >>> shows_markup("| Engineer | 12 |"), shows_markup("• Press the button."), shows_markup("- Press the button.")
    (True, True, False)
    >>> shows_markup("| Role | Weeks |" + chr(10) + "| --- | --- |" + chr(10) + "| Engineer | 12 |")
    False
    """
    return bool(_MARKUP.search(answer)) or (bool(_BARS.search(answer)) and not _RULER.search(answer))


def is_label(answer: str, documents: Sequence[Document]) -> bool:
    """Tell whether an answer is nothing but questions, headings, or a lead-in that ends with a colon."""
    headings = {section.path[-1].casefold() for each in documents for section in each.root.walk() if section.path}
    parts = [part for part in _SENTENCE_END.split(answer) if part]
    bare = [part.strip(" #*.").casefold() in headings for part in (*parts, answer)]
    return bare[-1] or all(part.endswith(("?", ":")) or heading for part, heading in zip(parts, bare, strict=False))


def _as_expected(expect: str, answer: str | None, record: AnswerRecord, documents: Sequence[Document]) -> bool:
    """Judge by what the file expects where no gold can be cited.

    A question in another language is to be refused for that reason; one about the collection answered by naming every
    document; any other about Pincite by a line of its own, without citations.
    """
    if expect == "language":
        return answer is None and "language" in str(record.line.get("reason")).casefold()
    if answer is None:
        return False
    if expect == "documents":
        return all(document.doc_id in answer or document.title in answer for document in documents)
    return not record.citations
