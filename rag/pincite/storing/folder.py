"""The folder of an index: which snapshot of it is current, and how the next takes its place."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pincite.atomic import sync, write_atomically
from pincite.errors import IndexNotFound
from pincite.storing.untrusted import GENERATION, damaged

CURRENT = "CURRENT"
LOCK = ".lock"
OWNER = ".writer"
UNFINISHED = ".writing-"

_GENERATION = re.compile(rf"{GENERATION}(\d{{6,}})", re.ASCII)
_POINTER = re.compile(rf"({GENERATION}\d{{6,}}) ([0-9a-f]{{64}})\n", re.ASCII)


@dataclass(frozen=True, slots=True)
class Pointer:
    """What the file `CURRENT` says: the name of the snapshot's folder, and the SHA-256 of its manifest."""

    name: str
    manifest_sha256: str


def read_pointer(folder: Path) -> Pointer:
    """Return which snapshot is current.

    Raises
    ------
    IndexNotFound
        There is no index in ``folder``.
    IndexDamaged
        The file does not say.
    """
    path = folder / CURRENT
    try:
        content = path.read_bytes().decode("ascii")
    except FileNotFoundError as error:
        raise IndexNotFound(
            f"{folder}: expected an index, found none: run `pincite index PATH --index {folder}`"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise damaged(path, f"cannot be read ({error})") from error
    match = _POINTER.fullmatch(content)
    if match is None:
        raise damaged(path, "does not name a generation and its checksum")
    return Pointer(*match.groups())


def swap_in(folder: Path, unfinished: Path, manifest_sha256: str) -> None:
    """Make the complete snapshot in ``unfinished`` the current one.

    Everything is on the disk before the pointer is, and the pointer is replaced in one step: a crash at any moment
    leaves the old snapshot current, or the new one.
    """
    for path in sorted(unfinished.iterdir()):
        sync(path)
    sync(unfinished)
    numbers = [int(match[1]) for path in folder.iterdir() if (match := _GENERATION.fullmatch(path.name))]
    name = f"{GENERATION}{max(numbers, default=0) + 1:06}"
    os.rename(unfinished, folder / name)  # noqa: PTH104 - the calls that the crash tests interrupt
    sync(folder)
    content = f"{name} {manifest_sha256}\n".encode("ascii")
    write_atomically(folder / CURRENT, content, draft=folder / f"{UNFINISHED}{CURRENT}", durable=True)


def remove_leftovers(folder: Path, *, keep: str | None) -> None:
    """Remove snapshots other than ``keep`` and what an interrupted writer left.

    Only names that Pincite gives are touched.  What another program holds open and cannot be removed stays until the
    next writer comes.
    """
    for path in folder.iterdir():
        if path.name.startswith(UNFINISHED) or (_GENERATION.fullmatch(path.name) and path.name != keep):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink()
