"""An index examined wholly: every file of it, not the first alone that differs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pincite.errors import IndexDamaged
from pincite.storing.blocks import BLOCKS
from pincite.storing.current import check_size, current, files_of_manifest, manifest_of
from pincite.storing.folder import Pointer
from pincite.storing.manifest import OLDER_VERSIONS, Manifest, sha256_of
from pincite.storing.untrusted import BY_DAMAGE, damaged


def damage_of(folder: str | os.PathLike[str]) -> tuple[IndexDamaged, ...]:
    """Return what is wrong with each file of the index in ``folder``; nothing where every byte is as it was written.

    Raises
    ------
    UnusableIndex
        Not even the list of files can be read, or there is no index.
    """
    return current(folder, lambda path, pointer: tuple(_damage_of(path, pointer)))


def _damage_of(path: Path, pointer: Pointer) -> Iterator[IndexDamaged]:
    manifest = manifest_of(path, pointer, older=True)
    for name, record in manifest.files.items():
        file = path / name
        try:
            check_size(file, record)
            if sha256_of(file) != record.sha256:
                raise _where(path, manifest, name)
        except IndexDamaged as error:
            yield error
        except OSError as error:
            yield damaged(file, f"cannot be read ({error.strerror or error})")


def _where(path: Path, manifest: Manifest, name: str) -> IndexDamaged:
    """Say in which bytes a file differs, if the digests of its blocks can tell."""
    try:
        if name != BLOCKS and manifest.version not in OLDER_VERSIONS:
            files_of_manifest(path, manifest).mapped(name).read()
    except IndexDamaged as error:
        if BLOCKS not in str(error):
            return error
    except (OSError, *BY_DAMAGE):
        pass
    return damaged(path / name, "expected another SHA-256 than found")
