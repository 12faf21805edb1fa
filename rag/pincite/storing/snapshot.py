"""An index opened for reading."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from pincite.errors import EncoderMismatch, IndexDamaged, UnknownDocument
from pincite.storing.chunks import Chunks
from pincite.storing.current import check_size, current, files_of_manifest, manifest_of
from pincite.storing.documents import Documents
from pincite.storing.files import Files
from pincite.storing.lexical import LexicalIndex
from pincite.storing.manifest import Manifest, sha256_of
from pincite.storing.ordering import best
from pincite.storing.segments import END, FIRST_TOKEN, OPENS, START, SegmentTable
from pincite.storing.tokens import TokenVectors
from pincite.storing.untrusted import damaged, rebuild_command, remedy
from pincite.storing.values import Compared, Proposals, Segments
from pincite.storing.vectors import ChunkVectors

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterator, Sequence
    from types import TracebackType

    from numpy.typing import NDArray

    from pincite.encoding.base import EncoderIdentity
    from pincite.storing.folder import Pointer
    from pincite.storing.manifest import Description
    from pincite.storing.values import Handles
    from pincite.types import Chunk, Document, Span

Verify = Literal["sizes", "full"]

# Files up to this size are always checked whole, which costs half a millisecond each.
SMALL_FILE_BYTES = 1 << 20
CACHED_DOCUMENTS = 64


class FolderSnapshot:
    """One state of an index, whole and unchanging; a context manager.  Safe for use by many threads.

    What is open stays readable when a writer swaps in the next snapshot (on Windows it also stays on the disk until
    a later writer).  Made by `open_snapshot`.

    Handles of chunks are their numbers.  See `pincite.storing.base.Snapshot` for what is not said here.

    Attributes
    ----------
    path
        The snapshot's folder.
    manifest
        What made it, and every file.
    """

    def __init__(self, path: Path, manifest: Manifest, files: Files) -> None:
        self.path = path
        self.manifest = manifest
        self._files = files
        documents = Documents(manifest.doc_ids, files)
        # All are opened now, since a writer may remove the folder at any time.
        self._chunks = Chunks(manifest.doc_ids, documents, files)
        self._vectors = ChunkVectors.load(files)
        self._lexical = LexicalIndex.load(files)
        self._tokens = TokenVectors.load(files)
        self._segments = SegmentTable.load(files, len(self._chunks))
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

    @property
    def description(self) -> Description:
        """What made it."""
        return self.manifest

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the checksums of all files, and of what made them."""
        return hashlib.sha256(replace(self.manifest, created="", sources=()).to_json()).hexdigest()

    @property
    def rebuild_command(self) -> str:
        """The command that makes the index anew."""
        return rebuild_command(self.path.parent)

    @property
    def n_chunks(self) -> int:
        """How many chunks it holds."""
        return len(self._chunks)

    def part(
        self, *, docs: Collection[str] | None = None, sections: Collection[tuple[str, ...]] | None = None
    ) -> FolderPart:
        """Return the chunks of some documents that lie in some sections."""
        numbers = None
        if docs is not None or sections is not None:
            inside = self._inside(docs)
            if sections is not None:
                wanted = set(sections)
                held = [number for number, path in enumerate(self._chunks.sections) if path in wanted]
                inside &= np.isin(self._chunks.section_numbers, held)
            numbers = np.flatnonzero(inside)
        return FolderPart(len(self._chunks), numbers, self._vectors, self._lexical)

    def sections(self, docs: Collection[str] | None = None) -> list[tuple[str, ...]]:
        """Return the paths of headings under which chunks stand."""
        held = np.unique(self._chunks.section_numbers[self._inside(docs)]).tolist()
        return [self._chunks.sections[number] for number in held]

    def compare(self, chunks: Handles, vectors: NDArray[np.float32], *, neighbours: bool) -> Compared:
        """Compare every token of some chunks with some vectors."""
        numbers = self._with_neighbours(chunks) if neighbours else np.sort(chunks)
        cosines, lengths = self._tokens.cosines(vectors, numbers)
        table, norms, counts = self._segments.of_chunks(numbers)
        starts, ends = self._chunks.starts[numbers], self._chunks.ends[numbers]
        if (table[:, END] > np.repeat(ends - starts, counts)).any() or (
            table[:, FIRST_TOKEN] > np.repeat(lengths, counts)
        ).any():
            raise self.damaged("a sentence that leaves its passage")
        firsts = np.repeat(np.cumsum(lengths) - lengths, counts) + table[:, FIRST_TOKEN]
        spans = table[:, : END + 1] + np.repeat(starts, counts)[:, None]
        continues = np.zeros(len(numbers), bool)
        continues[1:] = self._segments.joins[numbers[1:]] & (np.diff(numbers) == 1)
        segments = Segments(firsts, spans, norms, table[:, OPENS].astype(bool))
        return Compared(numbers, continues, counts, segments, cosines)

    def token_vectors(self, doc_id: str, span: Span) -> NDArray[np.float32]:
        """Return the token vectors of the sentences that lie wholly in a span of a document."""
        numbers = self._chunks.of_document(doc_id)
        ends = self._chunks.ends[numbers.start : numbers.stop]
        parts = [np.empty((0, self._tokens.dim), np.float32)]
        for number in range(numbers.start + int(np.searchsorted(ends, span.start, side="right")), numbers.stop):
            start = int(self._chunks.starts[number])
            if start >= span.end:
                break
            rows = self._segments.rows_of(number)[1:]
            own = np.flatnonzero((rows[:, START] + start >= span.start) & (rows[:, END] + start <= span.end))
            if len(own):
                last = rows[own[-1] + 1, FIRST_TOKEN] if own[-1] + 1 < len(rows) else None
                parts.append(self._tokens.get(number)[rows[own[0], FIRST_TOKEN] : last])
        return np.concatenate(parts)

    def handles(self, doc_id: str | None = None) -> Handles:
        """Return the handles of a document's chunks, or of all."""
        return np.arange(len(self._chunks)) if doc_id is None else np.array(self._chunks.of_document(doc_id), np.int64)

    def handle(self, chunk_id: str) -> int:
        """Return the handle of the chunk with this id."""
        return self._chunks.number(chunk_id)

    def chunk(self, handle: int) -> Chunk:
        """Return a chunk."""
        return self._chunks[handle]

    def vectors_of(self, chunks: Handles) -> NDArray[np.float32]:
        """Return the vectors of some chunks."""
        return self._vectors.of(chunks)

    def tokens_of(self, chunk: int) -> NDArray[np.float32]:
        """Return a chunk's token vectors."""
        return self._tokens.get(chunk)

    def segments_of(self, chunk: int) -> Segments:
        """Return a chunk's segments."""
        rows, norms, _ = self._segments.of_chunks(np.array([chunk]))
        spans = rows[:, : END + 1] + int(self._chunks.starts[chunk])
        return Segments(rows[:, FIRST_TOKEN], spans, norms, rows[:, OPENS].astype(bool))

    def damaged(self, found: object) -> IndexDamaged:
        """Return the error that says what is wrong with this index."""
        return damaged(self.path, found)

    def close(self) -> None:
        """Release files and memory; any later reading raises ``ValueError``."""
        self._vectors.close()
        self._read.cache_clear()
        self._files.close()

    def _inside(self, docs: Collection[str] | None) -> NDArray[np.bool_]:
        """Tell of each chunk whether it is of one of the documents."""
        inside = np.full(len(self._chunks), docs is None)
        for doc_id in docs or ():
            numbers = self._chunks.of_document(doc_id)
            inside[numbers.start : numbers.stop] = True
        return inside

    def _with_neighbours(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Add the chunks that continue one of these, or that it continues; ascending."""
        joins = self._segments.joins
        before = numbers[joins[numbers]] - 1
        after = numbers[numbers + 1 < len(joins)] + 1
        return np.unique(np.concatenate([numbers, before, after[joins[after]]]))

    def _check(self) -> None:
        """Raise `IndexDamaged` where the files do not fit together, so that no later access can leave them."""
        n, dim = len(self._chunks), self.manifest.encoder.dim
        lengths = {len(self._vectors), len(self._lexical), len(self._tokens)}
        if lengths != {n} or {self._vectors.dim, self._tokens.dim} != {dim}:
            raise damaged(self.path, "the files do not fit together")


class FolderPart:
    """Some chunks of a snapshot, or all; see `pincite.storing.base.Part`.

    Parameters
    ----------
    n
        How many the snapshot holds.
    numbers
        Those of the chunks, ascending; ``None`` for all.
    """

    def __init__(self, n: int, numbers: NDArray[np.int64] | None, vectors: ChunkVectors, lexical: LexicalIndex) -> None:
        self._n, self._numbers, self._vectors, self._lexical = n, numbers, vectors, lexical

    @property
    def n_chunks(self) -> int:
        """How many they are."""
        return self._n if self._numbers is None else len(self._numbers)

    def document_frequency(self, term: str) -> int:
        """Return in how many of them ``term`` stands."""
        return self._lexical.document_frequency(term, inside=self._numbers)

    def propose(self, *, terms: Sequence[str] | None, vector: NDArray[np.float32] | None, k: int) -> Proposals:
        """Return the best by words and the best by meaning."""
        bm25 = np.zeros(self._n, np.float32) if terms is None else self._lexical.scores(terms)
        proposed = [np.empty(0, np.int64)]
        if terms is not None:
            among = self._numbers
            proposed.append(best(bm25, k) if among is None else among[best(bm25[among], k)])
        if vector is not None:
            proposed.append(self._vectors.nearest(vector, k, among=self._numbers))
        numbers = np.unique(np.concatenate(proposed))
        cosines = np.zeros(len(numbers), np.float32) if vector is None else self._vectors.cosines(vector, numbers)
        return Proposals(numbers, cosines, bm25[numbers])


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


def _named(encoder: EncoderIdentity) -> str:
    return f"{encoder.name} ({encoder.dim} dims, weights {encoder.weights_sha256[:12]})"
