"""``pincite mcp``: the index as tools for other programs."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

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


def mcp_command(
    folder: IndexOption = DEFAULT_INDEX,
    http: Annotated[
        bool, typer.Option("--http", help="Serve streamable HTTP on this machine, not standard input and output.")
    ] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="With --http; 0 for any that is free.")] = 8750,
    encoder: EncoderOption = None,
    llm: LlmOption = None,
    no_llm: NoLlmOption = False,
    model: ModelOption = None,
    llm_remote: LlmRemoteOption = None,
    strict: StrictOption = None,
) -> None:
    """Offer the index to other programs as tools of the Model Context Protocol (MCP)."""
    from pincite.answering import Assistant, CurrentAssistant
    from pincite.connecting.mcp_server import listen, make_server, serve_http, serve_stdio

    chosen = language_model(llm, none=no_llm, model=model, remote=llm_remote, strict=strict)
    with open_index(folder, encoder) as index:
        current = CurrentAssistant(
            folder, index.encoder, partial(Assistant, generator=chosen.generator, writing=chosen.writing)
        )
    server = make_server(current)
    if not http:
        serve_stdio(server)
        return
    with listen(port) as listening:
        notice(f"ready at http://127.0.0.1:{listening.getsockname()[1]}/mcp (stop with Ctrl+C)")
        serve_http(server, listening)
