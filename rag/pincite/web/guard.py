"""What a request passes on every server before anything else sees it."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException

from pincite.web.limits import ConnectionLimits
from pincite.web.listening import host_name

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

CHANGES_NOTHING = frozenset({"GET", "HEAD"})
NOSNIFF = (b"x-content-type-options", b"nosniff")
_ONCE = ("authorization", "content-length", "content-type", "host", "origin", "sec-fetch-site", "transfer-encoding")
"""Headers that may not come twice: one reader takes the first, another the last."""


class Guard(ABC):
    """Lets through what is HTTP; each server says in a class of its own what a request has to pass then.

    Parameters
    ----------
    names
        Names under which the server may be addressed, so that no other site's name can be pointed at it; any if empty.
    """

    def __init__(self, app: Any, *, names: Iterable[str]) -> None:
        self._app, self._names = app, frozenset(names)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request, or whatever else the server is told."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif scope["type"] == "http":
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
            await self._serve(scope, headers, receive, send)
        else:
            await self._app(scope, receive, send)

    @abstractmethod
    async def _serve(self, scope: Message, headers: dict[str, str], receive: Receive, send: Send) -> None:
        """Answer one request; of a header that came twice ``headers`` holds the last."""

    def _check_addressed(self, scope: Message, headers: Mapping[str, str]) -> None:
        """Refuse a request that can be read in two ways, or is for another server.

        Raises
        ------
        HTTPException
            A header came twice that may not, or the server does not answer to this name.
        """
        given = [name.lower() for name, _ in scope["headers"]]
        if any(given.count(name.encode()) > 1 for name in _ONCE):
            raise HTTPException(400, "one header came twice: send it once")
        if self._names and host_name(headers.get("host", "")) not in self._names:
            raise HTTPException(421, "this server answers only to 127.0.0.1 and localhost")


def is_from_elsewhere(method: str, headers: Mapping[str, str]) -> bool:
    """Tell whether another site's page, or another port's, makes a request; following a link to ours is none.

    Examples
    --------
    >>> is_from_elsewhere("POST", {"host": "localhost:8000", "origin": "http://localhost:3000"})
    True
    >>> is_from_elsewhere("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"})
    False
    """
    if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return not (method == "GET" and headers.get("sec-fetch-mode") == "navigate")
    origin = headers.get("origin")
    return method not in CHANGES_NOTHING and origin is not None and urlsplit(origin).netloc != headers.get("host", "")


def bounded(
    receive: Receive, headers: Mapping[str, str], most: int, *, limits: ConnectionLimits | None = None
) -> Receive:
    """Return a receive that refuses a body that is too large or too slow, for what reads the body to pass on.

    Parameters
    ----------
    most
        Largest body, in bytes.
    limits
        How long it may take; without them the connection alone sees to that.
    """
    length = headers.get("content-length", "")
    too_large = HTTPException(413, f"expected a body of at most {most:,} bytes: send less at once")
    arrived, waited, whole = 0, 0.0, False

    async def receive_bounded() -> Message:
        nonlocal arrived, waited, whole
        if whole:
            return await receive()
        if length.isdigit() and int(length) > most:
            raise too_large
        began = time.monotonic()
        try:
            async with asyncio.timeout(None if limits is None else limits.body_allowance(arrived) - waited):
                message = await receive()
        except TimeoutError as error:
            raise HTTPException(
                408, "the body did not arrive in time: send it faster", {"Connection": "close"}
            ) from error
        waited += time.monotonic() - began
        if message["type"] == "http.request":
            arrived += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if arrived > most:
                raise too_large
        return message

    return receive_bounded


def with_headers(send: Send, headers: Callable[[int], Iterable[tuple[bytes, bytes]]]) -> Send:
    """Return a send that adds headers to a response, which may depend on its status."""

    async def send_with(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *headers(message["status"])]
        await send(message)

    return send_with
