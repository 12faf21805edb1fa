"""Write the reference page of the command line: ``python -m pincite.cli.reference > docs/command-line.md``."""

from __future__ import annotations

import sys

from typer.testing import CliRunner

from pincite.cli.commands import app


def reference() -> str:
    """Return the page in Markdown: the help of every command, as a terminal 100 columns wide shows it."""
    names = ["", *sorted(command.name or "" for command in app.registered_commands)]
    parts = ["# The `pincite` command\n\nWritten by `python -m pincite.cli.reference`; do not edit.\n"]
    for name in names:
        arguments = [name, "--help"] if name else ["--help"]
        shown = CliRunner(env={"COLUMNS": "100", "PINCITE_INDEX": "", "PINCITE_ENCODER": ""}).invoke(
            app, arguments, prog_name="pincite", terminal_width=100
        )
        parts.append(f"## pincite {name}".rstrip() + f"\n\n```text\n{shown.output.strip()}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(reference())
