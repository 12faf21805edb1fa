"""What OpenAI's clients ask for: chat completions, models, embeddings."""

from __future__ import annotations

import asyncio
import base64
import logging
import time
import uuid
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import StreamingResponse

from pincite.answers import Answer, AnswerEvent, DoneEvent, TextEvent, WithdrawnEvent
from pincite.encoding import Encoder
from pincite.question_length import checked_length
from pincite.serving.chat_models import (
    MODEL,
    ChatBody,
    ChatRequest,
    EmbeddingsBody,
    EmbeddingsRequest,
    ModelBody,
    ModelsBody,
)
from pincite.serving.conversing import WITHDRAWN, content, question_of, words_of
from pincite.serving.request_work import answer_events, begun, in_turn, known_sections, whole
from pincite.serving.routes.asking import STREAMED, sse, streamed
from pincite.serving.service import service_of
from pincite.web.problems import TYPES, describe, documented, problem, request_id

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/v1", tags=["OpenAI"], responses=documented(404, 409))

CHUNKS = streamed("The completion; with `stream` its chunks, the last of which holds `citations` too.")


@router.post("/chat/completions", response_model=ChatBody, responses=CHUNKS)
async def chat(body: ChatRequest, request: Request) -> Any:
    """Answer the last message of a conversation, with footnotes in the text and the citations beside it."""
    if body.model != MODEL:
        raise HTTPException(404, f"no model of this name: use {MODEL!r}")
    question, turns = question_of(body.messages)
    if not question:
        raise HTTPException(422, "expected a message of the user with at least one word")
    checked_length(question)
    prompt = [words_of(message) for message in body.messages]
    events = answer_events(request, question, k=body.k, turns=turns, scope=body.scope())
    head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": MODEL}
    with known_sections(body):
        if body.stream:
            stream = await begun(request, events)
            usage = prompt if body.stream_options is not None and body.stream_options.include_usage else None
            sent = _sent(request, stream, {**head, "object": "chat.completion.chunk"}, usage)
            return StreamingResponse(sent, media_type="text/event-stream", headers=STREAMED)
        answer = await whole(request, events)
    message = {"role": "assistant", "content": content(answer), "refusal": None}
    return {
        **head,
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": await _usage(request, prompt, content(answer)),
        **_ours(answer),
    }


@router.get("/models", response_model=ModelsBody)
async def list_models(request: Request) -> Any:
    """List what may be named as a model."""
    return {"object": "list", "data": _models(request)}


@router.get("/models/{model:path}", response_model=ModelBody)
async def show_model(model: str, request: Request) -> Any:
    """Say whether a model may be named."""
    found = next((each for each in _models(request) if each["id"] == model), None)
    if found is None:
        raise HTTPException(404, "no model of this name: see /v1/models")
    return found


@router.post("/embeddings", response_model=EmbeddingsBody)
async def embed(body: EmbeddingsRequest, request: Request) -> Any:
    """Encode texts with the encoder that searches."""
    encoder = service_of(request).collections.encoder
    name = encoder_name(encoder)
    if body.model not in {name, MODEL}:
        raise HTTPException(404, f"no encoder of this name: use {name!r}")
    if body.dimensions not in {None, encoder.identity.dim}:
        raise HTTPException(404, f"no encoder of {body.dimensions} dimensions: it has {encoder.identity.dim}")
    texts = [body.input] if isinstance(body.input, str) else body.input
    encode = encoder.encode_queries if body.input_type == "query" else encoder.encode_documents

    def work() -> tuple[list[Any], int]:
        vectors = np.asarray(encode(texts).vectors, dtype="<f4")
        n_tokens = sum(len(encoder.token_spans(text)) for text in texts)
        if body.encoding_format == "base64":
            return [base64.b64encode(vector.tobytes()).decode("ascii") for vector in vectors], n_tokens
        return vectors.tolist(), n_tokens

    embeddings, n_tokens = await in_turn(request, work)
    return {
        "object": "list",
        "data": [{"object": "embedding", "index": i, "embedding": each} for i, each in enumerate(embeddings)],
        "model": name,
        "usage": {"prompt_tokens": n_tokens, "total_tokens": n_tokens},
    }


def encoder_name(encoder: Encoder) -> str:
    """Return the encoder's name, of a local folder only the last part."""
    name = encoder.identity.name
    return Path(name).name if Path(name).is_absolute() else name


def _models(request: Request) -> list[dict[str, Any]]:
    names = [MODEL, encoder_name(service_of(request).collections.encoder)]
    return [{"id": name, "object": "model", "created": 0, "owned_by": "pincite"} for name in dict.fromkeys(names)]


def _ours(answer: Answer) -> dict[str, Any]:
    """Return what we add to the protocol."""
    told = answer.to_dict()
    return {name: told[name] for name in ("citations", "abstained", "confidence")}


async def _usage(request: Request, prompt: list[str], completion: str) -> dict[str, int]:
    encoder = service_of(request).collections.encoder

    def count() -> tuple[int, int]:
        return sum(len(encoder.token_spans(text)) for text in prompt), len(encoder.token_spans(completion))

    asked, said = await asyncio.to_thread(count)
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


async def _sent(
    request: Request, events: AsyncGenerator[AnswerEvent, None], head: dict[str, Any], usage_of: list[str] | None
) -> AsyncGenerator[bytes, None]:
    """Yield an answer's events as chunks; the footnotes come after the text, the citations with the last chunk."""

    def chunk(delta: dict[str, Any], finish: str | None = None, **ours: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return sse({**head, "choices": [choice], **ours})

    said = ""
    async with aclosing(events):
        try:
            yield chunk({"role": "assistant", "content": ""})
            async for event in events:
                if isinstance(event, TextEvent | WithdrawnEvent):
                    piece = event.text if isinstance(event, TextEvent) else WITHDRAWN
                    said = said + piece if isinstance(event, TextEvent) else ""
                    yield chunk({"content": piece})
                elif isinstance(event, DoneEvent):
                    if rest := content(event.answer).removeprefix(said):
                        yield chunk({"content": rest})
                    yield chunk({}, "stop", **_ours(event.answer))
                    if usage_of is not None:
                        usage = await _usage(request, usage_of, content(event.answer))
                        yield sse({**head, "choices": [], "usage": usage, **_ours(event.answer)})
        except Exception as error:
            logger.error("stream failed", exc_info=error)
            status, message, _ = describe(error, service_of(request).told)
            yield sse(problem(message, TYPES.get(status, "server_error"), request_id(request)))
        yield b"data: [DONE]\n\n"
