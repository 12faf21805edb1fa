"""Between a chat's messages and our questions and answers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pincite.answers import Answer
from pincite.evidence import Turn
from pincite.serving.chat_models import OtherMessage, UserMessage
from pincite.types import Citation

SOURCES = "\n\nSources:\n"
WITHDRAWN = "\n\n(The text above is withdrawn.)\n\n"
_WORD = re.compile(r"\w")
_FOOTNOTES = re.compile(rf"{SOURCES}\[\d+\] .*\Z", re.DOTALL)


def question_of(messages: Sequence[UserMessage | OtherMessage]) -> tuple[str, tuple[Turn, ...]]:
    """Return the question, which is the last message of the user that holds a word, and the turns before it.

    A message of the system changes nothing: what we answer from is the documents.  The question is empty where there
    is none.
    """
    turns: list[Turn] = []
    asked: str | None = None
    for message in messages:
        words = words_of(message).strip()
        if isinstance(message, UserMessage):
            if not _WORD.search(words):
                continue
            if asked is not None:
                turns.append(Turn(asked))
            asked = words
        elif message.role == "assistant" and asked is not None:
            turns.append(Turn(asked, _FOOTNOTES.sub("", words) or None))
            asked = None
    if asked is None and turns:
        # The client sends its own half-written answer along, to have it continued.
        asked = turns.pop().question
    return asked or "", tuple(turns)


def words_of(message: UserMessage | OtherMessage) -> str:
    """Return a message's text."""
    if isinstance(message.content, list):
        return "\n".join(part.text for part in message.content)
    return message.content or ""


def footnotes(answer: Answer) -> str:
    """Return the sources of an answer as readers of a chat see them, behind its text; empty where there are none."""
    if not answer.citations:
        return ""
    quoting = answer.generated_by is not None
    return SOURCES + "\n".join(_footnote(citation, quoting=quoting) for citation in answer.citations)


def content(answer: Answer) -> str:
    """Return what a chat shows: text and sources, or the reason why there is none."""
    said = (answer.text or answer.reason or "") + footnotes(answer)
    return said if answer.notice is None else f"{said}\n\n{answer.notice}"


def _footnote(citation: Citation, *, quoting: bool) -> str:
    """Return one line; the quote is in it where the text itself is not made of the quotes."""
    page = f", page {citation.page}" if citation.page is not None else ""
    place = f"{citation.doc_id}{page}, characters {citation.span.start}-{citation.span.end}"
    section = " › ".join(citation.section[1:] or citation.section)
    quote = f": “{' '.join(citation.quote.split())}”" if quoting else ""
    return f"[{citation.n}] {section} ({place}){quote}"
