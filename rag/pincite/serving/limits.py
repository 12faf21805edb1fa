"""How much one request may ask for, and how many may be answered at once."""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

MAX_QUESTION_CHARS = 10_000
MAX_K = 100
MAX_TURNS = 50
MAX_SCOPE = 1000
MAX_BATCH = 100
MAX_TEXTS = 128
MAX_FILES = 50


@dataclass(frozen=True, slots=True)
class Limits:
    """What a server takes on.

    Attributes
    ----------
    concurrent
        Requests that search, answer or encode at the same time; by default one for each processor.
    waiting
        Requests that wait for their turn; the next one is refused.
    wait_s
        Longest wait for a turn, seconds.
    body_bytes, upload_bytes
        Largest body of a request, and of one that uploads files.
    body_s
        Longest wait for the next piece of a body, seconds.
    jobs
        Uploads that arrive, wait to be indexed, or are; the next one is refused.
    grace_s
        How long a server that is told to end waits for what it began, seconds.
    """

    concurrent: int = field(default_factory=lambda: max(2, os.cpu_count() or 1))
    waiting: int = 16
    wait_s: float = 10.0
    body_bytes: int = 2_000_000
    upload_bytes: int = 100_000_000
    body_s: float = 30.0
    jobs: int = 16
    grace_s: float = 30.0


class Busy(Exception):
    """There is no turn to be had; ``retry_after`` is in whole seconds, from 1."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("too many requests at once: try again later")
        self.retry_after = retry_after


class Turns:
    """Lets some requests work, some wait, and refuses the others.  For one event loop."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._free = asyncio.Semaphore(limits.concurrent)
        self.working = self.waiting = 0
        self._usual_s = 0.2

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None, None]:
        """Hold a turn.

        Raises
        ------
        Busy
            Too many wait already, or the wait took too long.
        """
        if self._free.locked() and self.waiting >= self._limits.waiting:
            raise Busy(self._retry_after())
        self.waiting += 1
        try:
            async with asyncio.timeout(self._limits.wait_s):
                await self._free.acquire()
        except TimeoutError as error:
            raise Busy(self._retry_after()) from error
        finally:
            self.waiting -= 1
        self.working += 1
        started = time.monotonic()
        try:
            yield
        finally:
            self.working -= 1
            self._free.release()
            self._usual_s += 0.1 * (time.monotonic() - started - self._usual_s)

    def _retry_after(self) -> int:
        """Return when those who wait now should have had their turn, in whole seconds and rather too soon."""
        return max(1, min(60, math.floor(self._usual_s * self.waiting / self._limits.concurrent)))
