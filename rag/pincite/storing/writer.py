"""Writing the next snapshot of an index beside the current one, and swapping it in."""

from __future__ import annotations

import os
import shutil
import socket
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock, Timeout

from pincite.errors import IndexDamaged, IndexLocked, IndexNotFound, UnusableIndex
from pincite.storing.blocks import BLOCKS, describe
from pincite.storing.folder import LOCK, OWNER, UNFINISHED, read_pointer, remove_leftovers, swap_in
from pincite.storing.lexical import LexicalIndex
from pincite.storing.manifest import FORMAT_VERSION, MANIFEST, FileRecord, Manifest, sha256_of
from pincite.storing.records import write_records
from pincite.storing.segments import SegmentTable
from pincite.storing.snapshot import FolderSnapshot, open_snapshot
from pincite.storing.tokens import TokenVectorWriter
from pincite.storing.vectors import write_vectors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import TracebackType

    from numpy.typing import NDArray

    from pincite.encoding.base import EncoderIdentity
    from pincite.storing.manifest import SourceRecord
    from pincite.storing.values import Segments
    from pincite.types import Chunk, Document


class IndexWriter:
    """The one writer of an index; a context manager that holds the lock.

    Readers go on with the current snapshot until `commit` has swapped in the next, and without a commit nothing
    changes.  The lock is the operating system's, so that a crash does not leave it behind.

    Parameters
    ----------
    folder
        The index; made where it is missing.
    encoder
        The encoder of the vectors that will be written.
    settings
        Whatever else decides the contents, as JSON.
    rebuild
        Replace what is there, whatever it is and however it stands.

    Attributes
    ----------
    previous
        The current snapshot with every checksum compared, to copy from what did not change; it may be of an older
        format version.  ``None`` where there is none, or with ``rebuild``.
    replaced
        The same, but with ``rebuild`` too, of whatever encoder: its documents may be kept, none of its numbers.
        ``None`` where it is damaged or of another format version.

    Raises
    ------
    IndexLocked
        On entering: another process is writing.
    UnusableIndex
        On entering: what is there is damaged, or was made by another format version or encoder.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        encoder: EncoderIdentity,
        settings: Mapping[str, Any],
        *,
        rebuild: bool = False,
    ) -> None:
        self._folder = Path(folder)
        self._encoder = encoder
        self._settings = dict(settings)
        self._rebuild = rebuild
        # A lock that falls back to the mere existence of a file would outlive a crash.
        self._lock = FileLock(self._folder / LOCK, timeout=0, fallback_to_soft=False, thread_local=False)
        self._unfinished = self._folder / f"{UNFINISHED}{os.getpid()}"
        self._spool = self._folder / f"{UNFINISHED}{os.getpid()}-spool"
        self.previous: FolderSnapshot | None = None
        self.replaced: FolderSnapshot | None = None

    def __enter__(self) -> IndexWriter:
        self._folder.mkdir(parents=True, exist_ok=True)
        owner = self._folder / OWNER
        try:
            self._lock.acquire()
        except Timeout as error:
            raise IndexLocked(
                f"{self._folder}: expected to be the only writer, but {_owner(owner)} is writing: wait until it is done"
            ) from error
        try:
            now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
            owner.write_text(f"process {os.getpid()} on {socket.gethostname()} (since {now} UTC)", encoding="utf-8")
            self._open_previous()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            shutil.rmtree(self._unfinished, ignore_errors=True)
            shutil.rmtree(self._spool, ignore_errors=True)
            if self.replaced is not None:
                self.replaced.close()
        finally:
            self._lock.release()

    @property
    def is_older(self) -> bool:
        """Whether `previous` is of an older format version."""
        return self.previous is not None and self.previous.manifest.version != FORMAT_VERSION

    def spool(self) -> Path:
        """Return a new folder for what is too large for memory until `commit`; it goes with the writer.

        It stands in the index, where the room is and where the next writer removes it if this one is killed.
        """
        shutil.rmtree(self._spool, ignore_errors=True)
        self._spool.mkdir()
        return self._spool

    def commit(
        self,
        *,
        documents: Iterable[Document],
        chunks: Sequence[Chunk],
        vectors: NDArray[np.float32],
        terms: Iterable[Sequence[str]],
        k1: float,
        b: float,
        token_vectors: Iterable[NDArray[np.float32]],
        segments: Sequence[Segments],
        continues: NDArray[np.bool_],
        sources: Sequence[SourceRecord],
    ) -> None:
        """Write a snapshot and make it the current one; see `pincite.storing.base.SnapshotWriter` for what it takes.

        Raises
        ------
        ValueError
            The arguments do not fit together; the index is as it was.
        OSError
            The disk is full or cannot be written; the index is as it was.
        """
        if not self._lock.is_locked:
            raise ValueError("commit only inside the `with` block of the writer")
        shutil.rmtree(self._unfinished, ignore_errors=True)
        self._unfinished.mkdir()
        doc_ids = write_records(self._unfinished, documents, chunks)
        if vectors.shape != (len(chunks), self._encoder.dim):
            expected = f"{len(chunks)} vectors of length {self._encoder.dim}"
            raise ValueError(f"expected {expected}, got shape {vectors.shape}")
        lexical = LexicalIndex.build(terms, k1=k1, b=b)
        if not len(chunks) == len(lexical) == len(continues):
            found = f"terms of {len(lexical)}, and {len(continues)} that say which one continues another"
            raise ValueError(f"expected terms of {len(chunks)} chunks and which of them continues another, got {found}")
        ids, doc_ids_of = [chunk.chunk_id for chunk in chunks], [chunk.doc_id for chunk in chunks]
        write_vectors(self._unfinished, vectors, chunk_ids=ids, doc_ids=doc_ids_of)
        lexical.save(self._unfinished)
        self._write_tokens(token_vectors, len(chunks))
        SegmentTable.save(self._unfinished, segments, continues)
        manifest = Manifest(
            created=datetime.now(UTC).isoformat(timespec="microseconds"),
            encoder=self._encoder,
            settings=self._settings,
            doc_ids=doc_ids,
            sources=tuple(sources),
            files=recorded(self._unfinished),
        )
        path = self._unfinished / MANIFEST
        path.write_bytes(manifest.to_json())
        swap_in(self._folder, self._unfinished, sha256_of(path))
        remove_leftovers(self._folder, keep=read_pointer(self._folder).name)

    def _open_previous(self) -> None:
        try:
            current = read_pointer(self._folder)
        except IndexNotFound:
            remove_leftovers(self._folder, keep=None)
            return
        except UnusableIndex:
            if self._rebuild:
                return  # which snapshot is worth keeping is unknown until the commit
            raise
        remove_leftovers(self._folder, keep=current.name)
        if self._rebuild:
            with suppress(UnusableIndex):
                self.replaced = _readable(open_snapshot(self._folder, verify="full", older=True))
        else:
            self.previous = self.replaced = open_snapshot(self._folder, expect=self._encoder, verify="full", older=True)

    def _write_tokens(self, token_vectors: Iterable[NDArray[np.float32]], n_chunks: int) -> None:
        with TokenVectorWriter(self._unfinished, self._encoder.dim) as writer:
            for vectors in token_vectors:
                writer.append(vectors)
        if len(writer) != n_chunks:
            raise ValueError(f"expected token vectors of {n_chunks} chunks, got {len(writer)}")


def _readable(snapshot: FolderSnapshot) -> FolderSnapshot:
    """Return the snapshot, or close it and raise `IndexDamaged` where a document of it cannot be read back."""
    try:
        deque(snapshot.documents(), maxlen=0)
    except IndexDamaged:
        snapshot.close()
        raise
    return snapshot


def recorded(folder: Path) -> dict[str, FileRecord]:
    """Describe every file in ``folder``, and write the digests of their blocks beside them."""
    files, digests = {}, []
    for path in sorted(folder.iterdir()):
        size, sha256, blocks = describe(path)
        files[path.name] = FileRecord(size, sha256)
        digests.append(blocks)
    path = folder / BLOCKS
    path.write_bytes(b"".join(digests))
    files[BLOCKS] = FileRecord(path.stat().st_size, sha256_of(path))
    return files


def _owner(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip() or "another process"
    except (OSError, UnicodeDecodeError):
        return "another process"
