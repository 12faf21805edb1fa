"""The server: who may reach it, whose cookie it is, and what the browser may load."""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from starlette.responses import FileResponse, PlainTextResponse

from pincite import Generator, Index, MissingExtra, PinciteError, ReadingLimits, Writing
from pincite.serving.listening import LOOPBACK, host_name, names_served
from pincite_ui import admission
from pincite_ui.batch import ANSWERS_PATH, answers_of
from pincite_ui.language_models import LanguageModels
from pincite_ui.pages import page_png
from pincite_ui.visitors import COOKIE, Visitors, new_visitor_id

if TYPE_CHECKING:
    from socket import socket

    import gradio as gr

    from pincite.serving.limits import ConnectionLimits

MAX_REQUEST_BYTES = 600_000_000
_YEAR_S = 31_536_000

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; connect-src 'self'; "
    "frame-src 'self' blob:; worker-src 'self' blob:; form-action 'self'; base-uri 'self'; object-src 'none'; "
    "frame-ancestors 'self'"
)
"""What the browser may load: nothing from another host.  Gradio's templates need inline scripts and ``eval``."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def check_address(host: str, password: str | None) -> None:
    """Refuse to be reachable from other machines without a password.

    Raises
    ------
    PinciteError
        The address is not this machine's own and there is no password.
    """
    if host not in LOOPBACK and not password:
        raise PinciteError(
            f"refusing to listen on {host}: anyone who reaches it could read the documents: set --password, or listen "
            "on 127.0.0.1"
        )


def make_server(visitors: Visitors, page: gr.Blocks, *, host: str, port: int, password: str | None) -> FastAPI:
    """Return the application that serves the page, pictures of PDF pages and the answers of a batch.

    Raises
    ------
    PinciteError
        The address may not be listened on; see :func:`check_address`.
    """
    import gradio as gr

    from pincite_ui import theme
    from pincite_ui.library import MAX_UPLOAD_BYTES

    check_address(host, password)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/pincite/page")
    def page_picture(request: Request, doc: str, page: int) -> Response:
        try:
            path = visitors.of(request.cookies).library.file_of(doc)
            if path is None or path.suffix.lower() != ".pdf":
                return PlainTextResponse("the file is not there any more", 404)
            return Response(page_png(path, page), media_type="image/png", headers={"Cache-Control": "private"})
        except PinciteError as error:
            return PlainTextResponse(str(error), 404)

    @app.get(ANSWERS_PATH)
    def answers(request: Request) -> Response:
        path = answers_of(visitors.of(request.cookies))
        if not path.is_file():
            return PlainTextResponse("there are no answers yet: choose a file of questions first", 404)
        return FileResponse(path, media_type="application/jsonl", filename=path.name)

    gr.mount_gradio_app(
        app,
        page,
        path="/",
        server_name=host,
        server_port=port,
        footer_links=[],
        show_error=False,
        max_file_size=MAX_UPLOAD_BYTES,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=theme.theme(),
        head=theme.head(),
    )
    app.add_middleware(Guard, password=password, hosts=names_served(host))
    return app


def open_page(
    index: Index,
    folder: Path,
    data: Path,
    *,
    host: str,
    port: int,
    password: str | None,
    limits: ReadingLimits | None = None,
    generator: Generator | None = None,
    writing: Writing | None = None,
) -> FastAPI:
    """Return the application that serves the page for an index; the entry point of the group ``pincite.pages``.

    Parameters
    ----------
    limits
        What reading one uploaded file may take.
    generator, writing
        The language model of whoever has chosen none; only those on this machine may choose, for the server then asks
        whatever address they name.

    Raises
    ------
    MissingExtra
        Gradio is not installed.
    PinciteError
        The address may not be listened on; see :func:`check_address`.
    """
    check_address(host, password)
    quieten()
    try:
        from pincite_ui.app import build_page
    except ImportError as error:
        raise MissingExtra(f"the page needs {error.name}: pip install 'pincite[ui]'") from error
    models = LanguageModels(generator, writing, may_choose=host in LOOPBACK)
    visitors = Visitors(index, folder, data, models, limits)
    return make_server(visitors, build_page(visitors), host=host, port=port, password=password)


class Guard:
    """Checks every request before anything else sees it, and gives a new browser its cookie.

    Parameters
    ----------
    password
        Asked for by HTTP Basic authentication, under any name; ``None`` for none.
    hosts
        Names under which the server may be addressed, so that no other site's name can be pointed at it; any if empty.
    """

    def __init__(self, app: Any, *, password: str | None, hosts: Iterable[str]) -> None:
        self._app, self._password, self._hosts = app, password, frozenset(hosts)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(headers) or _unneeded(scope, headers)
        if refusal is None and scope["path"].partition(admission.API)[2].rstrip("/") in admission.EVENTS:
            receive, refusal = await _event(receive)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        cookies = SimpleCookie(headers.get("cookie", ""))
        fresh = None if COOKIE in cookies else new_visitor_id()
        if fresh is not None:
            # The page's own first requests already belong to the visitor that they make.
            held = "; ".join(part for part in (headers.get("cookie"), f"{COOKIE}={fresh}") if part)
            scope["headers"] = [pair for pair in scope["headers"] if pair[0].lower() != b"cookie"]
            scope["headers"].append((b"cookie", held.encode("latin-1")))

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = [
                    (b"content-security-policy", POLICY.encode()),
                    (b"referrer-policy", b"no-referrer"),
                    (b"x-content-type-options", b"nosniff"),
                ]
                if scope["path"].startswith("/assets/") and message["status"] == 200:
                    # Their names change with their content.
                    added.append((b"cache-control", f"private, max-age={_YEAR_S}, immutable".encode()))
                if fresh is not None and scope["path"] == "/":
                    cookie = f"{COOKIE}={fresh}; Path=/; Max-Age={_YEAR_S}; HttpOnly; SameSite=Strict"
                    added.append((b"set-cookie", cookie.encode()))
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        await self._app(scope, receive, send_guarded)

    def _refusal(self, headers: dict[str, str]) -> Response | None:
        if self._hosts and host_name(headers.get("host", "")) not in self._hosts:
            return PlainTextResponse("this server answers only to 127.0.0.1 and localhost", 421)
        length = headers.get("content-length", "")
        if "transfer-encoding" in headers and not length:
            return PlainTextResponse("say how long the request is", 411)
        if length.isdigit() and int(length) > MAX_REQUEST_BYTES:
            return PlainTextResponse(f"more than {MAX_REQUEST_BYTES // 1_000_000} MB at once: send less", 413)
        if self._password and not self._admits(headers.get("authorization", "")):
            asked = {"WWW-Authenticate": 'Basic realm="Pincite", charset="UTF-8"'}
            return PlainTextResponse("a password is needed", 401, headers=asked)
        return None

    def _admits(self, authorization: str) -> bool:
        kind, _, held = authorization.partition(" ")
        try:
            given = base64.b64decode(held, validate=True).partition(b":")[2]
        except (ValueError, binascii.Error):
            return False
        assert self._password is not None
        return kind.lower() == "basic" and hmac.compare_digest(given, self._password.encode())


def _unneeded(scope: Message, headers: dict[str, str]) -> Response | None:
    if not admission.is_needed(scope["method"], scope["path"]):
        return PlainTextResponse("this page has no such address", 404)
    if admission.is_from_elsewhere(scope["method"], headers):
        return PlainTextResponse("refused: asked for by another site's page", 403)
    return None


async def _event(receive: Receive) -> tuple[Receive, Response | None]:
    """Read an event's input whole, and return what gives it out again, or why it is refused."""
    body, more = b"", True
    while more and len(body) <= admission.MAX_EVENT_BYTES:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        body, more = body + message.get("body", b""), message.get("more_body", False)
    if len(body) > admission.MAX_EVENT_BYTES:
        return receive, PlainTextResponse("too much at once: send less", 413)
    if admission.names_an_address(body):
        return receive, PlainTextResponse("files come from your computer, not from an address", 400)
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return whole.pop() if whole else await receive()

    return again, None


def quieten() -> None:
    """Keep Gradio from sending anything anywhere; to be called before it is imported."""
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1", DISABLE_TELEMETRY="1")


def serve(application: FastAPI, listening: socket, limits: ConnectionLimits | None = None) -> None:
    """Serve until the process is told to end; requests that run are answered first, for up to five seconds."""
    from pincite.serving.running import serve_alone

    serve_alone(application, listening, limits)
