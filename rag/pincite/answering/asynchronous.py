"""A stream made in a thread, for a caller that must not wait."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import closing, suppress
from contextvars import copy_context
from threading import Event, Thread
from typing import Any, TypeVar

Item = TypeVar("Item")


async def from_thread(make: Callable[[Event], Generator[Item, None, None]]) -> AsyncGenerator[Item, None]:
    """Yield what an iterator yields in a thread of its own; what it raises is raised here.

    Parameters
    ----------
    make
        Called in that thread with an event that is set once the caller wants no more; the iterator is closed then.
    """
    loop = asyncio.get_running_loop()
    arrived: asyncio.Queue[Any] = asyncio.Queue()
    unwanted = Event()

    def tell(item: Item | None, end: BaseException | bool = False) -> None:
        with suppress(RuntimeError):  # the loop was closed before the thread noticed
            loop.call_soon_threadsafe(arrived.put_nowait, (item, end))

    def work() -> None:
        try:
            with closing(make(unwanted)) as items:
                for item in items:
                    if unwanted.is_set():
                        break
                    tell(item)
            tell(None, end=True)
        except BaseException as error:
            tell(None, end=error)

    Thread(target=copy_context().run, args=(work,), name="pincite-stream", daemon=True).start()
    try:
        while True:
            item, end = await arrived.get()
            if isinstance(end, BaseException):
                raise end
            if end:
                return
            yield item
    finally:
        unwanted.set()
