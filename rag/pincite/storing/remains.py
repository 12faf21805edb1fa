"""What an index tells of itself although it is damaged or of another format version: enough to make it anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pincite.errors import IndexDamaged
from pincite.storing.folder import CURRENT, read_pointer
from pincite.storing.manifest import MANIFEST, sha256_of
from pincite.storing.untrusted import read_json, rebuild_command
from pincite.storing.values import Remains

if TYPE_CHECKING:
    from pathlib import Path


def read_remains(folder: Path) -> Remains:
    """Read what the manifest alone says; no other file of the index is looked at.

    Raises
    ------
    IndexDamaged
        The manifest is not as it was written, so that the paths must be given again.
    IndexNotFound
        There is no index in ``folder``.
    """
    try:
        pointer = read_pointer(folder)
        path = folder / pointer.name / MANIFEST
        if sha256_of(path) != pointer.manifest_sha256:
            raise IndexDamaged(f"{path}: another checksum")
        held = read_json(path)
        roots = [str(source["root"]) for source in held["sources"]]
        return Remains(tuple(dict.fromkeys(roots)), tuple(map(str, held["doc_ids"])))
    except (IndexDamaged, OSError, KeyError, TypeError) as error:
        if isinstance(error, FileNotFoundError) and not (folder / CURRENT).exists():
            raise
        command = rebuild_command(folder, "PATH...")
        raise IndexDamaged(f"{folder}: it no longer tells which paths it was made from: run `{command}`") from error
