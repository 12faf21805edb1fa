"""The command index."""

from __future__ import annotations

from typing import Annotated

import typer

from pincite.cli.opening import fields, update
from pincite.cli.options import (
    DEFAULT_INDEX,
    USUAL_CHARS,
    USUAL_MEMORY_MB,
    USUAL_SECONDS,
    EncoderOption,
    IndexOption,
    JsonOption,
    ReadingCharsOption,
    ReadingMemoryOption,
    ReadingSecondsOption,
    reading_limits,
)
from pincite.cli.rendering import print_failures, print_json, print_report


def index_command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders (recursively) or globs; none: the ones indexed before, as they are now."),
    ] = None,
    folder: IndexOption = DEFAULT_INDEX,
    encoder: EncoderOption = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Start afresh, whatever is there.")] = False,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="DOC_ID", help="Drop the document with this id; may be repeated."),
    ] = None,
    max_megabytes: Annotated[float, typer.Option("--max-mb", min=0.001, help="Refuse files larger than this.")] = 100,
    reading_memory: ReadingMemoryOption = USUAL_MEMORY_MB,
    reading_seconds: ReadingSecondsOption = USUAL_SECONDS,
    reading_chars: ReadingCharsOption = USUAL_CHARS,
    as_json: JsonOption = False,
) -> None:
    """Read documents into the index; only what changed is encoded again, and what was deleted is dropped."""
    report = update(
        folder,
        paths,
        encoder_name=encoder,
        rebuild=rebuild,
        remove=remove or (),
        max_bytes=int(max_megabytes * 1_000_000),
        limits=reading_limits(reading_memory, reading_seconds, reading_chars),
    )
    if as_json:
        print_json({**fields(report), "index": str(folder)})
    else:
        print_report(report, str(folder))
        print_failures(report.failures)
    if report.failures:
        raise typer.Exit(1)
