"""``pincite mcp``: the index as tools for other programs."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from platformdirs import user_data_path

from pincite.cli.language_model import language_model
from pincite.cli.opening import open_index
from pincite.cli.options import (
    DEFAULT_INDEX,
    EncoderOption,
    IndexOption,
    LlmOption,
    LlmRemoteOption,
    ModelOption,
    NoLlmOption,
    StrictOption,
)
from pincite.cli.rendering import notice
from pincite.errors import MissingExtra, PinciteError
from pincite.serving.keys import KeyFile, Keys, Token
from pincite.web.listening import LOOPBACK, check_reachable, listen, shown_address

if TYPE_CHECKING:
    from pincite.answering import Assistant
    from pincite.indexing import Index


def mcp_command(
    folder: IndexOption = DEFAULT_INDEX,
    http: Annotated[bool, typer.Option("--http", help="Serve streamable HTTP, not standard input and output.")] = False,
    host: Annotated[
        str,
        typer.Option("--host", help="With --http; another machine can reach it only with a token or a key."),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="With --http; 0 for any that is free.")] = 8750,
    token: Annotated[
        str | None,
        typer.Option("--token", envvar="PINCITE_MCP_TOKEN", help="With --http: ask for this token."),
    ] = None,
    keys: Annotated[
        Path | None,
        typer.Option(
            "--keys", metavar="FILE", help="With --http: ask for a key of this file; each opens its own collection."
        ),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="With --keys: where `pincite serve` keeps the collections."),
    ] = None,
    encoder: EncoderOption = None,
    llm: LlmOption = None,
    no_llm: NoLlmOption = False,
    model: ModelOption = None,
    llm_remote: LlmRemoteOption = None,
    strict: StrictOption = None,
) -> None:
    """Offer the index to other programs as tools of the Model Context Protocol (MCP)."""
    from pincite.answering import Assistant, CurrentAssistant
    from pincite.connecting.mcp_server import make_server, serve_stdio

    admits = _admission(host, http=http, token=token, keys=keys)
    chosen = language_model(llm, none=no_llm, model=model, remote=llm_remote, strict=strict)
    make = partial(Assistant, generator=chosen.generator, writing=chosen.writing)
    if http:
        _serve_http(folder, make, encoder, host=host, port=port, admits=admits, data=data)
        return
    with open_index(folder, encoder) as index:
        current = CurrentAssistant(folder, index.encoder, make)
    serve_stdio(make_server(current))


def _admission(host: str, *, http: bool, token: str | None, keys: Path | None) -> Keys | None:
    """Return who may ask; ``None`` stands for whoever uses this machine.

    Raises
    ------
    PinciteError
        Other machines could reach the server and nothing is asked of them, or what is asked is not clear.
    """
    if not http:
        if host not in LOOPBACK or keys is not None:
            raise PinciteError("--host and --keys are for a server over HTTP: add --http, or leave them out")
        return None
    if keys is not None:
        if token:
            raise PinciteError("a request has one secret, a token or a key: leave --token or --keys out")
        held = KeyFile(keys.expanduser())
        if not held.keys():
            raise PinciteError(f"{keys}: there are no keys: make one with `pincite key create NAME --keys {keys}`")
        return held
    if token:
        return Token(token)
    check_reachable(host, "give --token or --keys")
    return None


def _serve_http(
    folder: Path,
    make: partial[Assistant],
    encoder: str | None,
    *,
    host: str,
    port: int,
    admits: Keys | None,
    data: Path | None,
) -> None:
    try:
        from pincite.cli.mcp_http import serve_http
        from pincite.connecting.mcp_server import PATH
        from pincite.encoding import load_encoder
        from pincite.serving.collections import Collections
        from pincite.serving.logs import log_as_json
        from pincite.serving.service import Service
    except ImportError as error:
        raise MissingExtra(f"the server needs {error.name}: pip install 'pincite[mcp]'") from error

    home = (data or user_data_path("pincite") / "serve").expanduser()

    def answering(index: Index) -> Assistant:
        return make(index)

    with listen(host, port) as listening:
        if isinstance(admits, KeyFile):
            service = Service(Collections(home, load_encoder(encoder), answering), keys=admits)
        else:
            with open_index(folder, encoder) as index:
                collections = Collections(home, index.encoder, answering)
            service = Service(collections, keys=admits, default=collections.of_folder(folder))
        address = shown_address(host, listening.getsockname()[1])
        notice(f"ready at {address}{PATH} (stop with Ctrl+C)")
        if admits is None:
            # There is nobody to tell apart.
            logging.getLogger("pincite.serving").setLevel(logging.WARNING)
        else:
            log_as_json()
        serve_http(service, listening, host=host)
