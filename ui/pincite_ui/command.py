"""The command ``pincite ui``: the page in a browser."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from threading import Timer
from typing import Annotated

import typer
from platformdirs import user_data_path

from pincite import Assistant, MissingExtra
from pincite.cli.language_model import language_model
from pincite.cli.opening import open_index, update
from pincite.cli.options import (
    DEFAULT_INDEX,
    USUAL_CHARS,
    USUAL_MEMORY_MB,
    USUAL_SECONDS,
    ConnectionsOption,
    EncoderOption,
    IndexOption,
    LlmOption,
    LlmRemoteOption,
    MinRateOption,
    ModelOption,
    NoLlmOption,
    PerAddressOption,
    ReadingCharsOption,
    ReadingMemoryOption,
    ReadingSecondsOption,
    StrictOption,
    VisitorMegabytesOption,
    VisitorsOption,
    reading_limits,
)
from pincite.cli.rendering import notice, print_failures
from pincite.web.limits import ConnectionLimits, KeepingLimits
from pincite.web.listening import listen, shown_address

app = typer.Typer(
    help="Ask in a browser.",
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command(epilog="Example: pincite ui ~/contracts --index contracts-index")
def ui(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders or globs to index first; none: the index as it stands."),
    ] = None,
    folder: IndexOption = DEFAULT_INDEX,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; another machine can reach it only with a password.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 for any that is free.")] = 7860,
    password: Annotated[
        str | None, typer.Option("--password", envvar="PINCITE_PASSWORD", help="Ask for this password.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Where conversations, uploads and settings are kept."),
    ] = None,
    connections: ConnectionsOption = 512,
    per_address: PerAddressOption = 256,
    min_rate: MinRateOption = 10_000,
    visitors: VisitorsOption = 500,
    visitor_megabytes: VisitorMegabytesOption = 1000,
    reading_memory: ReadingMemoryOption = USUAL_MEMORY_MB,
    reading_seconds: ReadingSecondsOption = USUAL_SECONDS,
    reading_chars: ReadingCharsOption = USUAL_CHARS,
    encoder: EncoderOption = None,
    llm: LlmOption = None,
    no_llm: NoLlmOption = False,
    model: ModelOption = None,
    llm_remote: LlmRemoteOption = None,
    strict: StrictOption = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page.")] = True,
) -> None:
    """Ask in a browser: answers with their sources beside them."""
    home = (data or user_data_path("pincite") / "ui").expanduser()
    try:
        from pincite_ui import serving

        serving.quieten(home)
        import gradio  # noqa: F401
    except ImportError as error:
        raise MissingExtra(f"the page needs {error.name}: pip install 'pincite[ui]'") from error

    serving.check_address(host, password)
    chosen = language_model(llm, none=no_llm, model=model, remote=llm_remote, strict=strict)
    limits = reading_limits(reading_memory, reading_seconds, reading_chars)
    listening = listen(host, port)
    if paths:
        print_failures(update(folder, paths, encoder_name=encoder, limits=limits).failures)
    with listening, open_index(folder, encoder) as index:
        # The first question of a process is slow: it is ours, not a person's.
        Assistant(index).ask("Is it ready?")
        port = listening.getsockname()[1]
        application = serving.open_page(
            index,
            folder,
            home,
            host=host,
            port=port,
            password=password,
            limits=limits,
            keeping=KeepingLimits(visitor_bytes=int(visitor_megabytes * 1_000_000), visitors=visitors),
            generator=chosen.generator,
            writing=chosen.writing,
        )
        address = shown_address(host, port)
        notice(f"ready at {address} (stop with Ctrl+C)")
        if browser:
            Timer(0.5, webbrowser.open, (address,)).start()
        bounds = ConnectionLimits(connections=connections, connections_per_address=per_address, body_rate=min_rate)
        serving.serve(application, listening, bounds)


def main() -> None:
    """Run ``python -m pincite_ui``: the same as ``pincite ui``."""
    import sys

    from pincite.cli import main as run

    sys.argv[1:1] = ["ui"]
    run()
