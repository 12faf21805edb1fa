"""Work for one request: in its turn, off the event loop, and no longer than somebody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Sequence
from contextlib import aclosing, contextmanager, suppress
from typing import Any, TypeVar

from fastapi import HTTPException, Request

from pincite.answers import Answer, AnswerEvent, DoneEvent
from pincite.errors import QuestionError
from pincite.evidence import Turn
from pincite.serving.models import Scoped, TurnBody
from pincite.serving.service import collection_of, key_of, service_of
from pincite.types import Scope

T = TypeVar("T")

_END = object()


class ClientGone(Exception):
    """Nobody waits for the response any more."""


async def while_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what some work gives; it is cancelled when the client leaves.

    Raises
    ------
    ClientGone
        The client left.
    """
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientGone
    finally:
        working.cancel()
        leaving.cancel()


async def in_turn(request: Request, work: Callable[[], T]) -> T:
    """Return what some blocking work gives, done in a thread when its turn comes.

    Raises
    ------
    Busy
        Too many wait already.
    ClientGone
        The client left.
    """

    async def wait() -> T:
        async with service_of(request).turns.turn(key_of(request)):
            working = asyncio.ensure_future(asyncio.to_thread(work))
            try:
                return await asyncio.shield(working)
            except asyncio.CancelledError:
                # Nobody waits for it, but it is work nevertheless, and the turn is its own until it is done.
                with suppress(Exception):
                    await working
                raise

    return await while_connected(request, wait())


async def answer_events(
    request: Request, question: str, *, k: int, turns: Sequence[Turn], scope: Scope
) -> AsyncGenerator[AnswerEvent, None]:
    """Yield the events of an answer, made in its turn; closing the iterator ends the work."""
    service, collection = service_of(request), collection_of(request)
    service.note(request, question=question)
    async with service.turns.turn(key_of(request)):
        assistant = await asyncio.to_thread(lambda: collection.assistant)
        async with aclosing(assistant.astream(question, k=k, history=turns, scope=scope)) as events:
            async for event in events:
                if isinstance(event, DoneEvent):
                    service.metrics.answered(abstained=event.answer.abstained)
                yield event


async def whole(request: Request, events: AsyncGenerator[AnswerEvent, None]) -> Answer:
    """Return the answer at the end of its events, unless the client leaves before."""

    async def last() -> Answer:
        async with aclosing(events):
            async for event in events:
                if isinstance(event, DoneEvent):
                    return event.answer
        raise AssertionError("an answer ends with DoneEvent")

    return await while_connected(request, last())


async def begun(request: Request, events: AsyncGenerator[AnswerEvent, None]) -> AsyncGenerator[AnswerEvent, None]:
    """Wait for the first event, so that what goes wrong before it is still an error with a status; return all.

    The events are made whether or not they are fetched: who reads slowly holds no turn.
    """
    arrived: asyncio.Queue[Any] = asyncio.Queue()

    async def make() -> None:
        try:
            async with aclosing(events):
                async for event in events:
                    arrived.put_nowait(event)
            arrived.put_nowait(_END)
        except Exception as error:
            arrived.put_nowait(error)

    making = asyncio.create_task(make())

    async def fetched(item: Any) -> AsyncGenerator[AnswerEvent, None]:
        try:
            while item is not _END:
                if isinstance(item, Exception):
                    raise item
                yield item
                item = await arrived.get()
        finally:
            making.cancel()

    try:
        first = await while_connected(request, arrived.get())
        if isinstance(first, Exception):
            raise first
    except BaseException:
        making.cancel()
        raise
    return fetched(first)


def turns_of(history: Sequence[TurnBody]) -> tuple[Turn, ...]:
    """Return the turns of a conversation as the library holds them."""
    return tuple(Turn(turn.question, turn.answer) for turn in history)


@contextmanager
def known_sections(body: Scoped) -> Iterator[None]:
    """Turn the error of a section that no document has into status 404."""
    try:
        yield
    except QuestionError as error:
        # The question was checked before: where sections are given, it is they that are unknown.
        if body.sections:
            raise HTTPException(404, str(error)) from error
        raise


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
