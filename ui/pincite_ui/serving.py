"""The server: who may reach it, what it serves beside Gradio's page, and what it keeps in order."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, StreamingResponse

from pincite import Generator, Index, MissingExtra, PinciteError, ReadingLimits, Writing
from pincite.web.listening import LOOPBACK, check_reachable, names_served
from pincite.web.private import close_tree_to_others, private_folder, without_folders
from pincite_ui.admission import API
from pincite_ui.arrivals import FOLDER, sweep
from pincite_ui.batch import ANSWERS_PATH, answers_of
from pincite_ui.guard import VisitorGuard
from pincite_ui.language_models import LanguageModels
from pincite_ui.pages import PagePictures
from pincite_ui.upload_forms import Followed, Progress, receive
from pincite_ui.visitors import Visitors
from pincite_ui.wording import sentence

if TYPE_CHECKING:
    from socket import socket

    import gradio as gr

    from pincite.web.limits import ConnectionLimits, KeepingLimits

SWEEP_EVERY_S = 3_600.0
"""How often uploads that no event took are looked over, seconds."""


def check_address(host: str, password: str | None) -> None:
    """Refuse to be reachable from other machines without a password.

    Raises
    ------
    PinciteError
        The address is not this machine's own and there is no password.
    """
    if not password:
        check_reachable(host, "set --password")


def may_choose_model(host: str, password: str | None) -> bool:
    """Tell whether visitors may name a language model, and so an address or file of this machine that is asked."""
    return host in LOOPBACK and not password


def make_server(
    visitors: Visitors,
    page: gr.Blocks,
    *,
    host: str,
    port: int,
    password: str | None,
    limits: ReadingLimits | None = None,
) -> FastAPI:
    """Return the application that serves the page, pictures of PDF pages and the answers of a batch.

    Parameters
    ----------
    limits
        What drawing one page may take.

    Raises
    ------
    PinciteError
        The address may not be listened on; see :func:`check_address`.
    """
    import gradio as gr

    from pincite.web.limits import MAX_UPLOAD_BYTES
    from pincite_ui import theme

    check_address(host, password)
    progress = Progress()
    pictures = PagePictures(limits)

    @asynccontextmanager
    async def living(_app: FastAPI) -> AsyncGenerator[None, None]:
        sweeping = asyncio.create_task(_sweep_again_and_again(visitors.arriving))
        yield
        sweeping.cancel()
        pictures.close()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=living)

    @app.get("/pincite/page")
    async def page_picture(request: Request, doc: str, page: int) -> Response:
        try:
            library = visitors.of(request.cookies).library
            path = await asyncio.to_thread(library.file_of, doc)
            if path is None or path.suffix.lower() != ".pdf":
                return PlainTextResponse("the file is not there any more, or has changed since it was indexed", 404)
            picture = await asyncio.wrap_future(pictures.draw(path, page))
            return Response(picture, media_type="image/png", headers={"Cache-Control": "private"})
        except PinciteError as error:
            return PlainTextResponse(without_folders(str(error), ()), 404)

    @app.get(ANSWERS_PATH)
    def answers(request: Request) -> Response:
        path = answers_of(visitors.of(request.cookies))
        if not path.is_file():
            return PlainTextResponse("there are no answers yet: choose a file of questions first", 404)
        return FileResponse(path, media_type="application/jsonl", filename=path.name)

    @app.post(f"{API}upload")
    async def upload(request: Request, upload_id: str = "") -> Response:
        visitor = visitors.of(request.cookies)
        followed = progress.begin(visitor.folder.name, upload_id) if upload_id else Followed()
        try:
            return JSONResponse(await receive(request, visitor.arrivals, followed))
        except HTTPException as error:
            return PlainTextResponse(error.detail, error.status_code)
        except OSError as error:
            return PlainTextResponse(sentence(error), 507)

    @app.get(f"{API}upload_progress")
    async def upload_progress(request: Request, upload_id: str = "") -> Response:
        followed = await progress.found(visitors.of(request.cookies).folder.name, upload_id)
        if followed is None:
            return PlainTextResponse("no such upload", 404)
        return StreamingResponse(progress.told(followed), media_type="text/event-stream")

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
    # Gradio has made folders of its own there meanwhile.
    close_tree_to_others(visitors.arriving)
    app.add_middleware(
        VisitorGuard, cookies=visitors.cookies, arriving=visitors.arriving, password=password, names=names_served(host)
    )
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
    keeping: KeepingLimits | None = None,
    generator: Generator | None = None,
    writing: Writing | None = None,
) -> FastAPI:
    """Return the application that serves the page for an index; the entry point of the group ``pincite.pages``.

    Parameters
    ----------
    limits
        What reading one uploaded file may take.
    keeping
        How much is kept for visitors.
    generator, writing
        The language model of whoever has chosen none.  Only those on this machine may choose, for the server then asks
        whatever address they name: not where a password is asked for, which is for others, be it behind a proxy.

    Raises
    ------
    MissingExtra
        Gradio is not installed.
    PinciteError
        The address may not be listened on; see :func:`check_address`.
    """
    check_address(host, password)
    quieten(data)
    try:
        from pincite_ui.app import build_page
    except ImportError as error:
        raise MissingExtra(f"the page needs {error.name}: pip install 'pincite[ui]'") from error
    models = LanguageModels(generator, writing, may_choose=may_choose_model(host, password))
    visitors = Visitors(index, folder, data, models, limits=limits, keeping=keeping, guarded=bool(password))
    return make_server(visitors, build_page(visitors), host=host, port=port, password=password, limits=limits)


def quieten(data: Path) -> None:
    """Keep Gradio from sending anything anywhere, and its files below ``data``; to be called before it is imported.

    Raises
    ------
    PinciteError
        The folder cannot be made.
    """
    os.environ.update(GRADIO_ANALYTICS_ENABLED="False", HF_HUB_DISABLE_TELEMETRY="1", DISABLE_TELEMETRY="1")
    try:
        # By default it is /tmp/gradio, for every user of the machine to read.
        os.environ["GRADIO_TEMP_DIR"] = str(private_folder(data.resolve() / FOLDER))
    except OSError as error:
        raise PinciteError(f"{data}: cannot be made or written ({error.strerror}): choose another --data") from error


async def _sweep_again_and_again(arriving: Path) -> None:
    while True:
        await asyncio.to_thread(sweep, arriving)
        await asyncio.sleep(SWEEP_EVERY_S)


def serve(application: FastAPI, listening: socket, limits: ConnectionLimits | None = None) -> None:
    """Serve until the process is told to end; requests that run are answered first, for up to five seconds."""
    from pincite.web.server import serve_alone

    serve_alone(application, listening, limits)
