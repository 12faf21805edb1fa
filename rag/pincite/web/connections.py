"""The open connections of a server: how many there may be, and how long each may keep it waiting."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterable
from typing import Protocol

from pincite.web.limits import ConnectionLimits

SPARE = 64
"""Connections above the limit that are told so at the same time; for any more the oldest is cut off without a word."""


class Connection(Protocol):
    """A connection, as `Connections` sees it."""

    @property
    def address(self) -> str:
        """Where it comes from, without the port."""

    @property
    def expendable(self) -> bool:
        """Whether it may be closed for another: for a moment nothing was asked on it that is not answered."""

    def turn_away(self) -> None:
        """Answer whatever is asked with status 429, and end."""

    def cut(self) -> None:
        """End at once."""

    def check(self, now: float) -> None:
        """End if it has kept the server waiting for too long; ``now`` is of the monotonic clock."""


class Connections:
    """Lets connections in, and ends those that are too slow.  For one event loop.

    Where there is no room, the oldest connection on which no request is being answered gives way: one that is kept
    open for later, or has not yet sent the whole head of a request.  So whoever opens many and sends nothing keeps
    nobody out.
    """

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._open: dict[Connection, None] = {}
        """Those let in, the oldest first."""
        self._turned_away: dict[Connection, None] = {}
        self._addresses: Counter[str] = Counter()
        self._next_look: asyncio.TimerHandle | None = None
        self._look_every_s = max(0.02, min(1.0, limits.head_s / 4, limits.body_s / 4, limits.send_s / 4))

    def __len__(self) -> int:
        """Return how many are open."""
        return len(self._open) + len(self._turned_away)

    def enter(self, connection: Connection) -> None:
        """Take a connection in, or turn it away."""
        alike = (each for each in self._open if each.address == connection.address)
        if self._has_room(self._addresses[connection.address], self.limits.connections_per_address, alike) and (
            self._has_room(len(self._open), self.limits.connections, self._open)
        ):
            self._open[connection] = None
            self._addresses[connection.address] += 1
        else:
            if len(self._turned_away) >= SPARE:
                oldest = next(iter(self._turned_away))
                self.leave(oldest)
                oldest.cut()
            self._turned_away[connection] = None
            connection.turn_away()
        if self._next_look is None:
            self._look_later()

    def leave(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        self._turned_away.pop(connection, None)
        if connection in self._open:
            del self._open[connection]
            self._addresses[connection.address] -= 1
            if not self._addresses[connection.address]:
                del self._addresses[connection.address]

    def _has_room(self, held: int, most: int, among: Iterable[Connection]) -> bool:
        if held < most:
            return True
        oldest = next((each for each in among if each.expendable), None)
        if oldest is None:
            return False
        self.leave(oldest)
        oldest.cut()
        return True

    def _look_later(self) -> None:
        self._next_look = asyncio.get_running_loop().call_later(self._look_every_s, self._look)

    def _look(self) -> None:
        now = time.monotonic()
        for connection in [*self._open, *self._turned_away]:
            connection.check(now)
        self._next_look = None
        if len(self):
            self._look_later()
