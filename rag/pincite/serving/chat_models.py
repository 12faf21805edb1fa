"""What OpenAI's protocol holds, as far as we speak it, and our citations in it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict

from pincite.question_length import MAX_QUESTION_CHARS, checked_length
from pincite.serving.models import A_WORD, Asked, CitationBody, Count, Scoped, whole_number
from pincite.web.limits import MAX_TEXTS

MODEL = "pincite"

_LENIENT = ConfigDict(strict=True, extra="allow")
"""Clients send sampling parameters and more; what is unknown changes nothing."""

_Asked = Annotated[str, Field(json_schema_extra={"maxLength": MAX_QUESTION_CHARS})]
_Said = Annotated[str, Field(max_length=10 * MAX_QUESTION_CHARS)]


class AskedPart(Asked):
    """A piece of a user's message; only text is understood."""

    model_config = _LENIENT

    type: Literal["text"]
    text: _Asked


class SaidPart(Asked):
    """A piece of another's message; only text is understood."""

    model_config = _LENIENT

    type: Literal["text"]
    text: _Said


def _checked(content: str | list[AskedPart] | None) -> str | list[AskedPart] | None:
    for text in [content] if isinstance(content, str) else [part.text for part in content or ()]:
        checked_length(text)
    return content


class UserMessage(Asked):
    """What the user asks, or asked before."""

    model_config = _LENIENT

    role: Literal["user"]
    # Checked once it is known whether it is a text or a list, so that only one of them complains.
    content: Annotated[_Asked | list[AskedPart] | None, AfterValidator(_checked)] = None


class OtherMessage(Asked):
    """What was answered; what a system or a tool says changes nothing."""

    model_config = _LENIENT

    role: Literal["system", "developer", "assistant", "tool"]
    content: _Said | list[SaidPart] | None = None


Message = Annotated[UserMessage | OtherMessage, Field(discriminator="role")]

_A_WORD: JsonDict = {"type": "string", "pattern": A_WORD}
_PART: JsonDict = {"type": "object", "properties": {"text": _A_WORD}, "required": ["text"]}
_QUESTION: JsonDict = {
    "type": "object",
    "properties": {
        "role": {"const": "user"},
        "content": {"anyOf": [_A_WORD, {"type": "array", "contains": _PART}]},
    },
    "required": ["role", "content"],
}
"""The JSON Schema of a message that asks something."""


class StreamOptions(Asked):
    """What a stream holds besides."""

    model_config = _LENIENT

    include_usage: bool | None = None


class ChatRequest(Scoped):
    """A conversation; the user's last words are the question.  ``docs``, ``sections`` and ``k`` are ours."""

    model_config = _LENIENT

    model: Annotated[str, Field(min_length=1, max_length=1000)]
    messages: list[Message] = Field(min_length=1, max_length=200, json_schema_extra={"contains": _QUESTION})
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: Annotated[int, Field(ge=1, le=1), BeforeValidator(whole_number)] | None = None
    k: Count = 10


class ChatUsage(BaseModel):
    """Tokens as our encoder counts them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatMessage(BaseModel):
    """The answer's text with its footnotes, or why there is none."""

    role: Literal["assistant"]
    content: str
    refusal: None


class ChatChoice(BaseModel):
    """The one answer."""

    index: int
    message: ChatMessage
    logprobs: None
    finish_reason: Literal["stop"]


class ChatBody(BaseModel):
    """A chat completion; ``citations``, ``abstained`` and ``confidence`` are ours."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[ChatChoice]
    usage: ChatUsage
    citations: list[CitationBody]
    abstained: bool
    confidence: float


class ModelBody(BaseModel):
    """A model that may be named."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelsBody(BaseModel):
    """All models: the one that answers, and the encoder."""

    object: Literal["list"]
    data: list[ModelBody]


EmbeddedText = Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARS)]


class EmbeddingsRequest(Asked):
    """Texts to encode; what lies beyond the encoder's window is cut off.  ``input_type`` is ours."""

    model_config = _LENIENT

    model: Annotated[str, Field(min_length=1, max_length=1000)]
    input: EmbeddedText | Annotated[list[EmbeddedText], Field(min_length=1, max_length=MAX_TEXTS)]
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Annotated[int, Field(ge=1), BeforeValidator(whole_number)] | None = None
    input_type: Literal["document", "query"] = "document"


class EmbeddingBody(BaseModel):
    """One vector: unit norm, as numbers or as little-endian float32 in base64."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class EmbeddingsUsage(BaseModel):
    """Tokens as the encoder counts them."""

    prompt_tokens: int
    total_tokens: int


class EmbeddingsBody(BaseModel):
    """The vectors of the texts, in their order."""

    object: Literal["list"]
    data: list[EmbeddingBody]
    model: str
    usage: EmbeddingsUsage
