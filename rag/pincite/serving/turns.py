"""Whose request works next."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pincite.web.limits import Busy, Limits


class Turns:
    """Lets some requests work, some wait, and refuses the others, fairly between keys.  For one event loop.

    The next turn goes to the key that has the fewest requests at work, and of several to the one whose last turn is
    longest ago.  Where all places to wait are taken, a key that has fewer waiting takes the place of the last of the
    key that has most.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._queues: dict[str | None, deque[asyncio.Future[None]]] = {}
        """Those who wait, by key; the key whose last turn is longest ago first."""
        self._shared: set[asyncio.Future[None]] = set()
        """Those of them who had a turn and gave it to others for a while."""
        self._at_work: Counter[str | None] = Counter()
        self._usual_s = 0.2

    @property
    def working(self) -> int:
        """Requests at work."""
        return self._at_work.total()

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn."""
        # The metrics and tests ask from other threads: what they count is a copy.
        return sum(len(self._newcomers(key)) for key in list(self._queues))

    @asynccontextmanager
    async def turn(self, key: str | None = None) -> AsyncGenerator[Turn, None]:
        """Hold a turn.

        Parameters
        ----------
        key
            Whose request it is.

        Raises
        ------
        Busy
            Too many wait already, or the wait took too long.
        """
        if self.working < self._limits.concurrent:
            self._at_work[key] += 1
        else:
            self._make_place(key)
            try:
                async with asyncio.timeout(self._limits.wait_s):
                    await self._granted(key, self._queue(key))
            except TimeoutError as error:
                raise Busy(self._retry_after()) from error
        held, started = Turn(self, key), time.monotonic()
        try:
            yield held
        finally:
            if held.held:
                self._release(key)
            self._usual_s += 0.1 * (time.monotonic() - started - self._usual_s)

    async def _give_way(self, turn: Turn) -> None:
        if all(key == turn.key for key in self._queues):
            return
        place = self._queue(turn.key)
        self._shared.add(place)
        turn.held = False
        self._release(turn.key)
        try:
            await self._granted(turn.key, place)
        finally:
            self._shared.discard(place)
        turn.held = True

    def _queue(self, key: str | None) -> asyncio.Future[None]:
        """Return a place behind the others of this key."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(key, deque()).append(place)
        return place

    async def _granted(self, key: str | None, place: asyncio.Future[None]) -> None:
        """Wait until the turn has come to this place."""
        try:
            await place
        except BaseException:
            if place in self._queues.get(key, ()):
                self._leave(key, place)
            elif not place.cancelled() and place.exception() is None:
                # The turn and the end of the wait came together.
                self._release(key)
            raise

    def _make_place(self, key: str | None) -> None:
        """Find room for one more of this key to wait, or raise `Busy`."""
        if self.waiting < self._limits.waiting:
            return
        own = len(self._newcomers(key))
        crowded = max(self._queues, key=lambda each: len(self._newcomers(each)), default=None)
        waiting = self._newcomers(crowded)
        if len(waiting) <= own + 1:
            raise Busy(self._retry_after())
        self._leave(crowded, waiting[-1])
        waiting[-1].set_exception(Busy(self._retry_after()))

    def _release(self, key: str | None) -> None:
        """Take a turn back and give it to the next."""
        self._at_work[key] -= 1
        if not self._at_work[key]:
            del self._at_work[key]
        while self._queues and self.working < self._limits.concurrent:
            # Of several the first: the key whose last turn is longest ago.
            chosen = min(self._queues, key=lambda each: self._at_work[each])
            queue = self._queues.pop(chosen)
            place = queue.popleft()
            if queue:
                self._queues[chosen] = queue
            if not place.done():
                self._at_work[chosen] += 1
                place.set_result(None)

    def _newcomers(self, key: str | None) -> list[asyncio.Future[None]]:
        """Return those of this key who wait and never had a turn."""
        return [place for place in self._queues.get(key, ()) if place not in self._shared]

    def _leave(self, key: str | None, place: asyncio.Future[None]) -> None:
        self._queues[key].remove(place)
        if not self._queues[key]:
            del self._queues[key]

    def _retry_after(self) -> int:
        """Return when those who wait now should have had their turn, in whole seconds and rather too soon."""
        return max(1, min(60, math.floor(self._usual_s * self.waiting / self._limits.concurrent)))


@dataclass(slots=True)
class Turn:
    """A turn of a request, as `Turns.turn` gives it.

    Attributes
    ----------
    key
        Whose request it is.
    held
        Whether it is at work; not while it gives way to others.
    """

    turns: Turns
    key: str | None
    held: bool = True

    async def give_way(self) -> None:
        """Let other keys that wait have a turn before a long request goes on.

        It then waits for as long as it takes: what it has done already would be lost otherwise.
        """
        await self.turns._give_way(self)
