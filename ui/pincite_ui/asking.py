"""Asking in a conversation: each question becomes a turn, and what happens to it is shown as it happens."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from pincite import (
    AnswerEvent,
    CitationsEvent,
    Document,
    DoneEvent,
    PassagesEvent,
    PinciteError,
    Scope,
    Span,
    TextEvent,
    Turn,
    UnknownDocument,
    WithdrawnEvent,
)
from pincite.question_length import checked_length
from pincite_ui.answers import conversation_view
from pincite_ui.conversations import ChatTurn, Conversation
from pincite_ui.jobs import Job, JobStopped
from pincite_ui.source import Mark, source_view
from pincite_ui.visitors import Visitor
from pincite_ui.wording import sentence

log = logging.getLogger("pincite_ui")

MAX_SECTIONS_OFFERED = 200
DOC, SECTION = "doc:", "section:"


def conversation_of(visitor: Visitor, conversation_id: str | None) -> Conversation:
    """Return a conversation of this visitor's, or a new one."""
    found = visitor.conversations.load(conversation_id) if conversation_id else None
    return found if found is not None else visitor.conversations.new()


def shown(visitor: Visitor, conversation: Conversation, examples: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a conversation as the transcript draws it."""
    return conversation_view(conversation, lambda doc_id: title_of(visitor, doc_id), examples)


def listed(visitor: Visitor, current: str | None) -> dict[str, Any]:
    """Return the visitor's conversations as the list draws them."""
    items = [{"id": each.conversation_id, "title": each.title} for each in visitor.conversations.headings()]
    return {"current": current, "items": items}


def title_of(visitor: Visitor, doc_id: str) -> str:
    """Return a document's title, or its id where it is there no more."""
    try:
        return visitor.library.index.document(doc_id).title
    except PinciteError:
        return doc_id


def scope_choices(visitor: Visitor) -> list[tuple[str, str]]:
    """Return what a question can be confined to: every document and its sections, as label and value."""
    choices = []
    doc_ids = visitor.library.index.doc_ids
    for doc_id in doc_ids:
        document = visitor.library.index.document(doc_id)
        choices.append((document.title, f"{DOC}{doc_id}"))
        headings = [section for section in document.root.walk() if len(section.path) > 1]
        # Where there is one document only, its name before each section would say nothing.
        name = f"{document.title} › " if len(doc_ids) > 1 else ""
        choices += [
            (name + " › ".join(each.path[1:]), f"{SECTION}{doc_id}\n{each.title}")
            for each in headings[:MAX_SECTIONS_OFFERED]
        ]
    return list(dict.fromkeys(choices))


def scope_of(values: list[str] | None) -> Scope:
    """Return what the chosen values confine a question to; where sections are chosen, only those are searched."""
    chosen = values or []
    docs = [value.removeprefix(DOC) for value in chosen if value.startswith(DOC)]
    sections = [value.removeprefix(SECTION).split("\n", 1) for value in chosen if value.startswith(SECTION)]
    if sections:
        docs = [doc_id for doc_id, _ in sections]
    titles = tuple(dict.fromkeys(title for _, title in sections))
    return Scope(docs=tuple(dict.fromkeys(docs)) or None, sections=titles or None)


def marks_of(document: Document, given: Any) -> list[Mark]:
    """Return the marks that a page sends back; what does not lie within the document is left out."""
    marks = []
    for each in given if isinstance(given, list) else ():
        start, end = int(each["start"]), int(each["end"])
        if 0 <= start <= end <= len(document.text):
            marks.append(Mark(int(each["n"]), Span(start, end)))
    return marks


def ask(visitor: Visitor, conversation: Conversation, turn: ChatTurn, scope: Scope) -> Iterator[Conversation]:
    """Answer a turn's question, yielding the conversation whenever there is more to show.

    Whatever goes wrong becomes a sentence in the turn; the conversation stays, and is on disk at every step.
    """
    before = conversation.turns[: conversation.turns.index(turn)]
    history = [Turn(each.question, (each.answer or {}).get("answer")) for each in before]
    turn.state, turn.answer, turn.error, turn.feedback = "pending", None, None, None
    settings = visitor.settings

    def work(report: Callable[[AnswerEvent], None]) -> None:
        events = visitor.assistant().stream(
            turn.question, k=settings.passages, history=history, scope=scope, unwanted=job.unwanted
        )
        with closing(events):
            for event in events:
                report(event)
        job.check()

    job: Job[AnswerEvent] = Job(work)
    visitor.jobs[f"ask {conversation.conversation_id}"] = job
    try:
        job.start()
        visitor.conversations.save(conversation)
        yield conversation
        for event in job.reports():
            turn.answer = after(turn.answer, event)
            if isinstance(event, TextEvent | WithdrawnEvent):
                turn.state = "streaming"
                yield conversation
        turn.state = "done"
    except JobStopped:
        turn.state, turn.answer, turn.error = "stopped", None, "Stopped. Ask again when you like."
    except UnknownDocument:
        turn.state, turn.error = "error", "A document that the question was confined to is gone: choose others."
    except Exception as error:
        if not isinstance(error, (PinciteError, OSError)):
            log.exception("asking failed")
        turn.state, turn.error = "error", sentence(error)
    finally:
        job.stop()
    try:
        visitor.conversations.save(conversation)
    except OSError as error:
        turn.error = sentence(error)
    yield conversation


def after(answer: dict[str, Any] | None, event: AnswerEvent) -> dict[str, Any]:
    """Return what is there of an answer once an event has come."""
    if isinstance(event, DoneEvent):
        return event.to_dict()
    partial = answer or {
        "answer": "",
        "abstained": False,
        "citations": [],
        "hits": [],
        "confidence": 0.0,
        "seconds": 0.0,
    }
    if isinstance(event, PassagesEvent):
        return {**partial, "hits": event.to_dict()["hits"]}
    if isinstance(event, CitationsEvent):
        return {**partial, "citations": [*partial["citations"], *event.to_dict()["citations"]]}
    if isinstance(event, TextEvent):
        return {**partial, "answer": partial["answer"] + event.text}
    return {**partial, "answer": "", "citations": []}


def begin(conversation: Conversation, question: str) -> ChatTurn:
    """Add a question to a conversation.

    Raises
    ------
    PinciteError
        It is empty or too long.
    """
    asked = question.strip()
    if not asked:
        raise PinciteError("write a question first")
    turn = ChatTurn(secrets.token_hex(6), checked_length(asked))
    conversation.turns.append(turn)
    return turn


def replace(conversation: Conversation, turn_id: str, question: str) -> ChatTurn:
    """Put another question in place of a turn and drop what followed from it.

    Raises
    ------
    PinciteError
        There is no such turn, or the question cannot be asked.
    """
    turn = _turn(conversation, turn_id)
    kept = conversation.turns[: conversation.turns.index(turn)]
    edited = begin(conversation, question)
    conversation.turns[:] = [*kept, edited]
    return edited


def cited(visitor: Visitor, conversation: Conversation, turn_id: str, n: Any) -> dict[str, Any]:
    """Return the source of a citation, with all that the same answer cites there.

    Raises
    ------
    PinciteError
        There is no such turn or citation, or the document is gone or has changed since.
    """
    answer = _turn(conversation, turn_id).answer or {}
    wanted = next((each for each in answer.get("citations", ()) if each["n"] == n), None)
    if wanted is None:
        raise PinciteError("this citation is not there any more: ask again")
    together = [each for each in answer["citations"] if each["doc_id"] == wanted["doc_id"]]
    return _opened(visitor, wanted["doc_id"], [(each["n"], each, each["quote"]) for each in together], wanted["n"])


def passage(visitor: Visitor, conversation: Conversation, turn_id: str, rank: Any) -> dict[str, Any]:
    """Return the source of a passage.

    Raises
    ------
    PinciteError
        There is no such turn or passage, or the document is gone or has changed since.
    """
    answer = _turn(conversation, turn_id).answer or {}
    wanted = next((each for each in answer.get("hits", ()) if each["rank"] == rank), None)
    if wanted is None:
        raise PinciteError("this passage is not there any more: ask again")
    return _opened(visitor, wanted["doc_id"], [(0, wanted, wanted["text"])], 0)


def _opened(visitor: Visitor, doc_id: str, found: list[tuple[int, dict[str, Any], str]], focus: int) -> dict[str, Any]:
    try:
        document = visitor.library.index.document(doc_id)
    except UnknownDocument as error:
        raise PinciteError(f"{doc_id} is not among your documents any more: add it again, then ask again") from error
    marks = [Mark(n, Span(each["start"], each["end"])) for n, each, _ in found]
    if any(document.text[each["start"] : each["end"]] != quote for _, each, quote in found):
        raise PinciteError(f"{doc_id} has changed since this was answered: ask again")
    return source_view(document, marks, focus)


def _turn(conversation: Conversation, turn_id: str) -> ChatTurn:
    turn = conversation.turn(turn_id)
    if turn is None:
        raise PinciteError("this question is not there any more: reload the page")
    return turn
