"""From what was raised to what is answered: status, type and one line."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from pincite.errors import (
    EncoderError,
    GeneratorError,
    IndexLocked,
    IndexNotFound,
    PinciteError,
    QuestionError,
    SpanError,
    UnknownDocument,
    UnusableIndex,
)
from pincite.web.limits import Busy, StorageFull

logger = logging.getLogger(__name__)

TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    421: "misdirected_request",
    422: "invalid_request_error",
    429: "rate_limit_error",
    503: "unavailable",
}
"""What an error is called by its status; all others are ``server_error``."""

# The first that fits; a message of these is for the asker, of the others for the log.
_STATUSES: tuple[tuple[type[PinciteError], int], ...] = (
    (UnknownDocument, 404),
    (IndexNotFound, 409),
    (IndexLocked, 409),
    (QuestionError, 422),
    (SpanError, 422),
    (StorageFull, 413),
)
_HIDDEN: tuple[tuple[type[PinciteError], str], ...] = (
    (UnusableIndex, "the index cannot be used: see the server's log"),
    (EncoderError, "the encoder failed: see the server's log"),
    (GeneratorError, "the language model failed: see the server's log"),
)
_DESCRIPTIONS = {
    400: "The body cannot be read.",
    401: "No valid key was given.",
    403: "The request comes from another site.",
    404: "There is no such thing, or not for this key.",
    405: "This path does not take this method.",
    408: "The body did not arrive in time.",
    409: "There are no documents yet, or another process is changing them.",
    413: "The body is too large, or there is no room for what it holds until documents are removed.",
    421: "The server is not addressed by this name.",
    422: "The request is not what it should be.",
    429: "Too many requests at once; `Retry-After` says when to try again, in seconds.",
    500: "A fault of the server.",
    503: "The server is ending, or cannot use its index.",
}


class ProblemBody(BaseModel):
    """What went wrong, in one line that says what to do."""

    message: str
    type: str
    request_id: str


class ErrorBody(BaseModel):
    """Every error of the server, also in the shape that OpenAI's clients read."""

    error: ProblemBody


def problem(message: str, kind: str, request_id: str) -> dict[str, Any]:
    """Return an error as JSON holds it."""
    return {"error": {"message": message, "type": kind, "request_id": request_id}}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return responses for OpenAPI: those that any request may meet, and these."""
    found: dict[int | str, dict[str, Any]] = {}
    for status in sorted({400, 401, 403, 408, 413, 421, 422, 429, 500, 503, *statuses}):
        found[status] = {"model": ErrorBody, "description": _DESCRIPTIONS[status]}
    retry = {"description": "Seconds after which to try again.", "schema": {"type": "integer"}}
    found[429]["headers"] = {"Retry-After": retry}
    return found


def request_id(request: Request) -> str:
    """Return the id that the guard gave the request."""
    found: str = request.scope.get("state", {}).get("request_id", "")
    return found


def respond(status: int, message: str, identifier: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return an error in the one shape that all have."""
    body = problem(message, TYPES.get(status, "server_error"), identifier)
    return JSONResponse(body, status, dict(headers or {}))


def describe(error: Exception, told: Callable[[str], str] = str) -> tuple[int, str, dict[str, str]]:
    """Return status, line and headers of what was raised; a text from the asker is never repeated in a header.

    Parameters
    ----------
    told
        Takes out of a message what is not for the asker; see `Service.told`.
    """
    if isinstance(error, Busy):
        return 429, str(error), {"Retry-After": str(error.retry_after)}
    if isinstance(error, HTTPException):
        return error.status_code, told(str(error.detail)), dict(error.headers or {})
    if isinstance(error, RequestValidationError):
        return 422, _wrong(error.errors()), {}
    for kind, status in _STATUSES:
        if isinstance(error, kind):
            return status, told(str(error)), {}
    for kind, message in _HIDDEN:
        if isinstance(error, kind):
            return 503, message, {}
    return 500, "the server failed: tell its keeper the request's id", {}


def add_handlers(app: FastAPI, told: Callable[[str], str]) -> None:
    """Let every error leave in the same shape, without what `told` takes out."""

    async def handle(request: Request, error: Exception) -> Response:
        status, message, headers = describe(error, told)
        if status >= 500 and not isinstance(error, HTTPException):
            logger.error("request failed", exc_info=error)
        return respond(status, message, request_id(request), headers)

    for kind in (Busy, HTTPException, RequestValidationError, PinciteError):
        app.add_exception_handler(kind, handle)


def _wrong(errors: Iterable[Mapping[str, Any]]) -> str:
    """Return the first few complaints in one line, without what was sent."""
    said = []
    for error in list(errors)[:3]:
        place = ".".join(str(part) for part in error["loc"] if part != "body")
        message = error["msg"].removeprefix("Value error, ")
        said.append(f"{place}: {message}" if place else message)
    return "; ".join(said) or "the request is not what it should be"
