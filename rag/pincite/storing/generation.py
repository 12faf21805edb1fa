"""An index opened for reading."""

from __future__ import annotations

import mmap
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import orjson

from pincite.errors import EncoderMismatch, IndexDamaged, UnknownDocument
from pincite.storing import records
from pincite.storing.chunks import Chunks
from pincite.storing.faiss_store import FaissStore
from pincite.storing.folder import read_pointer
from pincite.storing.lexical import LexicalIndex
from pincite.storing.manifest import MANIFEST, Manifest, sha256_of
from pincite.storing.tokens import TokenVectors
from pincite.storing.untrusted import damaged, read_array, read_json, remedy

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from pincite.encoding.base import EncoderIdentity
    from pincite.storing.folder import Pointer
    from pincite.types import Document

Verify = Literal["sizes", "full"]

COLLECTION = "chunks"
"""The collection of an index's vector store; its records are the chunks, in their order, with ``doc_id`` as payload."""

EXTRA = "extra."

# Files up to this size are always checked whole, which costs half a millisecond each.
SMALL_FILE_BYTES = 1 << 20
CACHED_DOCUMENTS = 64
SWAPS_WAITED_FOR = 20


class Generation:
    """One state of an index, whole and unchanging; a context manager.  Safe for use by many threads.

    What is open stays readable when a writer swaps in the next generation (on Windows it also stays on the disk until
    a later writer).  Made by `open_generation`.

    Attributes
    ----------
    path
        The generation's folder.
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

    def __init__(self, path: Path, manifest: Manifest) -> None:
        self.path = path
        self.manifest = manifest
        self._texts = _mapped(path / records.TEXTS)
        self._lines = _mapped(path / records.DOCUMENTS)
        self._table = read_array(path / records.DOCUMENT_TABLE, dtype="int64", columns=records.DOCUMENT_COLUMNS)
        self._boxes = read_array(path / records.BOXES, dtype="float32", columns=4)
        self.chunks = Chunks(
            manifest.doc_ids,
            read_array(path / records.CHUNK_TABLE, dtype="int64", columns=records.CHUNK_COLUMNS),
            read_json(path / records.SECTIONS),
            self._table,
            self._texts,
            path,
        )
        self.vectors = FaissStore.load(path)
        self.lexical = LexicalIndex.load(path)
        self.tokens = TokenVectors.load(path)
        # All are opened now, since a writer may remove the folder at any time.
        names = [name for name in manifest.files if name.startswith(EXTRA)]
        self._arrays = {name: read_array(path / name, dtype=None) for name in names}
        self._check()
        self._numbers = {doc_id: number for number, doc_id in enumerate(manifest.doc_ids)}
        self._read = lru_cache(maxsize=CACHED_DOCUMENTS)(self._document)

    def __enter__(self) -> Generation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def documents(self) -> Iterator[Document]:
        """Yield every document, in the order of their numbers."""
        return (self._document(number) for number in range(len(self._table)))

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

    def array(self, name: str) -> NDArray[Any]:
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
        for held in (self._texts, self._lines):
            if isinstance(held, mmap.mmap):
                held.close()

    def _document(self, number: int) -> Document:
        row = self._table[number].tolist()
        try:
            held = orjson.loads(self._lines[row[records.LINE_START] : row[records.LINE_END]])
            text = records.decoded(self._texts[row[records.TEXT_START] : row[records.TEXT_END]])
            start = row[records.BOX_START]
            boxes = None if start < 0 else self._boxes[start : start + len(text)]
            if boxes is not None and len(boxes) != len(text):
                raise ValueError(f"{len(boxes)} boxes for {len(text)} characters")
            return records.document_from(held, text, boxes)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            if self.vectors.closed:
                raise ValueError("the index is closed") from error
            raise damaged(self.path / records.DOCUMENTS, f"document {number} cannot be read ({error})") from error

    def _check(self) -> None:
        """Raise `IndexDamaged` where the files do not fit together, so that no later access can leave them."""
        spans = (
            (records.LINE_START, records.LINE_END, len(self._lines)),
            (records.TEXT_START, records.TEXT_END, len(self._texts)),
            (records.CHUNK_START, records.CHUNK_END, len(self.chunks)),
        )
        n = len(self.chunks)
        sound = (
            len(self._table) == len(self.manifest.doc_ids)
            and all(_within(self._table[:, first], self._table[:, last], limit) for first, last, limit in spans)
            and self.vectors.count(COLLECTION) == n
            and self.vectors.dim == self.manifest.encoder.dim
            and len(self.lexical) == n
            and len(self.tokens) in {0, n}
        )
        if not sound:
            raise damaged(self.path, "the files do not fit together")


def open_generation(
    folder: str | os.PathLike[str], *, expect: EncoderIdentity | None = None, verify: Verify = "sizes"
) -> Generation:
    """Open the index in ``folder`` as it stands now.

    Parameters
    ----------
    expect
        The encoder that will ask.
    verify
        ``full`` compares the checksum of every file, which takes about a second for each gigabyte; ``sizes`` that of
        small files, and the size of large ones.

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
    folder = Path(folder)
    pointer = read_pointer(folder)
    for _ in range(SWAPS_WAITED_FOR):
        try:
            return _open(folder / pointer.name, pointer, expect, verify)
        except (OSError, IndexDamaged) as error:
            # A writer may have swapped in the next generation and removed the one that we were about to open.
            latest = read_pointer(folder)
            if latest == pointer:
                if isinstance(error, IndexDamaged):
                    raise
                raise damaged(folder / pointer.name, error) from error
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


def _open(path: Path, pointer: Pointer, expect: EncoderIdentity | None, verify: Verify) -> Generation:
    manifest_path = path / MANIFEST
    manifest = Manifest.from_json(manifest_path.read_bytes(), manifest_path)
    if sha256_of(manifest_path) != pointer.manifest_sha256:
        raise damaged(manifest_path, f"expected SHA-256 {pointer.manifest_sha256}, found another")
    built = manifest.encoder
    if expect is not None and (built.weights_sha256, built.dim) != (expect.weights_sha256, expect.dim):
        raise EncoderMismatch(
            f"{path.parent}: index was built with encoder {_named(built)}, the query encoder is {_named(expect)}: "
            f"{remedy(path)}, or pass the encoder {built.name}"
        )
    for name, record in manifest.files.items():
        file = path / name
        size = file.stat().st_size
        if size != record.bytes or file.is_symlink():
            raise damaged(file, f"expected a file of {record.bytes} bytes, found {size}")
        if (verify == "full" or size <= SMALL_FILE_BYTES) and sha256_of(file) != record.sha256:
            raise damaged(file, f"expected SHA-256 {record.sha256}, found another")
    return Generation(path, manifest)


def _named(encoder: EncoderIdentity) -> str:
    return f"{encoder.name} ({encoder.dim} dims, weights {encoder.weights_sha256[:12]})"


def _mapped(path: Path) -> mmap.mmap | bytes:
    with path.open("rb") as file:
        if path.stat().st_size == 0:  # nothing can be mapped
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _within(first: NDArray[np.int64], last: NDArray[np.int64], limit: int) -> bool:
    return bool(((first >= 0) & (first <= last) & (last <= limit)).all())
