"""Running an application until the process is told to end, and then until what it began is finished."""

from __future__ import annotations

import asyncio
import socket
from types import FrameType
from typing import Any, Protocol

import uvicorn

from pincite.web.connections import Connections
from pincite.web.http_protocol import Config
from pincite.web.limits import ConnectionLimits, Limits

_LOOK_EVERY_S = 0.05


class Served(Protocol):
    """What a server keeps of how it stands, as its end asks for it."""

    ending: bool
    running: int
    limits: Limits
    connections: Connections

    def end(self) -> None:
        """Take no more requests, and have what runs finished in time."""


class _Server(uvicorn.Server):
    """A server that on the first signal refuses what comes, finishes what runs, and then ends with status 0."""

    def __init__(self, config: uvicorn.Config, service: Served) -> None:
        super().__init__(config)
        self._service = service
        self._draining: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self._service.ending or self._loop is None:
            self.should_exit = self.force_exit = True
            return
        self._service.end()
        self._loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        self._draining = asyncio.create_task(self._finish())

    async def _finish(self) -> None:
        try:
            async with asyncio.timeout(self._service.limits.grace_s):
                while self._service.running:
                    await asyncio.sleep(_LOOK_EVERY_S)
        except TimeoutError:
            pass
        self.should_exit = True


def serve(application: Any, service: Served, listening: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT, then finish what runs, for up to ``grace_s`` seconds; a second signal ends it now.

    Until it ends it goes on listening: what comes is refused with status 503, and ``/readyz`` says so.
    """
    config = configured(application, service.connections, lifespan="on", server_header=False)
    _Server(config, service).run(sockets=[listening])


def serve_alone(application: Any, listening: socket.socket, limits: ConnectionLimits | None = None) -> None:
    """Serve an application that guards itself until SIGTERM or SIGINT; what runs then has five seconds."""
    config = configured(application, Connections(limits or ConnectionLimits()))
    uvicorn.Server(config).run(sockets=[listening])


def configured(application: Any, connections: Connections, **options: Any) -> uvicorn.Config:
    """Return how an application is served: on bounded connections, and without uvicorn's own logs."""
    return Config(application, connections, log_config=None, access_log=False, timeout_graceful_shutdown=5, **options)
