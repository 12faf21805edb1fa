"""The manifest of an index: what made it, what it holds, and a checksum for every file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from pincite.encoding.base import EncoderIdentity
from pincite.errors import IndexVersionMismatch
from pincite.storing.untrusted import damaged, index_command, remedy

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = "pincite-index"
FORMAT_VERSION = 2
LARGEST_DIM = 1 << 16

OLDER_VERSIONS = frozenset({1})
"""What `pincite index` takes over without loss; version 1 had no digests of blocks."""

MANIFEST = "manifest.json"

Record = TypeVar("Record")

# Nothing that leaves the folder: no separators, no leading dot, no drive letters.
_PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """Size in bytes and hex SHA-256 of one of the index's own files."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A source file as it was when it was indexed.

    Attributes
    ----------
    doc_id
        Id of the document made from it.
    path
        Where it lies.
    root
        The folder that was given and that ``doc_id`` is relative to.
    size
        Bytes.
    mtime_ns
        Time of its last change, in nanoseconds since 1970.
    sha256
        Hex digest of its bytes.
    """

    doc_id: str
    path: str
    root: str
    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Description:
    """What made a snapshot of an index.

    Attributes
    ----------
    created
        Time in UTC, ISO 8601.
    encoder
        The encoder whose vectors these are.
    settings
        Whatever else decided the contents, as JSON; the caller's business.
    doc_ids
        Every document, in reading order.
    sources
        Every source file.
    """

    created: str
    encoder: EncoderIdentity
    settings: Mapping[str, Any]
    doc_ids: tuple[str, ...]
    sources: tuple[SourceRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest(Description):
    """What made an index and what it holds, as its file says.

    Attributes
    ----------
    files
        The index's own files, by name.
    version
        Of the format.
    """

    files: Mapping[str, FileRecord] = field(default_factory=dict)
    version: int = FORMAT_VERSION

    def to_json(self) -> bytes:
        """Return the manifest as it stands in its file."""
        content = {"format": FORMAT, "version": self.version, **asdict(self)}
        return orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    @classmethod
    def from_json(cls, content: bytes, path: Path, *, older: bool = False) -> Manifest:
        """Read a manifest, one of an older version too where that is allowed; ``path`` is only for messages.

        Raises
        ------
        IndexVersionMismatch
            It was written by another format version.
        IndexDamaged
            It is not a manifest, or names a file outside its folder.
        """
        try:
            held = orjson.loads(content)
        except orjson.JSONDecodeError as error:
            raise damaged(path, f"not JSON ({error})") from error
        if not isinstance(held, dict) or held.get("format") != FORMAT:
            raise damaged(path, "not the manifest of an index")
        version = held.get("version")
        known = version in OLDER_VERSIONS if isinstance(version, int) else False
        if version != FORMAT_VERSION and not (known and older):
            what = f"run `{index_command(path.parent.parent)}`, which takes it over as it is" if known else remedy(path)
            raise IndexVersionMismatch(f"{path}: expected format version {FORMAT_VERSION}, found {version!r}: {what}")
        try:
            manifest = cls(
                created=_of(str, held["created"]),
                encoder=_record(EncoderIdentity, held["encoder"]),
                settings=_of(dict, held["settings"]),
                doc_ids=tuple(_of(str, doc_id) for doc_id in _of(list, held["doc_ids"])),
                sources=tuple(_record(SourceRecord, entry) for entry in _of(list, held["sources"])),
                files={name: _record(FileRecord, entry) for name, entry in _of(dict, held["files"]).items()},
                version=_of(int, version),
            )
            datetime.fromisoformat(manifest.created)
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(path, f"an entry is missing or of the wrong kind ({error})") from error
        for name, record in manifest.files.items():
            if not _PLAIN_NAME.fullmatch(name) or not _SHA256.fullmatch(record.sha256):
                raise damaged(path, f"names a file it must not ({name!r}) or gives no checksum of it")
            if record.bytes < 0:
                raise damaged(path, f"gives {name} {record.bytes} bytes")
        if not 1 <= manifest.encoder.dim <= LARGEST_DIM:
            raise damaged(path, f"expected vectors of at most {LARGEST_DIM} numbers, found {manifest.encoder.dim}")
        for doc_id in manifest.doc_ids:
            # The same as is asked of the ids of documents that come in.
            if not doc_id.strip() or not doc_id.isprintable():
                raise damaged(path, f"names a document {doc_id!a}")
        if len(set(manifest.doc_ids)) != len(manifest.doc_ids):
            raise damaged(path, "names a document twice")
        return manifest


def sha256_of(path: Path) -> str:
    """Return the hex SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _of(kind: type[Any], value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"expected {kind.__name__}, found {type(value).__name__}")
    return value


def _record(kind: Callable[..., Record], value: Any) -> Record:
    """Make a flat dataclass of a JSON object, each field of exactly the kind that it is declared with."""
    kinds = {"str": str, "int": int}
    declared = {each.name: kinds[str(each.type)] for each in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: _of(declared[name], found) for name, found in _of(dict, value).items()})
