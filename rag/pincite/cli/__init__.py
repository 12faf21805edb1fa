"""The ``pincite`` command."""

from __future__ import annotations

import sys

from pincite.errors import PinciteError

__all__ = ["main"]


def main() -> None:
    """Run the command; turn an error of ours into one line and exit status 1."""
    from pincite.cli.commands import app

    try:
        app()
    except PinciteError as error:
        sys.exit(f"error: {error}")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        sys.exit(f"error: {error.filename or 'the system'}: {error.strerror or error}: free space or check permissions")
