"""The tab where questions are asked: conversations, the conversation, and the source beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from pincite import PinciteError
from pincite.question_length import MAX_QUESTION_CHARS
from pincite_ui import asking, components
from pincite_ui.conversations import ChatTurn, Conversation, as_json, as_markdown
from pincite_ui.source import matching, source_view
from pincite_ui.tabs.events import AT_ONCE, LATEST, QUEUED, Handlers, as_notice, sent
from pincite_ui.visitors import Visitor, Visitors

EVERYWHERE = "Ask only some documents or sections"
EXAMPLES = {
    "nato-defense-policies.txt": (
        "What are the three core principles of NATO’s defense policies?",
        "Why is Article 5 important?",
        "How many soldiers does NATO command?",
    )
}
"""Questions to begin with, by document: one that is answered, one with several citations, one that is not answered."""


class AskTab(Handlers):
    """Conversations of one visitor."""

    def __init__(self, visitors: Visitors) -> None:
        super().__init__(visitors)
        self.current = gr.Textbox(visible=False)
        with gr.Row(elem_id="pc-ask"):
            self.conversations = components.conversation_list(None, self._exported)
            with gr.Column(elem_id="pc-chat"):
                self.transcript = components.transcript(None)
                with gr.Accordion(EVERYWHERE, open=False, elem_id="pc-scope-box") as self.confined:
                    self.scope = gr.Dropdown(
                        [], multiselect=True, label="Documents and sections", container=False, elem_id="pc-scope"
                    )
                with gr.Row(elem_id="pc-question-row"):
                    self.question = gr.Textbox(
                        label="Your question",
                        show_label=False,
                        placeholder="Ask your documents",
                        lines=1,
                        max_lines=6,
                        scale=1,
                        container=False,
                        elem_id="pc-question",
                    )
                    self.send = gr.Button("Ask", variant="primary", scale=0, min_width=80, elem_id="pc-send")
                    self.stop = gr.Button("Stop", scale=0, min_width=80, elem_id="pc-stop", visible=False)
                    self.clear = gr.Button("Clear", scale=0, min_width=80, elem_id="pc-clear")
            self.source = components.source_viewer(None, self._found)
        self.shown = [self.current, self.transcript, self.conversations]
        self.all = [*self.shown, self.source]

    def listen(self) -> None:
        """Wire the events."""
        answering = [*self.shown, self.send, self.stop]
        for event in (self.question.submit, self.send.click):
            asked = [self.question, self.current, self.scope]
            event(self._ask, asked, [*answering, self.question], **LATEST)
        self.scope.change(_confined, self.scope, self.confined, **AT_ONCE)
        self.transcript.example(self._ask_example, self.current, answering, **QUEUED)
        self.transcript.retry(self._retry, self.scope, answering, **QUEUED)
        self.transcript.edit(self._edit, self.scope, answering, **QUEUED)
        self.stop.click(self._stop, self.current, None, **AT_ONCE)
        self.transcript.feedback(self._feedback, None, self.transcript, **QUEUED)
        self.transcript.cite(self._cite, None, self.source, **LATEST)
        self.transcript.passage(self._passage, None, self.source, **LATEST)
        self.source.move(self._move, None, self.source, **LATEST)
        self.conversations.open(self._open, None, self.all, **AT_ONCE)
        self.conversations.fresh(self._fresh, None, self.all, **AT_ONCE)
        self.clear.click(self._clear, self.current, self.all, **AT_ONCE)
        self.conversations.rename(self._rename, self.current, self.shown, **QUEUED)
        self.conversations.remove(self._delete, self.current, self.all, **AT_ONCE)

    def arrived(self, visitor: Visitor) -> list[Any]:
        """Return what :attr:`shown` and the scope show to somebody who opens the page."""
        offered = gr.Dropdown(choices=asking.scope_choices(visitor), value=[])
        return [*self._opened(visitor, visitor.conversations.latest()), offered]

    # The conversation

    def _ask(self, question: str, current: str, scope: list[str] | None, request: gr.Request) -> Iterator[list[Any]]:
        if not question:
            # Enter was pressed twice: the first time emptied the box.
            yield [gr.skip()] * 6
            return
        visitor = self.visitor(request)
        conversation = asking.conversation_of(visitor, current)
        with as_notice():
            turn = asking.begin(conversation, question)
        emptied: Any = ""
        for at in self._answered(visitor, conversation, turn, scope):
            yield [*at, emptied]
            # Whoever writes the next question while this one is answered keeps what they wrote.
            emptied = gr.skip()

    def _ask_example(self, current: str, request: gr.Request, event: gr.EventData) -> Iterator[list[Any]]:
        for at in self._ask(str(sent(event, "question")), current, None, request):
            yield at[:-1]

    def _retry(self, scope: list[str] | None, request: gr.Request, event: gr.EventData) -> Iterator[list[Any]]:
        visitor, conversation = self._meant(request, event)
        with as_notice():
            turn = conversation.turn(str(sent(event, "turn"))) or asking.begin(
                conversation, str(sent(event, "question") or "")
            )
        yield from self._answered(visitor, conversation, turn, scope)

    def _edit(self, scope: list[str] | None, request: gr.Request, event: gr.EventData) -> Iterator[list[Any]]:
        visitor, conversation = self._meant(request, event)
        with as_notice():
            turn = asking.replace(conversation, str(sent(event, "turn")), str(sent(event, "question")))
        yield from self._answered(visitor, conversation, turn, scope)

    def _answered(
        self, visitor: Visitor, conversation: Conversation, turn: ChatTurn, scope: list[str] | None
    ) -> Iterator[list[Any]]:
        for at in asking.ask(visitor, conversation, turn, asking.scope_of(scope)):
            busy = turn.state in {"pending", "streaming"}
            current, transcript, titles = self._opened(visitor, at)
            titles = gr.skip() if turn.state == "streaming" else titles
            yield [current, transcript, titles, gr.Button(visible=not busy), gr.Button(visible=busy)]

    def _stop(self, current: str, request: gr.Request) -> None:
        self.stop_job(request, f"ask {current}")

    def _feedback(self, request: gr.Request, event: gr.EventData) -> dict[str, Any]:
        visitor, conversation = self._meant(request, event)
        turn, value = conversation.turn(str(sent(event, "turn"))), sent(event, "value")
        if turn is not None and value in {"up", "down", None}:
            turn.feedback = value
            with as_notice():
                visitor.conversations.save(conversation)
                visitor.note_feedback(conversation.conversation_id, turn)
        return asking.shown(visitor, conversation, _examples(visitor))

    # The source

    def _cite(self, request: gr.Request, event: gr.EventData) -> dict[str, Any]:
        visitor, conversation = self._meant(request, event)
        with as_notice():
            return asking.cited(visitor, conversation, str(sent(event, "turn")), sent(event, "n"))

    def _passage(self, request: gr.Request, event: gr.EventData) -> dict[str, Any]:
        visitor, conversation = self._meant(request, event)
        with as_notice():
            return asking.passage(visitor, conversation, str(sent(event, "turn")), sent(event, "rank"))

    def _move(self, request: gr.Request, event: gr.EventData) -> dict[str, Any]:
        with as_notice():
            document = self.visitor(request).library.index.document(str(sent(event, "doc")))
            at = min(int(sent(event, "at") or 0), len(document.text))
            return source_view(document, asking.marks_of(document, sent(event, "marks")), at=at)

    def _found(self, given: dict[str, Any], request: gr.Request) -> list[int]:
        try:
            document = self.visitor(request).library.index.document(str(given.get("doc")))
        except PinciteError:
            return []
        return matching(document, str(given.get("words", ""))[:MAX_QUESTION_CHARS])

    # The list of conversations

    def _opened(self, visitor: Visitor, conversation: Conversation) -> list[Any]:
        current = conversation.conversation_id
        shown = asking.shown(visitor, conversation, _examples(visitor))
        return [current, shown, asking.listed(visitor, current)]

    def _meant(self, request: gr.Request, event: gr.EventData) -> tuple[Visitor, Conversation]:
        visitor = self.visitor(request)
        return visitor, asking.conversation_of(visitor, str(sent(event, "conversation")))

    def _open(self, request: gr.Request, event: gr.EventData) -> list[Any]:
        visitor = self.visitor(request)
        return [*self._opened(visitor, asking.conversation_of(visitor, str(sent(event, "id")))), None]

    def _fresh(self, request: gr.Request) -> list[Any]:
        visitor = self.visitor(request)
        return [*self._opened(visitor, visitor.conversations.new()), None]

    def _clear(self, current: str, request: gr.Request) -> list[Any]:
        visitor = self.visitor(request)
        visitor.conversations.delete(current or "")
        return [*self._opened(visitor, visitor.conversations.new()), None]

    def _rename(self, current: str, request: gr.Request, event: gr.EventData) -> list[Any]:
        visitor = self.visitor(request)
        with as_notice():
            visitor.conversations.rename(str(sent(event, "id")), str(sent(event, "title")))
        return self._opened(visitor, asking.conversation_of(visitor, current))

    def _delete(self, current: str, request: gr.Request, event: gr.EventData) -> list[Any]:
        visitor = self.visitor(request)
        gone = str(sent(event, "id"))
        visitor.conversations.delete(gone)
        left = visitor.conversations.latest() if gone == current else asking.conversation_of(visitor, current)
        return [*self._opened(visitor, left), None if gone == current else gr.skip()]

    def _exported(self, given: dict[str, Any], request: gr.Request) -> str:
        conversation = asking.conversation_of(self.visitor(request), str(given.get("id")))
        return as_json(conversation) if given.get("format") == "json" else as_markdown(conversation)


def _confined(scope: list[str] | None) -> gr.Accordion:
    """Say above the question, also while the choice is folded, that it is asked of some documents only."""
    return gr.Accordion(label=f"{EVERYWHERE}: {len(scope)} chosen" if scope else EVERYWHERE)


def _examples(visitor: Visitor) -> tuple[str, ...]:
    held = visitor.library.index.doc_ids
    return next((questions for doc_id, questions in EXAMPLES.items() if doc_id in held), ())
