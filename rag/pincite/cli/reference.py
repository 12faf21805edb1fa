"""Write the reference page of the command line: ``python -m pincite.cli.reference > docs/command-line.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from typer.main import get_command
from typer.testing import CliRunner

from pincite.cli.commands import app


def reference() -> str:
    """Return the page in Markdown: the help of every command, as a terminal 100 columns wide shows it."""
    parts = ["# The `pincite` command\n\nWritten by `python -m pincite.cli.reference`; do not edit.\n"]
    for names in _commands():
        shown = CliRunner(env={"COLUMNS": "100", "PINCITE_INDEX": "", "PINCITE_ENCODER": ""}).invoke(
            app, [*names, "--help"], prog_name="pincite", terminal_width=100
        )
        parts.append(f"## {' '.join(('pincite', *names))}\n\n```text\n{shown.output.strip()}\n```\n")
    return "\n".join(parts)


def _commands() -> Iterator[tuple[str, ...]]:
    """Yield the words of every command, and of the commands below it."""
    yield ()
    group: Any = get_command(app)
    for name in sorted(group.list_commands(None)):
        yield (name,)
        for below in getattr(group.get_command(None, name), "commands", ()):
            yield (name, below)


if __name__ == "__main__":
    sys.stdout.write(reference())
