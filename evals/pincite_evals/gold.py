"""Questions with what is known of their right answers: the gold.

A line of a question file may hold, beside ``question``, ``id``, ``doc``, ``scope_docs`` and ``history`` as
:func:`pincite.read_questions` reads them:

``answerable``
    Whether the documents answer.  Without it a question with any other gold is taken for answerable; of one that they
    do not answer no other gold is looked at, such as answers that are merely plausible.
``answers``
    Short right answers, any of which will do.
``spans``
    Evidence as ``[start, end)`` code points in ``doc``; or ``doc_id``, ``start`` and ``end``, for several documents.
``groups``
    In place of ``spans``: evidence of which every part is needed, such as the items of a list.  A list of groups; a
    group lists alternatives, any of which will do: ``doc_id``, ``start``, ``end``, the ``quote`` that stands there, and
    perhaps ``within``, where a citation of any sentence inside is enough.
``section``
    Path of headings that answers, or its last heading; ``sections`` for several.
``gold_docs``
    Documents that answer, where no spans say so.

Whatever is there decides which measures apply.  In CSV a list is written as JSON, or separated by ``;``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pincite import BatchQuestion, Failure, QuestionError, Span, read_questions

_UNFINISHED = "it is a draft that is still to be written: write the question and take out todo, or take out the line"


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """Evidence: half-open code points of one document.

    Attributes
    ----------
    within
        Whether a citation of any part will do, as of a section that is to be summarised.
    """

    doc_id: str
    span: Span
    within: bool = False


@dataclass(frozen=True, slots=True)
class Gold:
    """What is known of a question's right answer; ``None`` or empty where nothing is.

    Attributes
    ----------
    answers
        Short right answers, any of which will do.
    spans
        Evidence, a span for each place.
    sections
        Paths of headings, each from the top or only its last headings.
    docs
        Documents that answer.
    groups
        Evidence of which every group is needed, each by any of its alternatives; empty where the file has none.
    """

    answerable: bool | None = None
    answers: tuple[str, ...] = ()
    spans: tuple[GoldSpan, ...] = ()
    sections: tuple[tuple[str, ...], ...] = ()
    docs: tuple[str, ...] = ()
    groups: tuple[tuple[GoldSpan, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question and its gold."""

    question: BatchQuestion
    gold: Gold

    @property
    def id(self) -> str:
        """The question's id as text."""
        return str(self.question.question_id)


@dataclass(frozen=True, slots=True)
class GoldFile:
    """The questions of a file in order, and the lines that could not be used."""

    questions: tuple[GoldQuestion, ...]
    failures: tuple[Failure, ...]


def read_gold(path: Path, *, scope_to_doc: bool = True) -> GoldFile:
    """Read questions and their gold from JSON Lines, CSV or plain lines.

    Parameters
    ----------
    scope_to_doc
        Whether ``doc`` confines the search to that document, as in ``pincite batch``; otherwise it only says where
        the gold lies, and ``scope_docs`` alone confines.

    Raises
    ------
    QuestionError
        The file cannot be read, or holds no question at all.
    """
    file = read_questions(path)
    questions: list[GoldQuestion] = []
    failures = list(file.failures)
    for question in file.questions:
        if question.fields.get("todo"):
            failures.append(Failure(f"{path}: question {question.question_id}", _UNFINISHED))
            continue
        try:
            questions.append(GoldQuestion(_scoped(question, scope_to_doc), _gold(question.fields)))
        except QuestionError as error:
            failures.append(Failure(f"{path}: question {question.question_id}", str(error)))
    return GoldFile(tuple(questions), tuple(failures))


def _scoped(question: BatchQuestion, to_doc: bool) -> BatchQuestion:
    if to_doc or question.fields.get("scope_docs"):
        return question
    return BatchQuestion(question.question_id, question.text, None, question.history, question.fields)


def _gold(fields: Mapping[str, Any]) -> Gold:
    doc = fields.get("doc") or None
    answerable = _flag(fields.get("answerable"), "answerable")
    if answerable is False:
        return Gold(False)
    # Where a set says that it could not place its answers for certain, their offsets are no gold.
    spans = () if _flag(fields.get("span_ambiguous"), "span_ambiguous") else tuple(_spans(fields.get("spans"), doc))
    groups = tuple(_groups(fields.get("groups")))
    if groups and not fields.get("spans"):
        # A section as a whole is no span that a passage could cover.
        spans = tuple(dict.fromkeys(span for group in groups for span in group if not span.within))
    answers = tuple(_texts(fields.get("answers"), "answers"))
    sections = tuple(_sections(fields))
    docs = tuple(_texts(fields.get("gold_docs"), "gold_docs")) or tuple(
        dict.fromkeys(span.doc_id for span in (*spans, *(span for group in groups for span in group)))
    )
    if answerable is None and (answers or spans or sections or docs):
        answerable = True
    if not docs and doc is not None and answerable:
        docs = (str(doc),)
    return Gold(answerable, answers, spans, sections, docs, groups)


def _flag(value: Any, name: str) -> bool | None:
    if value is None or value == "":
        return None
    told = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(str(value).lower())
    if told is None:
        raise QuestionError(f'expected true or false in "{name}", got {value!r}')
    return told


def _listed(value: Any, name: str) -> list[Any]:
    """Return a field's list, however a CSV cell writes it."""
    if value is None or value == "":
        return []
    if isinstance(value, str):
        if not value.lstrip().startswith("["):
            return [part.strip() for part in value.split(";") if part.strip()]
        try:
            value = json.loads(value)
        except json.JSONDecodeError as error:
            raise QuestionError(f'expected a list in "{name}", cannot read it: {error}') from error
    if not isinstance(value, list):
        raise QuestionError(f'expected a list in "{name}", got {value!r}')
    return value


def _texts(value: Any, name: str) -> Iterator[str]:
    for item in _listed(value, name):
        if not isinstance(item, str) or not item.strip():
            raise QuestionError(f'expected texts in "{name}", got {item!r}')
        yield item


def _spans(value: Any, doc: Any) -> Iterator[GoldSpan]:
    for item in _listed(value, "spans"):
        match item:
            case [int(start), int(end)] if doc is not None:
                doc_id = str(doc)
            case {"doc_id": str(doc_id), "start": int(start), "end": int(end)}:
                pass
            case _:
                raise QuestionError(f'expected [start, end] beside a "doc", or doc_id, start and end, got {item!r}')
        if not 0 <= start < end:
            raise QuestionError(f'expected 0 <= start < end in "spans", got {item!r}')
        yield GoldSpan(doc_id, Span(start, end))


def _groups(value: Any) -> Iterator[tuple[GoldSpan, ...]]:
    for group in _listed(value, "groups"):
        if not isinstance(group, list) or not group:
            raise QuestionError(f'expected a list of alternatives for each group in "groups", got {group!r}')
        spans = tuple(_spans(group, None))
        yield tuple(
            GoldSpan(span.doc_id, span.span, bool(each.get("within"))) for span, each in zip(spans, group, strict=True)
        )


def _sections(fields: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the paths of ``sections``, else that of ``section``: a text is a path of one heading."""
    paths = _listed(fields.get("sections"), "sections")
    if not paths and (one := fields.get("section")):
        paths = [_listed(one, "section") if isinstance(one, str) and one.lstrip().startswith("[") else one]
    for path in paths:
        headings = [path] if isinstance(path, str) else path
        if not (isinstance(headings, list) and headings and all(isinstance(h, str) for h in headings)):
            raise QuestionError(f'expected headings in "section", got {path!r}')
        yield tuple(headings)
