"""Files replaced in one step: whoever reads finds the old one or the new one, whole."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def write_atomically(path: Path, content: bytes, *, draft: Path | None = None, durable: bool = False) -> None:
    """Replace a file in one step, and make the folder that it lies in where it is missing.

    Parameters
    ----------
    draft
        Where the content is written first, beside ``path``, by a writer that is alone there: what a crash leaves of it
        has a known name, and the next writer overwrites it.  By default it has a name that nobody else has, and the
        file can be read by its owner alone.
    durable
        Have it outlast a power failure: content and name are forced onto the disk.

    Raises
    ------
    OSError
        The disk is full or the folder cannot be written; what was there before stays.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if draft is None:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".draft")
        draft, opened = Path(name), os.fdopen(handle, "wb")
    else:
        opened = draft.open("wb")
    try:
        with opened:
            opened.write(content)
            if durable:
                opened.flush()
                os.fsync(opened.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    if durable:
        sync(path.parent)


def create_once(path: Path, content: bytes) -> None:
    """Make a file, readable by its owner alone, unless there is one: of several who come at once the first one's stays.

    Raises
    ------
    OSError
        The disk is full or the folder cannot be written.
    """
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".draft")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # A link never takes another's place.
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Force a file or folder onto the disk; for folders where the system can."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
