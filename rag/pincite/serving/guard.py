"""What every request to the API passes before anything else sees it, and what is noted of it afterwards."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from pincite.errors import PinciteError
from pincite.serving.logs import current_request
from pincite.serving.service import Service
from pincite.serving.upload_jobs import Room
from pincite.web.guard import (
    CHANGES_NOTHING,
    NOSNIFF,
    Guard,
    Message,
    Receive,
    Send,
    bounded,
    is_from_elsewhere,
    with_headers,
)
from pincite.web.limits import Busy, neighbourhood
from pincite.web.problems import describe, respond

logger = logging.getLogger(__name__)

OPEN = frozenset({"/healthz", "/readyz", "/openapi.json"})
"""Paths that need no key."""
UPLOAD = "/v1/documents"
METRICS = "/metrics"

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class KeyGuard(Guard):
    """Checks host, origin, key and size of every request, gives it an id, and counts and logs it."""

    def __init__(self, app: Any, service: Service, *, names: Iterable[str]) -> None:
        super().__init__(app, names=names)
        self._service = service

    async def _serve(self, scope: Message, headers: dict[str, str], receive: Receive, send: Send) -> None:
        given = headers.get("x-request-id", "")
        identifier = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        scope["state"] = {**scope.get("state", {}), "request_id": identifier}
        marked = current_request.set(identifier)
        started = time.perf_counter()
        status = 500

        def added(answered: int) -> Iterable[tuple[bytes, bytes]]:
            nonlocal status
            status = answered
            close = [(b"connection", b"close")] if self._service.ending else []
            return [(b"x-request-id", identifier.encode()), NOSNIFF, *close]

        send_marked = with_headers(send, added)
        limits = self._service.limits
        most = limits.upload_bytes if scope["path"] == UPLOAD else limits.body_bytes
        counted = scope["path"] not in OPEN
        self._service.running += counted
        try:
            refusal = self._misaddressed(scope, headers, identifier) or self._refusal(scope, headers, identifier)
            if refusal is None:
                try:
                    with self._room(scope) as room:
                        scope["state"]["room"] = room
                        await self._app(scope, bounded(receive, headers, most, limits=limits), send_marked)
                except Busy as error:
                    refusal = failed(error, identifier, self._service.told)
            if refusal is not None:
                await refusal(scope, receive, send_marked)
        except Exception as error:
            # The application has answered with status 500 already, or broke off in mid-stream.
            logger.error("request failed", exc_info=error)
        finally:
            self._service.running -= counted
            self._note(scope, status, time.perf_counter() - started)
            current_request.reset(marked)

    def _misaddressed(self, scope: Message, headers: dict[str, str], identifier: str) -> Response | None:
        try:
            self._check_addressed(scope, headers)
        except HTTPException as error:
            return failed(error, identifier, self._service.told)
        return None

    def _refusal(self, scope: Message, headers: dict[str, str], identifier: str) -> Response | None:
        """Return why a request is not served, and let one that is into its collection."""
        service, path = self._service, scope["path"]
        if path in OPEN:
            return None
        if service.ending:
            return respond(503, "the server is ending: try another, or later", identifier, {"Retry-After": "5"})
        if service.keys is None:
            if scope["method"] not in CHANGES_NOTHING and is_from_elsewhere(scope["method"], headers):
                return respond(403, "a page of another site may not use this server", identifier)
            scope["state"]["collection"] = service.default
            return None
        kind, _, secret = headers.get("authorization", "").partition(" ")
        try:
            key = service.keys.holder(secret.strip()) if kind.lower() == "bearer" else None
        except (PinciteError, OSError) as error:
            logger.error("the keys cannot be read", exc_info=error)
            return respond(503, "the keys cannot be read: see the server's log", identifier)
        if key is None:
            said = "expected a valid key in the header `Authorization: Bearer KEY`"
            return respond(401, said, identifier, {"WWW-Authenticate": "Bearer"})
        if key.metrics != (path == METRICS):
            kind = "the metrics alone" if key.metrics else "a collection, not the metrics, which are those of all keys"
            return respond(403, f"this key opens {kind}: ask with another", identifier)
        scope["state"]["key"] = key.name
        if not key.metrics:
            # A key without a collection is a token, which opens the one that there is.
            named = service.collections.named
            scope["state"]["collection"] = service.default if key.collection is None else named(key.collection)
        return None

    def _room(self, scope: Message) -> AbstractContextManager[Room | None]:
        """Return what holds room for an upload, before any of it is read."""
        if scope["path"] != UPLOAD or scope["method"] != "POST":
            return nullcontext()
        address = (scope.get("client") or ("",))[0]
        return self._service.uploads.room(scope["state"].get("key"), neighbourhood(address))

    def _note(self, scope: Message, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "other")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._service.metrics.request(method, route, status, seconds)
        state = scope["state"]
        fields = {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
        fields |= {name: state[name] for name in ("key", "texts") if name in state}
        logger.info("request", extra={"fields": fields})


def failed(error: Exception, identifier: str, told: Callable[[str], str]) -> Response:
    """Return the answer to a request that met a fault; see `describe`."""
    status, message, headers = describe(error, told)
    return respond(status, message, identifier, headers)
