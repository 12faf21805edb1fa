"""Which snapshot of a folder is the current one, and whether its files are those that its manifest vouches for."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pincite.errors import IndexDamaged, UnusableIndex
from pincite.storing.blocks import BLOCKS, split
from pincite.storing.files import Files
from pincite.storing.folder import read_pointer
from pincite.storing.manifest import MANIFEST, OLDER_VERSIONS, Manifest
from pincite.storing.untrusted import BY_DAMAGE, damaged

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from pincite.storing.folder import Pointer
    from pincite.storing.manifest import FileRecord

Opened = TypeVar("Opened")

SWAPS_WAITED_FOR = 20


def read_manifest(folder: str | os.PathLike[str]) -> Manifest:
    """Return the manifest alone, of an older version too; raises what `current` does."""
    return current(folder, lambda path, pointer: manifest_of(path, pointer, older=True))


def current(folder: str | os.PathLike[str], opened: Callable[[Path, Pointer], Opened]) -> Opened:
    """Open the current snapshot, or the next one where a writer swaps it in meanwhile.

    Raises
    ------
    IndexDamaged
        It cannot be opened, whatever the reason.
    UnusableIndex
        What ``opened`` raises.
    """
    folder = Path(folder)
    pointer = read_pointer(folder)
    for _ in range(SWAPS_WAITED_FOR):
        try:
            return opened(folder / pointer.name, pointer)
        except (OSError, IndexDamaged, *BY_DAMAGE) as error:
            if isinstance(error, UnusableIndex) and not isinstance(error, IndexDamaged):
                raise
            # A writer may have swapped in the next snapshot and removed the one that we were about to open.
            latest = read_pointer(folder)
            if latest == pointer:
                if isinstance(error, IndexDamaged):
                    raise
                raise damaged(folder / pointer.name, error if str(error) else type(error).__name__) from error
            pointer = latest
    raise damaged(folder, f"replaced {SWAPS_WAITED_FOR} times while it was being opened")


def check_size(file: Path, record: FileRecord) -> None:
    """Raise `IndexDamaged` where a file is not of the size recorded, or only a link to one."""
    size = file.stat().st_size
    if size != record.bytes or file.is_symlink():
        raise damaged(file, f"expected a file of {record.bytes} bytes, found {size}")


def files_of_manifest(path: Path, manifest: Manifest) -> Files:
    """Return the files of the snapshot at ``path``, each to be checked as it is read.

    Those of an older version have no digests of blocks, so that the caller must have compared each with its checksum.

    Raises
    ------
    IndexDamaged
        The digests are not those that the manifest vouches for.
    """
    sizes = {name: record.bytes for name, record in manifest.files.items()}
    if manifest.version in OLDER_VERSIONS:
        return Files(path, dict.fromkeys(sizes))
    record = manifest.files.get(BLOCKS)
    if record is None:
        raise damaged(path / BLOCKS, "not among the files that the index is said to have")
    content = (path / BLOCKS).read_bytes()
    if hashlib.sha256(content).hexdigest() != record.sha256:
        raise damaged(path / BLOCKS, f"expected SHA-256 {record.sha256}, found another")
    del sizes[BLOCKS]
    return Files(path, split(content, sizes, path / BLOCKS))


def manifest_of(path: Path, pointer: Pointer, *, older: bool) -> Manifest:
    """Return the manifest of the snapshot at ``path``, which must be the one that the pointer vouches for."""
    manifest_path = path / MANIFEST
    content = manifest_path.read_bytes()
    manifest = Manifest.from_json(content, manifest_path, older=older)
    if hashlib.sha256(content).hexdigest() != pointer.manifest_sha256:
        raise damaged(manifest_path, f"expected SHA-256 {pointer.manifest_sha256}, found another")
    return manifest
