"""What the transcript shows of a conversation: plain values that the page's script turns into text nodes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pincite_ui.conversations import ChatTurn, Conversation

_MARKER = re.compile(r"\[(?:(\d+)|\?)\]")

Titles = Callable[[str], str]


def conversation_view(conversation: Conversation, titles: Titles, examples: Iterable[str] = ()) -> dict[str, Any]:
    """Return a conversation as the transcript draws it.

    Parameters
    ----------
    titles
        From a document's id to its title.
    examples
        Questions to offer while nothing has been asked.
    """
    return {
        "id": conversation.conversation_id,
        "title": conversation.title,
        "turns": [turn_view(turn, titles) for turn in conversation.turns],
        "examples": [] if conversation.turns else list(examples),
    }


def turn_view(turn: ChatTurn, titles: Titles) -> dict[str, Any]:
    """Return a turn as the transcript draws it."""
    view: dict[str, Any] = {
        "id": turn.turn_id,
        "question": turn.question,
        "state": turn.state,
        "error": turn.error,
        "feedback": turn.feedback,
    }
    answer = turn.answer
    if answer is None:
        return view
    citations = answer["citations"]
    return view | {
        "abstained": answer["abstained"],
        "pieces": pieces(answer["answer"] or "", citations),
        "reason": answer.get("reason"),
        "notice": answer.get("notice"),
        "by": answer.get("generated_by"),
        "confidence": answer["confidence"],
        "seconds": answer["seconds"],
        "citations": [_place(citation, titles) | {"n": citation["n"]} for citation in citations],
        "passages": [_place(hit, titles) | {"rank": hit["rank"], "score": hit["score"]} for hit in answer["hits"]],
    }


def pieces(text: str, citations: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Split an answer at its markers.

    A marker is one only where it stands behind the words that it cites, or anywhere when the text is not made of
    quotes: what looks like a marker inside a quote is the document's own.

    Examples
    --------
    >>> pieces("As [1] says. [1]", [{"n": 1, "quote": "As [1] says."}])
    [{'text': 'As [1] says. '}, {'cite': 1}]
    >>> pieces("It floats [1].", [{"n": 1, "quote": "The boat floats."}])
    [{'text': 'It floats '}, {'cite': 1}, {'text': '.'}]
    """
    cited = list(citations)
    if text == " ".join(f"{each['quote']} [{each['n']}]" for each in cited):
        split: list[dict[str, Any]] = []
        for each in cited:
            split += [{"text": ("" if not split else " ") + f"{each['quote']} "}, {"cite": each["n"]}]
        return split
    known = {each["n"] for each in cited}
    split, at = [], 0
    for marker in _MARKER.finditer(text):
        if marker[1] is not None and int(marker[1]) not in known:
            continue
        said: dict[str, Any] = {"unsupported": True} if marker[1] is None else {"cite": int(marker[1])}
        split += [{"text": text[at : marker.start()]}, said]
        at = marker.end()
    split.append({"text": text[at:]})
    return [piece for piece in split if piece.get("text") != ""]


def _place(found: Mapping[str, Any], titles: Titles) -> dict[str, Any]:
    """Return where a citation or a passage stands, and its words."""
    return {
        "doc": found["doc_id"],
        "title": titles(found["doc_id"]),
        "section": list(found["section"]),
        "page": found.get("page"),
        "text": found.get("quote") or found.get("text", ""),
        "start": found["start"],
        "end": found["end"],
    }
