"""Files of an index, read without trusting them."""

from __future__ import annotations

import os
import shlex
import struct
from pathlib import Path
from typing import Any

import orjson

from pincite.errors import IndexDamaged

BY_DAMAGE = (
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    OverflowError,
    MemoryError,
    RecursionError,
    struct.error,
)
"""What a file that holds anything at all may make its readers raise."""

GENERATION = "generation-"
"""How the names of an index's folders begin, each of which holds one state of it."""


def index_command(folder: str | os.PathLike[str]) -> str:
    """Return the command that brings the index in ``folder`` up to date."""
    return f"pincite index --index {shlex.quote(os.fspath(folder))}"


def rebuild_command(folder: str | os.PathLike[str], *paths: str) -> str:
    """Return the command that makes the index in ``folder`` anew, from ``paths`` or from those of the last time."""
    return " ".join(["pincite index", *paths, "--rebuild --index", shlex.quote(os.fspath(folder))])


def remedy(path: str | os.PathLike[str]) -> str:
    """Return what to do about the index that the file or folder at ``path`` belongs to."""
    path = Path(path)
    inside = next((each for each in (path, *path.parents) if each.name.startswith(GENERATION)), path)
    folder = path if inside is path and path.is_dir() and not path.name.startswith(GENERATION) else inside.parent
    return f"run `{rebuild_command(folder)}`"


def damaged(path: str | os.PathLike[str], found: object) -> IndexDamaged:
    """Return the error that says what is wrong with the file at ``path`` and what to do."""
    return IndexDamaged(f"{path}: {found}: {remedy(path)}")


def read_json(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises
    ------
    IndexDamaged
        The file is not JSON.
    OSError
        The file is missing or unreadable.
    """
    try:
        return orjson.loads(path.read_bytes())
    except (orjson.JSONDecodeError, MemoryError) as error:
        raise damaged(path, f"not JSON ({error})") from error
