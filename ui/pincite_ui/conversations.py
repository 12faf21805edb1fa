"""Conversations of one visitor, each a JSON file, so that they outlive the page and the server."""

from __future__ import annotations

import json
import re
import secrets
import threading
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pincite.web.private import write_private

State = Literal["pending", "streaming", "done", "stopped", "error"]
TITLE_CHARS = 60


@dataclass(slots=True)
class ChatTurn:
    """A question and what came of it.

    Attributes
    ----------
    answer
        As ``Answer.to_dict`` gives it, with ``reason`` and ``notice``; ``None`` until it is there.
    error
        A sentence for the reader, where there is no answer because something failed.
    """

    turn_id: str
    question: str
    state: State = "pending"
    answer: dict[str, Any] | None = None
    error: str | None = None
    feedback: Literal["up", "down"] | None = None


@dataclass(slots=True)
class Conversation:
    """Turns in order, under a title; times are ISO 8601 in UTC."""

    conversation_id: str
    title: str = ""
    created: str = ""
    updated: str = ""
    turns: list[ChatTurn] = field(default_factory=list)

    def turn(self, turn_id: str) -> ChatTurn | None:
        """Return a turn by its id."""
        return next((turn for turn in self.turns if turn.turn_id == turn_id), None)


@dataclass(frozen=True, slots=True)
class Heading:
    """A conversation's title; ``updated`` as in `Conversation`, ``changed`` when its file was, in ns."""

    conversation_id: str
    title: str
    updated: str
    changed: int


class Conversations:
    """The conversations in one folder.  Safe for use by many threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._headings: dict[Path, Heading] = {}

    def new(self) -> Conversation:
        """Return an empty conversation, which is on disk from its first turn on."""
        now = _now()
        return Conversation(secrets.token_hex(8), created=now, updated=now)

    def save(self, conversation: Conversation) -> None:
        """Write a conversation to disk.

        Raises
        ------
        OSError
            It cannot be written; what was there before stays.
        """
        conversation.updated = _now()
        if not conversation.title and conversation.turns:
            conversation.title = _shortened(conversation.turns[0].question)
        with self._lock:
            content = json.dumps(asdict(conversation), ensure_ascii=False, indent=1)
            write_private(self._path(conversation.conversation_id), content.encode("utf-8", "backslashreplace"))

    def load(self, conversation_id: str) -> Conversation | None:
        """Return a conversation, or ``None`` where there is none of that id, or it cannot be read."""
        path = self._path(conversation_id)
        try:
            held = json.loads(path.read_text("utf-8"))
            turns = [ChatTurn(**turn) for turn in held.pop("turns")]
            conversation = Conversation(**held, turns=turns)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None
        for turn in conversation.turns:
            if turn.state in {"pending", "streaming"}:
                turn.state, turn.error = "stopped", "The answer was interrupted: ask again."
        return conversation

    def delete(self, conversation_id: str) -> None:
        """Remove a conversation for good."""
        with self._lock:
            self._path(conversation_id).unlink(missing_ok=True)

    def rename(self, conversation_id: str, title: str) -> None:
        """Give a conversation another title; an empty one leaves it as it was."""
        conversation = self.load(conversation_id)
        if conversation is not None and title.strip():
            conversation.title = _shortened(title)
            self.save(conversation)

    def headings(self) -> list[Heading]:
        """Return what each conversation is called, the one changed last first; only what has changed is read again."""
        known = {}
        for path in self.folder.glob("*.json"):
            try:
                changed = path.stat().st_mtime_ns
            except OSError:
                continue
            held = self._headings.get(path)
            if held is None or held.changed != changed:
                conversation = self.load(path.stem)
                if conversation is None:
                    continue
                held = Heading(conversation.conversation_id, conversation.title, conversation.updated, changed)
            known[path] = held
        self._headings = known
        return sorted(known.values(), key=lambda each: each.updated, reverse=True)

    def latest(self) -> Conversation:
        """Return the conversation changed last, or a new one."""
        found = (self.load(each.conversation_id) for each in self.headings())
        return next((each for each in found if each is not None), None) or self.new()

    def _path(self, conversation_id: str) -> Path:
        # An id comes from the page: whatever is not one of ours names no file.
        plain = conversation_id if conversation_id.isalnum() and conversation_id.isascii() else "none"
        return self.folder / f"{plain}.json"


# What a reader of Markdown may make a link of though nothing marks it as one.
_SCHEME = r"(?:[a-z][a-z0-9+.-]{1,30}://|(?:mailto|javascript|data|tel|xmpp):|www\.)"
_ADDRESS = re.compile(
    rf"{_SCHEME}(?:[^\s<>\"'`()]|\([^\s<>\"'`()]*\))+(?<![.,;:!?\]])|[\w.+-]{{1,64}}@[\w-]{{1,64}}(?:\.[\w-]{{1,64}}){{1,8}}",
    re.IGNORECASE,
)
_LINK_END = re.compile(r"\](?=[(:\[]|\Z)")  # "[x](...", "[x]: ..." and "[x][1]" would be links


def as_markdown(conversation: Conversation) -> str:
    """Return a conversation for reading, each answer with its citations as a numbered list."""
    lines = [f"# {_inline(conversation.title or 'Conversation')}", ""]
    for turn in conversation.turns:
        lines += [f"## {_inline(turn.question)}", ""]
        if turn.answer is None:
            lines += [_inline(turn.error or "No answer."), ""]
            continue
        lines += [
            _inline(turn.answer["answer"] or turn.answer.get("reason") or "The documents do not answer this."),
            "",
        ]
        for citation in turn.answer["citations"]:
            page = f", page {citation['page']}" if citation.get("page") else ""
            place = f"{citation['doc_id']}{page}, {' › '.join(citation['section'])}"
            span = f"characters {citation['start']} to {citation['end']}"
            lines += [f"{citation['n']}. “{_inline(citation['quote'])}” ({_inline(place)}; {span})"]
        lines += [""] if turn.answer["citations"] else []
    return "\n".join(lines)


def as_json(conversation: Conversation) -> str:
    """Return a conversation with everything that is known of its answers."""
    return json.dumps(asdict(conversation), ensure_ascii=False, indent=2)


def _inline(text: str) -> str:
    r"""Return text on one line with what Markdown would read as its own marked as plain.

    An address stands in a code span: many readers of Markdown make a link of one that stands bare.

    Examples
    --------
    >>> print(_inline("*See* www.example.org!"))
    \*See\* `www.example.org`\!
    """
    made, at = "", 0
    line = " ".join(text.split())
    for address in _ADDRESS.finditer(line):
        made += _plain(line[at : address.start()]) + f"`{address.group()}`"
        at = address.end()
    return made + _plain(line[at:])


def _plain(text: str) -> str:
    escaped = "".join(f"\\{c}" if c in "\\`*_{}<>#|!" else c for c in text)
    return _LINK_END.sub(r"\\]", escaped)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= TITLE_CHARS else line[: TITLE_CHARS - 1].rstrip() + "…"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
