"""The folder of files, as a place where an index is kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pincite.storing.base import IndexStore
from pincite.storing.current import read_manifest
from pincite.storing.folder import CURRENT
from pincite.storing.remains import read_remains
from pincite.storing.snapshot import open_snapshot
from pincite.storing.writer import IndexWriter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pincite.encoding.base import EncoderIdentity
    from pincite.storing.manifest import Description
    from pincite.storing.snapshot import FolderSnapshot
    from pincite.storing.values import Remains

Where = str | os.PathLike[str] | IndexStore
"""A folder, or another place where an index is kept."""


def store_at(where: Where) -> IndexStore:
    """Return where an index is kept: a path is a folder of files."""
    return FolderStore(where) if isinstance(where, (str, os.PathLike)) else where


class FolderStore:
    """An index in a folder, see `docs/index-format.md` and `pincite.storing.base.IndexStore`."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = Path(folder)

    def __str__(self) -> str:
        return str(self._folder)

    def exists(self) -> bool:
        """Tell whether there is an index, well or not."""
        return (self._folder / CURRENT).exists()

    def version(self) -> tuple[int, int] | None:
        """Return when the current snapshot was swapped in, and the number of the file that says so."""
        try:
            status = (self._folder / CURRENT).stat()
        except FileNotFoundError:
            return None
        return status.st_mtime_ns, status.st_ino

    def description(self) -> Description:
        """Return what made the current snapshot."""
        return read_manifest(self._folder)

    def remains(self) -> Remains:
        """Return what the manifest alone says."""
        return read_remains(self._folder)

    def open(self, *, expect: EncoderIdentity | None = None, verify: bool = False) -> FolderSnapshot:
        """Open the current snapshot."""
        return open_snapshot(self._folder, expect=expect, verify="full" if verify else "sizes")

    def writer(self, encoder: EncoderIdentity, settings: Mapping[str, Any], *, rebuild: bool = False) -> IndexWriter:
        """Return the writer of the next snapshot."""
        return IndexWriter(self._folder, encoder, settings, rebuild=rebuild)
