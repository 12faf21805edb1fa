"""Files that visitors have uploaded and no event has taken yet: whose they are, where they lie, when they go."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pincite import PinciteError
from pincite.web.file_names import safe_name
from pincite.web.private import private_folder

FOLDER = "arriving"
KEPT_S = 86_400
"""How long a file waits for an event that takes it, seconds."""
LEFTOVER_S = 600
"""Age from which what Gradio leaves beside the visitors' folders is removed, seconds."""
MAX_WAITING_BYTES = 1_500_000_000
"""What may wait of one visitor; beyond, the oldest goes."""

_PLACE = re.compile(r"[0-9a-f]{32}")


class Arrivals:
    """The files that one visitor has uploaded.

    A file is known to its visitor by a name of the server's making, ``PLACE/NAME``, and to nobody else: there is no
    folder in it, the place cannot be guessed, and it names a file below this visitor's folder or none.

    Parameters
    ----------
    folder
        This visitor's own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def new(self, name: str) -> Path:
        """Return where a file that is about to arrive may be written.

        Raises
        ------
        OSError
            The folder cannot be made.
        """
        place = private_folder(self.folder / secrets.token_hex(16))
        return place / safe_name(name).rpartition("/")[2]

    def name_of(self, path: Path) -> str:
        """Return what the page calls a file."""
        return path.relative_to(self.folder).as_posix()

    def path_of(self, name: str) -> Path | None:
        """Return the file of this name, or ``None`` where this visitor has uploaded none that is still there."""
        place, _, wanted = name.partition("/")
        if not _PLACE.fullmatch(place):
            return None
        try:
            # The name is compared with what lies there, and never given to the file system to make sense of.
            found = [each for each in os.scandir(self.folder / place) if each.name == wanted]
        except OSError:
            return None
        if len(found) != 1 or not found[0].is_file(follow_symlinks=False):
            return None
        return Path(found[0].path)

    def own(self, path: str) -> Path:
        """Return a path that an event was given, sure that this visitor uploaded the file.

        Raises
        ------
        PinciteError
            It is anything else.
        """
        start = f"{self.folder}/"
        found = self.path_of(path[len(start) :]) if path.startswith(start) else None
        if found is None:
            raise PinciteError("this file is not here any more: choose it again")
        return found

    def let_go(self, path: Path) -> None:
        """Remove a file that is not needed any more."""
        shutil.rmtree(path.parent, ignore_errors=True)

    def make_room(self, n_bytes: int) -> None:
        """Remove what has waited longest, until this visitor may upload so much more."""
        waiting = sorted(_sizes(self.folder))
        held = sum(size for _, size, _ in waiting)
        for _, size, place in waiting:
            if held + n_bytes <= MAX_WAITING_BYTES:
                return
            shutil.rmtree(place, ignore_errors=True)
            held -= size


def sweep(folder: Path) -> None:
    """Remove from the folder of all arrivals what has waited too long, and what Gradio puts there and forgets."""
    now = time.time()
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            with suppress(OSError):
                if not entry.is_dir(follow_symlinks=False):
                    if now - entry.stat(follow_symlinks=False).st_mtime > LEFTOVER_S:
                        Path(entry.path).unlink()
                elif _PLACE.fullmatch(entry.name):
                    _sweep_visitor(Path(entry.path), now)
                elif now - entry.stat(follow_symlinks=False).st_mtime > KEPT_S:
                    shutil.rmtree(entry.path, ignore_errors=True)


def _sweep_visitor(folder: Path, now: float) -> None:
    for changed, _, place in _sizes(folder):
        if now - changed > KEPT_S:
            shutil.rmtree(place, ignore_errors=True)
    with suppress(OSError):
        folder.rmdir()


def _sizes(folder: Path) -> Iterator[tuple[float, int, str]]:
    """Yield when each place of a visitor last changed, its size in bytes, and where it is."""
    with suppress(OSError):
        for place in list(os.scandir(folder)):
            if place.is_dir(follow_symlinks=False):
                files = [each.stat(follow_symlinks=False) for each in os.scandir(place)]
                size = sum(each.st_size for each in files if stat.S_ISREG(each.st_mode))
                changed = max([place.stat(follow_symlinks=False).st_mtime, *(each.st_mtime for each in files)])
                yield changed, size, place.path
