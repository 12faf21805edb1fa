"""Small files written whole or not at all, and folders that nobody else may look into."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def write_whole(path: Path, content: bytes) -> None:
    """Replace ``path`` in one step, readable by its owner only.

    Raises
    ------
    OSError
        The disk is full or the folder cannot be written; what was there before stays.
    """
    private_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def private_folder(path: Path) -> Path:
    """Return a folder that its owner alone may look into, made so where it is missing, with the folders above it.

    Raises
    ------
    OSError
        It cannot be made.
    """
    for missing in reversed([each for each in (path, *path.parents) if not each.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    _close(path)
    return path


def make_private(folder: Path) -> None:
    """Take from everybody but the owner what they may do with a folder and all that lies in it.

    What belongs to another user of the machine stays as it is, and no link is followed.
    """
    for place, folders, files in os.walk(folder):
        _close(Path(place))
        for name in (*folders, *files):
            _close(Path(place, name))


def _close(path: Path) -> None:
    # Gone meanwhile, or another's: neither is ours to mend.
    with suppress(OSError):
        mode = path.lstat().st_mode
        if mode & _OTHERS and not stat.S_ISLNK(mode):
            path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
