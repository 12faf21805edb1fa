"""Finds the files that the paths given by the user stand for."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pincite.reading.files import LEGACY, READERS, unsupported_reason
from pincite.types import Failure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LEAVES = "a link that leaves the folder given is not followed: copy the file into the folder"


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read, the id that its document gets, and the path or glob by which the user gave it."""

    doc_id: str
    path: Path
    given: str


@dataclass(frozen=True, slots=True)
class Sources:
    """The files found, in the order of the paths given and sorted within each, and what could not be taken."""

    found: tuple[Source, ...]
    failures: tuple[Failure, ...]


def find_sources(paths: Iterable[str | os.PathLike[str]]) -> Sources:
    """Find the files to read.

    A folder is searched recursively; hidden files, files of unknown kind and indexes of ours in it are passed over,
    while the old binary office formats are named as failures. A path that does not exist is taken as a glob if it has
    wildcards. An id is the path relative to the folder given, or to the part of a glob before its first wildcard; a
    file given by itself has its name as id.

    Links to files within the folder are taken under the link's name; links to folders are not entered, for what lies
    within is found where it stands.  A link that leads out of the folder is a failure.

    Of two files with the same id the first is taken and the second is a failure that names both.
    """
    search = _Search()
    for path in paths:
        try:
            search.add(Path(path))
        except OSError as error:
            search.unreadable(error, path)
    return Sources(tuple(search.found.values()), tuple(search.failures))


class _Search:
    def __init__(self) -> None:
        self.found: dict[str, Source] = {}
        self.failures: list[Failure] = []
        self._given = ""

    def add(self, path: Path) -> None:
        self._given = str(path)
        before = len(self.found), len(self.failures)
        if path.is_dir():
            for file in self._files_below(path):
                self._take(file, base=path)
            missing = "no file of a known kind in this folder"
        elif path.exists():
            self._take(path, base=path.parent, named=True)
            return
        elif glob.has_magic(str(path)):
            base = _fixed_part(path)
            # Path.glob would take no absolute pattern, and would find hidden files.
            for file in sorted(map(Path, glob.glob(str(path), recursive=True))):  # noqa: PTH207
                if file.is_file() and not any(map(_is_index, file.parents)) and self._stays_within(file, base):
                    self._take(file, base=base)
            missing = "no file of a known kind matches"
        else:
            missing = "no such file or folder"
        if before == (len(self.found), len(self.failures)) and not self._seen_below(path):
            self._fail(path, missing)

    def unreadable(self, error: OSError, path: str | os.PathLike[str] = ".") -> None:
        """Note what cannot be looked into: what the error names, or else ``path``."""
        self._fail(Path(error.filename or path), f"cannot be opened ({error.strerror or error})")

    def _take(self, path: Path, *, base: Path, named: bool = False) -> None:
        suffix = path.suffix.lower()
        if suffix not in READERS:
            if named or suffix in LEGACY:
                self._fail(path, unsupported_reason(suffix) or "")
            return
        doc_id = path.relative_to(base).as_posix()
        if not doc_id.isprintable():
            self._fail(path, "its name holds characters that cannot be printed: rename it")
            return
        other = self.found.setdefault(doc_id, Source(doc_id, path, self._given))
        if not other.path.samefile(path):
            self._fail(path, f"has the same id, {doc_id}, as {other.path}: give their common folder, or rename one")

    def _files_below(self, folder: Path) -> Iterator[Path]:
        """Yield the visible files below a folder, sorted by path."""
        for parent, folders, names in os.walk(folder, onerror=self.unreadable):
            if _is_index(Path(parent)):
                folders.clear()
                continue
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in folders:
                linked = Path(parent, name)
                if linked.is_symlink():
                    self._stays_within(linked, folder)
            for name in sorted(names):
                file = Path(parent, name)
                known = file.suffix.lower() in READERS or file.suffix.lower() in LEGACY
                if known and not name.startswith(".") and self._stays_within(file, folder) and file.is_file():
                    yield file

    def _stays_within(self, path: Path, folder: Path) -> bool:
        """Tell whether a path leads to something within the folder, and note a failure if not."""
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError):
            self._fail(path, "a link that leads nowhere")
            return False
        within = real.is_relative_to(folder.resolve())
        if not within:
            self._fail(path, _LEAVES)
        return within

    def _seen_below(self, path: Path) -> bool:
        """Tell whether files below the path were found already, through another path given."""
        return any(source.path.is_relative_to(path) for source in self.found.values())

    def _fail(self, path: Path, reason: str) -> None:
        # An undecodable name is shown with its bytes escaped.
        name = os.fsencode(path).decode("utf-8", "backslashreplace")
        self.failures.append(Failure(name, reason))


def _is_index(folder: Path) -> bool:
    """Tell whether a folder is an index of ours, whose files are no documents (`docs/index-format.md`)."""
    return (folder / "CURRENT").is_file() and (folder / ".lock").exists()


def _fixed_part(pattern: Path) -> Path:
    """Return the folder that a glob starts from: its parts before the first with a wildcard."""
    fixed = Path()
    for part in pattern.parts[:-1]:
        if glob.has_magic(part):
            break
        fixed /= part
    return fixed
