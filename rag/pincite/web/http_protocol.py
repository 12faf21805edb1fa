"""HTTP as uvicorn speaks it, with time limits for whoever sends or takes slowly.

Uvicorn bounds the time between two requests alone: a head or a body may take for ever, and so may the reading of a
response.  Here each part of a request has a limit, and each connection is counted.
"""

from __future__ import annotations

import asyncio
import socket
import time
import uuid
from collections.abc import MutableMapping
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from pincite.web.connections import Connections
from pincite.web.limits import Busy, neighbourhood
from pincite.web.problems import describe, respond

_SLACK_S = 1.0
"""What the connection bears beyond the limit for bodies: the application, which answers in its own words, is first."""
_RETRY_AFTER_S = 5
_UNREAD_BYTES = 262_144
"""How much of its answers the system holds for a client that does not take them; then the next request has to wait."""
_YOUNG_S = 0.25
"""For this long a connection gives way to none: what was asked on it may have arrived and not been read yet."""


class Config(uvicorn.Config):
    """A configuration whose connections are bounded and counted.

    Parameters
    ----------
    connections
        Where each connection is entered.
    """

    def __init__(self, application: Any, connections: Connections, **options: Any) -> None:
        super().__init__(
            application,
            http=BoundedProtocol,
            # Nothing of ours speaks WebSocket, whose own protocol would take a connection out of these limits.
            ws="none",
            timeout_keep_alive=connections.limits.idle_s,  # type: ignore[arg-type]
            **options,
        )
        self.connections = connections


class _Flow(FlowControl):
    """Notes for how long it was we who did not read."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__(transport)
        self._paused_s = 0.0
        self._paused_at = 0.0

    def pause_reading(self) -> None:
        if not self.read_paused:
            self._paused_at = time.monotonic()
        super().pause_reading()

    def resume_reading(self) -> None:
        if self.read_paused:
            self._paused_s += time.monotonic() - self._paused_at
        super().resume_reading()

    def paused_s(self, now: float) -> float:
        """Return the seconds in which nothing was read, since the connection was made."""
        return self._paused_s + (now - self._paused_at if self.read_paused else 0.0)


class BoundedProtocol(H11Protocol):
    """One connection; see `pincite.web.connections.Connection`."""

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        assert isinstance(config, Config)
        self._all = config.connections
        self._limits = config.connections.limits
        self.address = ""
        self._head_since: float | None = None
        self._body_of: Any = None
        """The request whose body is arriving."""
        self._body_since = 0.0
        self._arrived = 0
        self._free_since = time.monotonic()
        """Since when nothing was asked that is not answered; it says nothing while something is."""
        self._stuck_since: float | None = None
        self._stuck_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection in."""
        super().connection_made(transport)
        self.flow: _Flow = _Flow(transport)
        self.address = neighbourhood(self.client[0]) if self.client else ""
        self._head_since = time.monotonic()
        taken = transport.get_extra_info("socket")
        if taken is not None and taken.family in {socket.AF_INET, socket.AF_INET6}:
            # A peer that went away without a word is found out in the end.
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            # Else the system takes megabytes for a client that reads nothing, and request after request is answered.
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _UNREAD_BYTES)
        self._all.enter(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        super().connection_lost(exc)
        self._all.leave(self)

    def data_received(self, data: bytes) -> None:
        """Take in a piece of a request."""
        self._arrived += len(data)
        if self._head_since is None and self.conn.their_state is h11.IDLE:
            self._head_since = time.monotonic()
        super().data_received(data)
        self._follow(len(data))

    def on_response_complete(self) -> None:
        """Go on to the next request."""
        self._free_since = time.monotonic()
        super().on_response_complete()
        self._follow(0)

    def _follow(self, n_bytes: int) -> None:
        """Note which part of a request the client owes us."""
        state = self.conn.their_state
        if state is not h11.IDLE:
            self._head_since = None
        if state is not h11.SEND_BODY:
            self._body_of = None
        elif self._body_of is not self.cycle:
            self._body_of, self._arrived = self.cycle, n_bytes
            now = time.monotonic()
            self._body_since = now - self.flow.paused_s(now)

    @property
    def expendable(self) -> bool:
        """Whether for a moment nothing was asked that is not answered."""
        answering = self.cycle is not None and not self.cycle.response_complete
        return (
            not answering
            and not self.transport.get_write_buffer_size()
            and time.monotonic() - self._free_since > _YOUNG_S
        )

    def turn_away(self) -> None:
        """Answer whatever is asked with status 429."""
        self.app = _turned_away

    def cut(self) -> None:
        """End at once."""
        self.transport.abort()

    def check(self, now: float) -> None:
        """End if the client has kept us waiting for too long."""
        if self.transport.is_closing() or self.flow.write_paused:
            self._check_taking(now)
            return
        self._stuck_since = None
        if self._head_since is not None:
            if now - self._head_since > self._limits.head_s:
                self._give_up("the head of the request did not arrive in time")
        elif self._body_of is not None:
            if self.cycle.response_complete:
                # What nobody will read is still taken for a while, so that the client comes to read why.
                if now - max(self._free_since, self._body_since) > self._limits.body_s:
                    self.cut()
            else:
                waited = now - self._body_since - self.flow.paused_s(now)
                if waited > self._limits.body_allowance(self._arrived) + _SLACK_S:
                    self._give_up("the body did not arrive in time: send it faster")

    def _check_taking(self, now: float) -> None:
        """End if the client does not take what it was sent."""
        left = self.transport.get_write_buffer_size()
        if self._stuck_since is None:
            self._stuck_since, self._stuck_bytes = now, left
            return
        seconds = now - self._stuck_since
        if seconds > self._limits.send_s:
            if self._stuck_bytes - left < self._limits.send_rate * seconds:
                self.cut()
            self._stuck_since, self._stuck_bytes = now, left

    def _give_up(self, why: str) -> None:
        """Say that the client was too slow, where an answer can be said, and end."""
        answering = self.cycle is not None and not self.cycle.response_complete
        if self._arrived and not (answering and self.cycle.response_started):
            said = respond(408, why, uuid.uuid4().hex, {"Connection": "close"})
            head = b"".join(b"%s: %s\r\n" % pair for pair in said.raw_headers)
            self.transport.write(b"HTTP/1.1 408 Request Timeout\r\n" + head + b"\r\n" + bytes(said.body))
        if answering:
            # Whatever the application may still say would come too late.
            self.cycle.disconnected = True
        self.transport.close()


async def _turned_away(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
    """Answer on a connection that there is no room for."""
    status, message, headers = describe(Busy(_RETRY_AFTER_S))
    await respond(status, message, uuid.uuid4().hex, {**headers, "Connection": "close"})(scope, receive, send)
