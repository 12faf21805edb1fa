"""An answer, and the events in which it arrives.

The order of events is: `PassagesEvent` once; then for each statement a `CitationsEvent` with the citations that it
names first, if any, and a `TextEvent`; at the end `DoneEvent` once.  An abstention has neither text nor citations.
The texts since the last `WithdrawnEvent`, if there was one, make up `Answer.text`, and likewise the citations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from pincite.types import Citation, Hit, Span

UNSUPPORTED = "[?]"
"""Stands in an answer's text, in place of a marker ``[n]``, after a statement that no passage supports."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked, what the documents say, and where.

    Attributes
    ----------
    text
        Statements, each followed by its markers ``[n]``; ``None`` when abstaining.  Sentences of the documents in
        reading order, or, where a language model wrote them, its own, each held against the documents.
    reason
        Why there is no answer, as a sentence for the reader; ``None`` when there is one.
    confidence
        Calibrated probability in [0, 1] that the documents answer the question.
    citations
        One for each marker; empty when abstaining.
    hits
        The passages considered, best first; offered as the nearest passages when abstaining.
    seconds
        Wall-clock time from question to answer.
    generated_by
        Name of the language model that wrote the text; ``None`` where the sentences are the documents' own.
    unsupported
        Where ``text`` holds statements that no passage supports, in order; each is followed by ``[?]``.  Empty where
        the sentences are the documents' own.
    notice
        What the reader should know of how the answer came about, such as that the language model was away and these
        are the documents' own sentences; ``None`` when there is nothing to say.
    """

    question: str
    text: str | None
    confidence: float
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    seconds: float
    reason: str | None = None
    generated_by: str | None = None
    unsupported: tuple[Span, ...] = ()
    notice: str | None = None

    @property
    def abstained(self) -> bool:
        """Whether Pincite declined to answer."""
        return self.text is None

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as the batch contract writes it, without the question's id."""
        return {
            "question": self.question,
            "answer": self.text,
            "abstained": self.abstained,
            "confidence": round(self.confidence, 6),
            "citations": [citation.to_dict() for citation in self.citations],
            "hits": [hit.to_dict() for hit in self.hits],
            "seconds": round(self.seconds, 6),
        }

    def how(self) -> dict[str, Any]:
        """Return what the batch contract leaves out: why there is no answer, who wrote it, and what to know of it."""
        return {
            "reason": self.reason,
            "generated_by": self.generated_by,
            "unsupported": [[span.start, span.end] for span in self.unsupported],
            "notice": self.notice,
        }


@dataclass(frozen=True, slots=True)
class PassagesEvent:
    """The passages found, best first, before anything is answered."""

    kind: ClassVar[str] = "passages"
    hits: tuple[Hit, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the event's fields as JSON holds them, without its kind."""
        return {"hits": [hit.to_dict() for hit in self.hits]}


@dataclass(frozen=True, slots=True)
class CitationsEvent:
    """Citations that the next text is the first to name."""

    kind: ClassVar[str] = "citations"
    citations: tuple[Citation, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the event's fields as JSON holds them, without its kind."""
        return {"citations": [citation.to_dict() for citation in self.citations]}


@dataclass(frozen=True, slots=True)
class TextEvent:
    """The next piece of the answer's text: a statement, checked, with its markers and the space before it.

    Attributes
    ----------
    supported
        Whether the passages support it; if not, it ends with ``[?]``.
    """

    kind: ClassVar[str] = "text"
    text: str
    supported: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the event's fields as JSON holds them, without its kind."""
        return {"text": self.text, "supported": self.supported}


@dataclass(frozen=True, slots=True)
class WithdrawnEvent:
    """All text and citations so far are void, as when a language model fails in mid-answer; others may follow."""

    kind: ClassVar[str] = "withdrawn"

    def to_dict(self) -> dict[str, Any]:
        """Return the event's fields as JSON holds them: none."""
        return {}


@dataclass(frozen=True, slots=True)
class DoneEvent:
    """The whole answer; nothing follows."""

    kind: ClassVar[str] = "done"
    answer: Answer

    def to_dict(self) -> dict[str, Any]:
        """Return the event's fields as JSON holds them, without its kind."""
        return {**self.answer.to_dict(), **self.answer.how()}


AnswerEvent = PassagesEvent | CitationsEvent | TextEvent | WithdrawnEvent | DoneEvent
