"""Folders and files of the server that are nobody else's business on the machine it runs on."""

from __future__ import annotations

import logging
import stat
from pathlib import Path

logger = logging.getLogger(__name__)

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private(folder: Path) -> Path:
    """Make a folder that its owner alone can enter, or make one that is there so; return it.

    Raises
    ------
    OSError
        It cannot be made.
    """
    # Folders above it that do not exist are of the user's own kind: what they are open to decides his umask.
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    close_to_others(folder)
    return folder


def close_to_others(path: Path) -> None:
    """Take from everybody but its owner what he may do with a file or folder, if it is ours to take."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & _OTHERS:
            path.chmod(mode & ~_OTHERS)
    except OSError as error:
        logger.warning("a file or folder that others can read could not be closed to them", exc_info=error)
