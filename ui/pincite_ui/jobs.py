"""Work in a thread of its own that reports as it goes and that can be stopped."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class JobStopped(Exception):
    """The person asked to stop; raised in the job's own thread at its next report."""


class Job(Generic[T]):
    """One piece of long work.

    Parameters
    ----------
    work
        Called in a thread with ``report``; each value reported comes out of :meth:`reports`.  Reporting raises
        :class:`JobStopped` once the job is stopped, so that the work ends there.
    """

    def __init__(self, work: Callable[[Callable[[T], None]], None]) -> None:
        self._work = work
        self._stop = threading.Event()
        self._reports: queue.SimpleQueue[T | None] = queue.SimpleQueue()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> Job[T]:
        """Begin."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Ask the work to end at its next report."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        """Whether it was asked to end."""
        return self._stop.is_set()

    @property
    def unwanted(self) -> threading.Event:
        """Set once the work is to end, for work that waits where it cannot report."""
        return self._stop

    def check(self) -> None:
        """End the work here if it is to end.

        Raises
        ------
        JobStopped
            It is.
        """
        if self._stop.is_set():
            raise JobStopped

    @property
    def running(self) -> bool:
        """Whether the work goes on."""
        return self._thread.is_alive()

    def reports(self, *, every: bool = True) -> Iterator[T]:
        """Yield what the work reports until it ends; not ``every`` passes over what a newer report has overtaken.

        Raises
        ------
        BaseException
            What the work raised, :class:`JobStopped` where it was stopped.
        """
        while (report := self._reports.get()) is not None:
            if every or self._reports.empty():
                yield report
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _report(self, value: T) -> None:
        self.check()
        self._reports.put(value)

    def _run(self) -> None:
        try:
            self._work(self._report)
        except BaseException as error:
            self._error = error
        finally:
            self._reports.put(None)
