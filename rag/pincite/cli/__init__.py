"""The ``pincite`` command."""

from __future__ import annotations

import errno
import io
import logging
import sys

from pincite.cli.escaping import OneLine, one_line
from pincite.errors import PinciteError

__all__ = ["main"]

_REMEDIES = {
    errno.ENOSPC: "free space there",
    errno.EDQUOT: "free space there",
    errno.EACCES: "allow it, or name another place",
    errno.EPERM: "allow it, or name another place",
    errno.EROFS: "name another place",
    errno.EEXIST: "name another place, or move away what is there",
    errno.ENOTDIR: "name a folder there, not a file",
    errno.EISDIR: "name a file there, not a folder",
    errno.ENOENT: "check the name",
    errno.ENAMETOOLONG: "name a shorter one",
}


def main() -> None:
    """Run the command; turn an error of ours into one line and exit status 1."""
    from pincite.cli.commands import app

    # A terminal that lacks a character shows a stand-in; standard error has such a rule of its own.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    # What the library logs, such as that the encoder is being prepared, is told as it happens.
    told = logging.StreamHandler()
    told.setFormatter(OneLine("%(message)s"))
    logger = logging.getLogger("pincite")
    logger.addHandler(told)
    logger.setLevel(logging.INFO)
    try:
        app()
    except PinciteError as error:
        sys.exit(one_line(f"error: {error}"))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0)
        said = f"error: {error.filename or 'the system'}: {error.strerror or error}"
        sys.exit(one_line(f"{said}: {remedy}" if remedy else said))
