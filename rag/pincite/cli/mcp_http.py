"""The tools of the Model Context Protocol behind the guard and the keys of ``pincite serve``."""

from __future__ import annotations

from collections.abc import MutableMapping
from contextvars import ContextVar
from socket import socket
from typing import Any

from pincite.connecting.mcp_server import make_http_app
from pincite.serving.collections import Collection
from pincite.serving.guard import KeyGuard
from pincite.serving.service import Service
from pincite.web.listening import names_served
from pincite.web.server import serve

_asked: ContextVar[Collection] = ContextVar("pincite_collection")
"""What a request was let into."""


def serve_http(service: Service, listening: socket, *, host: str) -> None:
    """Serve streamable HTTP at ``/mcp`` until the process is told to end; see `guarded_tools`."""
    serve(guarded_tools(service, host=host, port=listening.getsockname()[1]), service, listening)


def guarded_tools(service: Service, *, host: str, port: int) -> Any:
    """Return the ASGI application of a server of the tools, behind the guard of ``pincite serve``.

    With keys a request needs one, and each key asks its own collection.  Without keys, requests that name another
    host than this machine, or come from a page of another origin, are refused: a page in a browser may reach the port,
    through a name that it has made to point here.
    """
    names = names_served(host) if service.keys is None else frozenset()
    application = make_http_app(
        lambda: _asked.get().assistant, told=service.told, addresses=[f"{name}:{port}" for name in names]
    )

    async def asked(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and "collection" in scope["state"]:
            _asked.set(scope["state"]["collection"])
        await application(scope, receive, send)

    return KeyGuard(asked, service, names=names)
