"""What requests and responses hold; the responses are exactly what `to_dict` of the library's own nouns gives."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from pincite.question_length import MAX_QUESTION_CHARS, checked_length
from pincite.types import Scope
from pincite.web.limits import MAX_BATCH, MAX_K, MAX_SCOPE, MAX_TURNS

A_WORD = r"[\p{L}\p{N}_]"
r"""What Python's ``\w`` finds, in the regular expressions of JSON Schema, whose ``\w`` is of ASCII alone."""


def _worded(text: str) -> str:
    if not re.search(r"\w", text):
        raise ValueError("expected a text with at least one word")
    return text


Words = Annotated[
    str,
    Field(min_length=1, json_schema_extra={"maxLength": MAX_QUESTION_CHARS, "pattern": A_WORD}),
    AfterValidator(checked_length),
    AfterValidator(_worded),
]
"""A text with at least one word."""


def whole_number(value: Any) -> Any:
    """Return 10.0, which JSON Schema takes for an integer, as one."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Integer = Annotated[int, BeforeValidator(whole_number)]
Count = Annotated[int, Field(ge=1, le=MAX_K), BeforeValidator(whole_number)]
Name = Annotated[str, Field(min_length=1, max_length=1000)]
Ids = Annotated[list[Name], Field(min_length=1, max_length=MAX_SCOPE)]


class Asked(BaseModel):
    """Base of every request: nothing is converted, and unknown fields are refused."""

    model_config = ConfigDict(strict=True, extra="forbid")


class TurnBody(Asked):
    """An earlier turn of the conversation."""

    question: Annotated[
        str,
        Field(min_length=1, json_schema_extra={"maxLength": MAX_QUESTION_CHARS}),
        AfterValidator(checked_length),
    ]
    answer: Annotated[str, Field(max_length=10 * MAX_QUESTION_CHARS)] | None = None


class Scoped(Asked):
    """A request that may be confined to some documents and sections."""

    docs: Ids | None = Field(None, description="Ids of documents to search; all if not given.")
    sections: Ids | None = Field(None, description="Search only below these headings.")

    def scope(self) -> Scope:
        """Return what to search."""
        return Scope(
            docs=None if self.docs is None else tuple(self.docs),
            sections=None if self.sections is None else tuple(self.sections),
        )


class SearchRequest(Scoped):
    """What to look for."""

    query: Words
    k: Count = Field(10, description="Number of passages.")


class AskRequest(Scoped):
    """What to answer."""

    question: Words
    k: Count = Field(10, description="Number of passages beside the answer.")
    history: list[TurnBody] = Field(
        default_factory=list, max_length=MAX_TURNS, description="Earlier turns, the latest last."
    )
    stream: bool = Field(False, description="Whether the answer comes as server-sent events.")


class BatchQuestionBody(Asked):
    """One question of a batch."""

    id: Annotated[str, Field(min_length=1, max_length=200)] | Integer
    question: Words
    scope_docs: Ids | None = Field(None, description="Ids of documents to search; all if not given.")
    history: list[TurnBody] = Field(default_factory=list, max_length=MAX_TURNS)


class BatchRequest(Asked):
    """Questions to answer one after another."""

    questions: list[BatchQuestionBody] = Field(min_length=1, max_length=MAX_BATCH)
    k: Count = 10


class CitationBody(BaseModel):
    """A span with its quoted text: ``document.text[start:end] == quote``, in code points."""

    n: int
    doc_id: str
    start: int
    end: int
    quote: str
    section: list[str]
    page: int | None


class HitBody(BaseModel):
    """A passage found."""

    rank: int
    doc_id: str
    start: int
    end: int
    text: str
    section: list[str]
    score: float


class AnswerBody(BaseModel):
    """An answer with its citations, or an abstention with its reason."""

    question: str
    answer: str | None
    abstained: bool
    confidence: float
    citations: list[CitationBody]
    hits: list[HitBody]
    seconds: float
    reason: str | None
    generated_by: str | None
    unsupported: list[tuple[int, int]]
    notice: str | None


class SearchBody(BaseModel):
    """Passages, best first."""

    query: str
    hits: list[HitBody]


class IdentifiedBody(BaseModel):
    """What belongs to the question of a batch with this id."""

    id: str | int


class BatchAnswerBody(AnswerBody, IdentifiedBody):
    """An answer as a line of the batch contract holds it, and how it came about."""


class BatchFailureBody(IdentifiedBody):
    """Why a question of a batch has no answer, such as that its document is unknown."""

    error: str


class BatchBody(BaseModel):
    """The answers of a batch, in the order of its questions."""

    answers: list[BatchAnswerBody | BatchFailureBody]


class DocumentBody(BaseModel):
    """A document, and how its source stands to what was indexed."""

    doc_id: str
    title: str
    media_type: str
    n_chunks: int
    n_chars: int
    n_sections: int
    state: Literal["current", "changed", "deleted", "unreadable", "from Python"]


class FailureBody(BaseModel):
    """A file that could not be indexed, and why."""

    source: str
    reason: str


class ProgressBody(BaseModel):
    """How far a stage of an upload is."""

    stage: str
    done: int
    total: int | None
    unit: str


class JobBody(BaseModel):
    """An upload, and what became of it."""

    id: str
    state: Literal["waiting", "running", "done", "failed", "cancelled"]
    doc_ids: list[str]
    added: list[str]
    changed: list[str]
    failures: list[FailureBody]
    progress: ProgressBody | None


class DocumentsBody(BaseModel):
    """All documents, and the uploads that are not yet done."""

    documents: list[DocumentBody]
    jobs: list[JobBody]


class TextBody(BaseModel):
    """The characters [start, end) of a document's text."""

    doc_id: str
    start: int
    end: int
    text: str


class HealthBody(BaseModel):
    """Whether the server lives, or is ready for requests."""

    status: Literal["ok", "ready", "ending"]
