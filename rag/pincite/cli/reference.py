"""Write the reference page of the command line: ``python -m pincite.cli.reference > docs/command-line.md``."""

from __future__ import annotations

import sys

import typer
from click.testing import CliRunner

from pincite.cli.commands import app


def reference() -> str:
    """Return the page in Markdown: the help of every command, as a terminal 100 columns wide shows it."""
    command = typer.main.get_command(app)
    names = ["", *sorted(getattr(command, "commands", {}))]
    parts = ["# The `pincite` command\n\nWritten by `python -m pincite.cli.reference`; do not edit.\n"]
    for name in names:
        arguments = [name, "--help"] if name else ["--help"]
        shown = CliRunner(env={"COLUMNS": "100", "PINCITE_INDEX": "", "PINCITE_ENCODER": ""}).invoke(
            command, arguments, prog_name="pincite", terminal_width=100
        )
        parts.append(f"## pincite {name}".rstrip() + f"\n\n```text\n{shown.output.strip()}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(reference())
