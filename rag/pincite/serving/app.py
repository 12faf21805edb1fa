"""The application: all routes behind the guard, and the page beside them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response

from pincite.serving.guard import OPEN, KeyGuard, failed
from pincite.serving.request_work import ClientGone
from pincite.serving.routes import asking, chatting, documents, health
from pincite.serving.service import Service
from pincite.web.listening import names_served
from pincite.web.problems import add_handlers, request_id

_SILENT: dict[str, Any] = dict.fromkeys(("tracing", "metrics", "logs", "operation_spans", "auto_configure"), False)
"""FastAPI's own OpenTelemetry, which would record what was asked."""

ROUTERS = (asking.router, chatting.router, documents.router, health.router)
API = ("/v1/", "/healthz", "/readyz", "/metrics", "/openapi.json")


def make_api(service: Service) -> FastAPI:
    """Return the routes and their OpenAPI schema, without the guard."""

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncGenerator[None, None]:
        async with AsyncExitStack() as stack:
            if app.state.page is not None:
                await stack.enter_async_context(app.state.page.router.lifespan_context(app.state.page))
            yield
            await asyncio.to_thread(service.finish_uploads)

    api = FastAPI(
        title="Pincite",
        summary="Ask your documents; every answer is pinned to the exact characters it came from.",
        version=version("pincite"),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=living,
        telemetry=_SILENT,  # type: ignore[arg-type]
    )
    api.state.service, api.state.page = service, None
    for router in ROUTERS:
        api.include_router(router)
    add_handlers(api, service.told)

    @cache
    def schema() -> bytes:
        return json.dumps(api.openapi(), ensure_ascii=False, separators=(",", ":")).encode()

    @api.get("/openapi.json", include_in_schema=False)
    async def tell_schema() -> Response:
        # FastAPI would write it anew each time: a long answer, for anybody, and in the event loop.
        return Response(schema(), media_type="application/json")

    async def left(_request: Request, _error: Exception) -> Response:
        return Response(status_code=499)  # nobody reads it

    async def fault(request: Request, error: Exception) -> Response:
        return failed(error, request_id(request), service.told)

    async def wrong_method(request: Request, _error: Exception) -> Response:
        allowed = {"Allow": ", ".join(sorted(_methods(request.url.path)))}
        return failed(HTTPException(405, "Method Not Allowed", allowed), request_id(request), service.told)

    api.add_exception_handler(405, wrong_method)
    api.add_exception_handler(ClientGone, left)
    api.add_exception_handler(Exception, fault)
    if service.keys is not None:
        _need_keys(api)
    return api


def make_app(service: Service, *, host: str, page: FastAPI | None = None) -> Any:
    """Return the ASGI application of a server.

    Parameters
    ----------
    host
        Address that it listens on: on loopback and without keys it answers to loopback's names only.
    page
        Serves every path that is not the API's, with a guard of its own.
    """
    api = make_api(service)
    api.state.page = page
    # With keys a page of another site can do nothing, and a proxy may pass on whatever name it is known by.
    guarded = KeyGuard(api, service, names=names_served(host) if service.keys is None else ())
    return guarded if page is None else _Beside(guarded, page)


class _Beside:
    """Sends each request to the API or to the page, by its path."""

    def __init__(self, api: Any, page: Any) -> None:
        self._api, self._page = api, page

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        ours = scope["type"] == "lifespan" or any(
            path.startswith(each) if each.endswith("/") else path == each for each in API
        )
        await (self._api if ours else self._page)(scope, receive, send)


def _methods(path: str) -> set[str]:
    """Return all methods that a path takes; FastAPI tells those of one of its operations only."""
    found: set[str] = set()
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute) and route.path_regex.match(path):
                found |= route.methods or set()
    return found


def _need_keys(api: FastAPI) -> None:
    """Have the schema say which operations need a key; the guard asks for it."""
    plain = api.openapi

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            schema = plain()
            schemes = schema.setdefault("components", {}).setdefault("securitySchemes", {})
            schemes["key"] = {"type": "http", "scheme": "bearer", "description": "Made by `pincite key create`."}
            for path, operations in schema["paths"].items():
                if path not in OPEN:
                    for operation in operations.values():
                        operation["security"] = [{"key": []}]
        assert api.openapi_schema is not None
        return api.openapi_schema

    api.openapi = openapi  # type: ignore[method-assign]
