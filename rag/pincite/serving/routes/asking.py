"""Search, ask, batch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from pincite.answers import AnswerEvent, CitationsEvent, DoneEvent, PassagesEvent, TextEvent, WithdrawnEvent
from pincite.errors import QuestionError, UnknownDocument
from pincite.searching import Retriever
from pincite.serving.models import AnswerBody, AskRequest, BatchBody, BatchRequest, SearchBody, SearchRequest
from pincite.serving.request_work import answer_events, begun, in_turn, known_sections, turns_of, while_connected, whole
from pincite.serving.service import collection_of, key_of, service_of
from pincite.types import Scope
from pincite.web.problems import TYPES, describe, documented, problem, request_id

logger = logging.getLogger(__name__)
router = APIRouter(prefix="/v1", tags=["asking"], responses=documented(404, 409))


def streamed(description: str, *kinds: str) -> dict[int | str, dict[str, Any]]:
    """Return the response of an operation that can stream, for OpenAPI; its schema is that of one event."""
    fields: dict[str, Any] = {"data": {"type": "string", "contentMediaType": "application/json"}}
    if kinds:
        fields["event"] = {"type": "string", "enum": list(kinds)}
    schema = {"type": "object", "properties": fields, "required": sorted(fields)}
    return {200: {"description": description, "content": {"text/event-stream": {"schema": schema}}}}


EVENTS = streamed(
    "The answer; with `stream` its events as they come, each with its fields as JSON.",
    *(event.kind for event in (PassagesEvent, CitationsEvent, TextEvent, WithdrawnEvent, DoneEvent)),
    "error",
)


@router.post("/search", response_model=SearchBody)
async def search(body: SearchRequest, request: Request) -> Any:
    """Find the passages nearest to a query."""
    collection = collection_of(request)
    service_of(request).note(request, query=body.query)

    def find() -> Any:
        retriever: Retriever = collection.assistant.retriever
        return retriever.search(body.query, k=body.k, scope=body.scope())

    with known_sections(body):
        hits = await in_turn(request, find)
    return {"query": body.query, "hits": [hit.to_dict() for hit in hits]}


@router.post("/ask", response_model=AnswerBody, responses=EVENTS)
async def ask(body: AskRequest, request: Request) -> Any:
    """Answer a question, each statement with its citation, or abstain and say why."""
    events = answer_events(request, body.question, k=body.k, turns=turns_of(body.history), scope=body.scope())
    with known_sections(body):
        if not body.stream:
            answer = await whole(request, events)
            return {**answer.to_dict(), **answer.how()}
        stream = await begun(request, events)
    return StreamingResponse(_sent(request, stream), media_type="text/event-stream", headers=STREAMED)


@router.post("/batch", response_model=BatchBody)
async def batch(body: BatchRequest, request: Request) -> Any:
    """Answer questions one after another; one that cannot be answered says why and stops no other."""
    service, collection = service_of(request), collection_of(request)
    service.note(request, questions=[question.question for question in body.questions])

    async def answers() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        async with service.turns.turn(key_of(request)) as turn:
            assistant = await asyncio.to_thread(lambda: collection.assistant)
            for asked in body.questions:
                await turn.give_way()
                scope = Scope(docs=None if asked.scope_docs is None else tuple(asked.scope_docs))
                try:
                    answer = await assistant.aask(
                        asked.question, k=body.k, history=turns_of(asked.history), scope=scope
                    )
                except (QuestionError, UnknownDocument) as error:
                    found.append({"id": asked.id, "error": service.told(str(error))})
                else:
                    service.metrics.answered(abstained=answer.abstained)
                    found.append({"id": asked.id, **answer.to_dict(), **answer.how()})
        return found

    return {"answers": await while_connected(request, answers())}


STREAMED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Headers of a stream: nothing on its way may hold it back."""


async def _sent(request: Request, events: AsyncGenerator[AnswerEvent, None]) -> AsyncGenerator[bytes, None]:
    """Yield events as the wire holds them; a fault is the last, for the status was sent long ago."""
    async with aclosing(events):
        try:
            async for event in events:
                yield sse(event.to_dict(), event.kind)
        except Exception as error:
            logger.error("stream failed", exc_info=error)
            status, message, _ = describe(error, service_of(request).told)
            yield sse(problem(message, TYPES.get(status, "server_error"), request_id(request)), "error")


def sse(data: dict[str, Any], kind: str | None = None) -> bytes:
    """Return a server-sent event; JSON never holds a line break of its own."""
    head = f"event: {kind}\n".encode() if kind else b""
    return head + b"data: " + orjson.dumps(data) + b"\n\n"
