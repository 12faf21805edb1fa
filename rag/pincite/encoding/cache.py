"""The user's cache folder: what is kept there, and how folders are made there so that no reader sees half of one."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

from pincite.atomic import write_atomically
from pincite.errors import EncoderError


def cache_folder() -> Path:
    """Return the folder for what can be made again: ``$PINCITE_CACHE``, else the system's place for caches."""
    return Path(os.environ.get("PINCITE_CACHE") or platformdirs.user_cache_dir("pincite", appauthor=False))


@contextmanager
def draft_of(folder: Path) -> Iterator[Path]:
    """Lend an empty folder that becomes ``folder`` at once, whole, unless the block fails or another was first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as temporary:
        draft = Path(temporary) / "draft"
        draft.mkdir()
        yield draft
        try:
            draft.rename(folder)
        except OSError:
            # Another process was first; its export is as good as ours.
            if not folder.is_dir():
                raise


def weights_digest(folder: Path) -> str:
    """Return the SHA-256 of a model's weights, in hex.

    For a model of one weights file it is that file's own digest, the one a model hub publishes; for several it is
    the digest of their sorted relative paths and digests.

    Raises
    ------
    EncoderError
        The folder holds no weights.
    """
    files = sorted(folder.rglob("*.safetensors")) or sorted(folder.rglob("pytorch_model*.bin"))
    if not files:
        raise EncoderError(
            f"expected a sentence-transformers model in {folder}, found no *.safetensors or pytorch_model.bin there: "
            "give the folder that holds modules.json and the weights"
        )
    if len(files) == 1:
        return file_digest(files[0])
    lines = [f"{file_digest(file)}  {file.relative_to(folder).as_posix()}\n" for file in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def model_fingerprint(folder: Path) -> str:
    """Return a digest of everything that decides what a model computes: weights, tokenizer, configuration."""
    digest = hashlib.sha256(weights_digest(folder).encode())
    for file in sorted(folder.rglob("*.json")) + sorted(folder.rglob("*.txt")):
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def file_digest(file: Path) -> str:
    """Return the SHA-256 of a file, remembered for as long as its size and time of change stay the same.

    Hashing the 90 MB of all-MiniLM-L6-v2 takes 60 ms from memory and 600 ms from disk, at every start.
    """
    file = file.resolve()
    stat = file.stat()
    state = [str(file), stat.st_size, stat.st_mtime_ns]
    note = cache_folder() / "digests" / f"{hashlib.sha256(str(file).encode()).hexdigest()[:32]}.json"
    # A note that is missing or unreadable costs time, nothing else.
    with suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads(note.read_bytes())
        if found["state"] == state:
            return str(found["sha256"])
    with file.open("rb") as handle:
        sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
    with suppress(OSError):
        write_atomically(note, json.dumps({"state": state, "sha256": sha256}).encode())
    return sha256
