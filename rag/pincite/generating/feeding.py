"""What a thread of its own yields, for a model that calls back instead of being asked."""

from __future__ import annotations

import atexit
import queue
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Generic, TypeVar
from weakref import WeakSet

Item = TypeVar("Item")

_EXIT_SECONDS = 5.0
_running: WeakSet[Thread] = WeakSet()
_exiting = Event()


class Feed(Generic[Item]):
    """Items that work puts in from a thread of its own; use it as a context manager, which tells the work to end.

    Parameters
    ----------
    work
        Called in that thread with ``put`` and ``unwanted``, which it is to heed; what it raises is raised by `next`.
    """

    def __init__(self, work: Callable[[Callable[[Item], None], Callable[[], bool]], None], *, name: str) -> None:
        self._arrived: queue.SimpleQueue[tuple[Item] | BaseException | None] = queue.SimpleQueue()
        self._closed = Event()
        self._work = work
        thread = Thread(target=self._run, name=name, daemon=True)
        _running.add(thread)
        thread.start()

    def __enter__(self) -> Feed[Item]:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()

    def __iter__(self) -> Iterator[Item]:
        while (item := self.next()) is not None:
            yield item[0]

    def next(self, timeout: float | None = None) -> tuple[Item] | None:
        """Return the next item as a tuple of one, or ``None`` once the work has ended.

        Raises
        ------
        queue.Empty
            None came within so many seconds.
        BaseException
            Whatever the work raised.
        """
        item = self._arrived.get(timeout=timeout)
        if isinstance(item, BaseException):
            raise item
        return item

    def _unwanted(self) -> bool:
        return self._closed.is_set() or _exiting.is_set()

    def _run(self) -> None:
        try:
            self._work(lambda item: self._arrived.put((item,)), self._unwanted)
            self._arrived.put(None)
        except BaseException as error:  # handed to the thread that waits
            self._arrived.put(error)


@atexit.register
def _end_work() -> None:
    """Let runtimes return before the interpreter goes: one that is still in native code then aborts the process."""
    _exiting.set()
    for thread in list(_running):
        thread.join(_EXIT_SECONDS)
