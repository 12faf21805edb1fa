"""What every request to the page passes before anything else sees it."""

from __future__ import annotations

import base64
import binascii
import hmac
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fastapi import Response
from starlette.exceptions import HTTPException
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse

from pincite.web.guard import (
    NOSNIFF,
    Guard,
    Message,
    Receive,
    Send,
    bounded,
    is_from_elsewhere,
    with_headers,
)
from pincite.web.guesses import Guesses
from pincite.web.limits import neighbourhood
from pincite_ui import admission, event_bodies
from pincite_ui.arrivals import Arrivals
from pincite_ui.cookies import Cookies

MAX_REQUEST_BYTES = 600_000_000
YEAR_S = 31_536_000

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; connect-src 'self'; "
    "frame-src 'self' blob:; worker-src 'self' blob:; form-action 'self'; base-uri 'self'; object-src 'none'; "
    "frame-ancestors 'self'"
)
"""What the browser may load: nothing from another host.  Gradio's templates need inline scripts and ``eval``."""

_CHALLENGE = 'Basic realm="Pincite", charset="UTF-8"'


class VisitorGuard(Guard):
    """Checks every request, gives a new browser its cookie, and passes on only what is the visitor's own.

    Parameters
    ----------
    cookies
        Makes and recognises the cookies.
    arriving
        The folder of all uploads that no event has taken yet.
    password
        Asked for by HTTP Basic authentication, under any name; ``None`` for none.
    names
        As of `Guard`.
    """

    def __init__(
        self, app: Any, *, cookies: Cookies, arriving: Path, password: str | None, names: Iterable[str]
    ) -> None:
        super().__init__(app, names=names)
        self._password = password
        self._cookies, self._arriving = cookies, arriving
        self._guesses = Guesses()

    async def _serve(self, scope: Message, headers: dict[str, str], receive: Receive, send: Send) -> None:
        held = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"cookie"]
        cookies = cookie_parser("; ".join(held))
        visitor_id, fresh = self._cookies.visitor_id(cookies), False
        try:
            self._check(scope, headers, visitor_id)
            if visitor_id is None and scope["method"] == "GET" and scope["path"] == "/":
                visitor_id, fresh = self._cookies.claimed(cookies) or self._cookies.new_id(), True
            if admission.is_a_visitors(scope["path"]):
                if visitor_id is None:
                    raise HTTPException(403, "the page's cookie is missing or not this server's: reload the page")
                receive = await self._owned(scope, receive, headers, visitor_id)
        except HTTPException as refused:
            answer: Response = PlainTextResponse(refused.detail, refused.status_code, headers=refused.headers)
            await answer(scope, receive, send)
            return
        self._keep_cookie(scope, visitor_id)

        def added(status: int) -> Iterable[tuple[bytes, bytes]]:
            yield b"content-security-policy", POLICY.encode()
            yield NOSNIFF
            yield b"referrer-policy", b"no-referrer"
            if scope["path"].startswith("/assets/") and status == 200:
                # Their names change with their content.
                yield b"cache-control", f"private, max-age={YEAR_S}, immutable".encode()
            if fresh and visitor_id is not None:
                # Lax: a link from elsewhere opens the page as its visitor, not as a new one who takes their place.
                value = f"{self._cookies.name}={self._cookies.value(visitor_id)}"
                yield b"set-cookie", f"{value}; Path=/; Max-Age={YEAR_S}; HttpOnly; SameSite=Lax".encode()

        await self._app(scope, receive, with_headers(send, added))

    def _check(self, scope: Message, headers: dict[str, str], visitor_id: str | None) -> None:
        """Refuse what is not for this server, too large, without the password, not needed, or another site's.

        Raises
        ------
        HTTPException
            It is.
        """
        self._check_addressed(scope, headers)
        length = headers.get("content-length", "")
        if "transfer-encoding" in headers:
            raise HTTPException(411, "say how long the request is")
        if length.isdigit() and int(length) > MAX_REQUEST_BYTES:
            raise HTTPException(413, f"more than {MAX_REQUEST_BYTES // 1_000_000} MB at once: send less")
        if self._password:
            client = scope.get("client") or ("",)
            self._ask(headers.get("authorization", ""), client[0], visitor_id)
        if not admission.is_needed(scope["method"], scope["path"]):
            raise HTTPException(404, "this page has no such address")
        if is_from_elsewhere(scope["method"], headers):
            raise HTTPException(403, "refused: asked for by another site's page")

    def _ask(self, authorization: str, address: str, visitor_id: str | None) -> None:
        """Let nobody pass without the password, and nobody try many.

        Raises
        ------
        HTTPException
            The password is missing or wrong, or wrong ones came before and it is too early for another.
        """
        asked = HTTPException(401, "a password is needed", {"WWW-Authenticate": _CHALLENGE})
        kind, _, held = authorization.partition(" ")
        try:
            given = base64.b64decode(held, validate=True).partition(b":")[2]
        except (ValueError, binascii.Error):
            given = b""
        if kind.lower() != "basic" or not given:
            raise asked
        # Only the right password ever got such a cookie: others' wrong guesses do not hold up who has one.
        known = visitor_id is not None
        source = f"visitor {visitor_id}" if known else neighbourhood(address)
        wait = math.ceil(self._guesses.wait(source, known=known))
        if wait:
            said = f"too many wrong passwords: wait {wait} seconds, then reload the page"
            raise HTTPException(429, said, {"Retry-After": str(wait)})
        assert self._password is not None
        if not hmac.compare_digest(given, self._password.encode()):
            self._guesses.wrong(source, known=known)
            raise asked
        self._guesses.right(source)

    async def _owned(self, scope: Message, receive: Receive, headers: dict[str, str], visitor_id: str) -> Receive:
        """Turn a request into one that can reach nothing but this visitor's.

        Raises
        ------
        HTTPException
            It asks for something else, or is not what the page sends.
        """
        name = admission.api_name(scope["path"]) or ""
        if name in admission.EVENTS:
            if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
                raise HTTPException(415, "expected an event in JSON")
            body = await _whole(bounded(receive, headers, admission.MAX_EVENT_BYTES))
            passed = event_bodies.event(name, body, visitor_id, Arrivals(self._arriving / visitor_id))
            scope["headers"] = [pair for pair in scope["headers"] if pair[0].lower() != b"content-length"]
            scope["headers"].append((b"content-length", str(len(passed)).encode()))
            return _given_again(passed, receive)
        if name == admission.STREAM:
            scope["query_string"] = event_bodies.stream(scope["query_string"], visitor_id)
        elif name.startswith(admission.HEARTBEAT):
            session = event_bodies.session_of(visitor_id, name.removeprefix(admission.HEARTBEAT))
            scope["path"] = f"{admission.API}{admission.HEARTBEAT}{session}"
            scope["raw_path"] = scope["path"].encode()
        return receive

    def _keep_cookie(self, scope: Message, visitor_id: str | None) -> None:
        """Leave of all cookies the one that was recognised, so that nobody behind reads another out of them."""
        scope["headers"] = [pair for pair in scope["headers"] if pair[0].lower() != b"cookie"]
        if visitor_id is not None:
            kept = f"{self._cookies.name}={self._cookies.value(visitor_id)}"
            scope["headers"].append((b"cookie", kept.encode()))


async def _whole(receive: Receive) -> bytes:
    """Return the body of an event.

    Raises
    ------
    HTTPException
        It is too large.
    """
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def _given_again(body: bytes, receive: Receive) -> Receive:
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return whole.pop() if whole else await receive()

    return again
