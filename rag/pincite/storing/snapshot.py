"""An index opened for reading."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from pincite.errors import EncoderMismatch, IndexDamaged, UnknownDocument, UnusableIndex
from pincite.storing.blocks import BLOCKS, split
from pincite.storing.chunks import Chunks
from pincite.storing.documents import Documents
from pincite.storing.files import Files
from pincite.storing.folder import read_pointer
from pincite.storing.lexical import LexicalIndex
from pincite.storing.manifest import MANIFEST, OLDER_VERSIONS, Manifest, sha256_of
from pincite.storing.tokens import TokenVectors
from pincite.storing.untrusted import BY_DAMAGE, damaged, remedy
from pincite.storing.vectors import FaissStore

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from pincite.encoding.base import EncoderIdentity
    from pincite.storing.blocks import CheckedArray
    from pincite.storing.folder import Pointer
    from pincite.storing.manifest import FileRecord
    from pincite.types import Document

Opened = TypeVar("Opened")
Verify = Literal["sizes", "full"]

COLLECTION = "chunks"
"""The collection of an index's vector store; its records are the chunks, in their order, with ``doc_id`` as payload."""

EXTRA = "extra."

# Files up to this size are always checked whole, which costs half a millisecond each.
SMALL_FILE_BYTES = 1 << 20
CACHED_DOCUMENTS = 64
SWAPS_WAITED_FOR = 20


class FolderSnapshot:
    """One state of an index, whole and unchanging; a context manager.  Safe for use by many threads.

    What is open stays readable when a writer swaps in the next snapshot (on Windows it also stays on the disk until
    a later writer).  Made by `open_snapshot`.

    Attributes
    ----------
    path
        The snapshot's folder.
    manifest
        What made it, and every source file.
    chunks
        Every chunk, by number and by id.
    vectors
        The vectors of the chunks, in the collection `COLLECTION`.
    lexical
        BM25 over the chunks.
    tokens
        The token vectors of the chunks, by number.
    """

    def __init__(self, path: Path, manifest: Manifest, files: Files) -> None:
        self.path = path
        self.manifest = manifest
        self._files = files
        documents = Documents(manifest.doc_ids, files)
        self.chunks = Chunks(manifest.doc_ids, documents, files)
        self.vectors = FaissStore.load(files)
        self.lexical = LexicalIndex.load(files)
        self.tokens = TokenVectors.load(files)
        # All are opened now, since a writer may remove the folder at any time.
        names = [name for name in manifest.files if name.startswith(EXTRA)]
        self._arrays = {name: files.array(name, dtype=None) for name in names}
        self._check()
        self._numbers = {doc_id: number for number, doc_id in enumerate(manifest.doc_ids)}
        self._documents = documents
        # Of `documents`, not of `self`: in a cycle, the files of an old snapshot would stay open until it is found.
        self._read = lru_cache(maxsize=CACHED_DOCUMENTS)(documents.read)

    def __enter__(self) -> FolderSnapshot:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def documents(self) -> Iterator[Document]:
        """Yield every document, in the order of their numbers."""
        return map(self._documents.read, range(len(self._documents)))

    def document(self, doc_id: str) -> Document:
        """Return a document; the latest ones are kept in memory.

        Raises
        ------
        UnknownDocument
            There is no such document in the index.
        IndexDamaged
            It cannot be read back.
        """
        number = self._numbers.get(doc_id)
        if number is None:
            raise UnknownDocument(
                f"no document {doc_id!r} among the {len(self._numbers)} of {self.path.parent}: see `pincite status`"
            )
        return self._read(number)

    def array(self, name: str) -> CheckedArray:
        """Return one of the further arrays that the index was written with, memory-mapped.

        Raises
        ------
        KeyError
            There is none of this name.
        """
        file_name = extra_name(name)
        if file_name not in self._arrays:
            raise KeyError(f"no array {name!r} in {self.path}")
        return self._arrays[file_name]

    def chunk_vectors(self, doc_id: str) -> NDArray[np.float32]:
        """Return the vectors of a document's chunks; shape (n_chunks of it, dim), not to be changed."""
        numbers = self.chunks.of_document(doc_id)
        return self.vectors.vectors(COLLECTION)[numbers.start : numbers.stop]

    def close(self) -> None:
        """Release files and memory; any later reading raises ``ValueError``."""
        self.vectors.close()
        self._read.cache_clear()
        self._files.close()

    def _check(self) -> None:
        """Raise `IndexDamaged` where the files do not fit together, so that no later access can leave them."""
        n = len(self.chunks)
        sound = (
            self.vectors.count(COLLECTION) == n
            and self.vectors.dim == self.manifest.encoder.dim
            and len(self.lexical) == n
            and len(self.tokens) in {0, n}
            and self.tokens.dim == self.manifest.encoder.dim
        )
        if not sound:
            raise damaged(self.path, "the files do not fit together")


def open_snapshot(
    folder: str | os.PathLike[str],
    *,
    expect: EncoderIdentity | None = None,
    verify: Verify = "sizes",
    older: bool = False,
) -> FolderSnapshot:
    """Open the index in ``folder`` as it stands now.

    Parameters
    ----------
    expect
        The encoder that will ask.
    verify
        ``full`` compares the checksum of every file, which takes about a second for each gigabyte; ``sizes`` that of
        small files, and the size of large ones, of which each block is compared when it is first read.
    older
        Open one of an older version too, to take over what it holds; only with ``full``, as it has no digests of
        blocks.

    Raises
    ------
    IndexNotFound
        There is no index in the folder.
    IndexDamaged
        A file is missing or differs.
    IndexVersionMismatch
        It was written by another format version.
    EncoderMismatch
        It was built with another encoder than ``expect``.
    """
    if older and verify != "full":
        raise ValueError("an index of an older version is opened with verify='full' alone")
    return current(folder, lambda path, pointer: _open(path, pointer, expect, verify, older))


def read_manifest(folder: str | os.PathLike[str]) -> Manifest:
    """Return the manifest alone, of an older version too; raises what `open_snapshot` does."""
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


def extra_name(name: str) -> str:
    """Return the name of the file of a further array.

    Raises
    ------
    ValueError
        The name holds anything but lower-case letters, digits and ``_``.
    """
    if not name.replace("_", "a").isalnum() or not name.isascii() or name != name.lower():
        raise ValueError(f"expected a name of lower-case letters, digits and _, got {name!r}")
    return f"{EXTRA}{name}.npy"


def _open(path: Path, pointer: Pointer, expect: EncoderIdentity | None, verify: Verify, older: bool) -> FolderSnapshot:
    manifest = manifest_of(path, pointer, older=older)
    built = manifest.encoder
    if expect is not None and (built.weights_sha256, built.dim) != (expect.weights_sha256, expect.dim):
        raise EncoderMismatch(
            f"{path.parent}: index was built with encoder {_named(built)}, the query encoder is {_named(expect)}: "
            f"{remedy(path)}, or pass the encoder {built.name}"
        )
    for name, record in manifest.files.items():
        check_size(path / name, record)
        if (verify == "full" or record.bytes <= SMALL_FILE_BYTES) and sha256_of(path / name) != record.sha256:
            raise damaged(path / name, f"expected SHA-256 {record.sha256}, found another")
    return FolderSnapshot(path, manifest, files_of_manifest(path, manifest))


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


def _named(encoder: EncoderIdentity) -> str:
    return f"{encoder.name} ({encoder.dim} dims, weights {encoder.weights_sha256[:12]})"
