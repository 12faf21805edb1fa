"""The seam between asking and keeping: what an index offers, wherever it is kept.

    IndexStore      where an index is kept: opened as it stands, written by one writer at a time
    Snapshot        one state of it, whole and never changed, opened for reading
    Part            the chunks of a snapshot that a search is confined to
    SnapshotWriter  makes the next snapshot and swaps it in

Documents and chunks cross it by their ids.  Within one opened snapshot a chunk is also named by its *handle*, an
integer that means nothing elsewhere: handles can be compared for equality and handed back, and nothing else.  Whatever
comes as several chunks comes in *reading order*: the documents by their ids, the chunks of each by their place.

`pincite.storing.folder_store` is what ships; `tests/contracts/index_store.py` holds whatever implements it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

    from pincite.encoding.base import EncoderIdentity
    from pincite.errors import IndexDamaged
    from pincite.storing.manifest import Description, SourceRecord
    from pincite.storing.values import Compared, Handles, Proposals, Remains, Segments
    from pincite.types import Chunk, Document, Span


@runtime_checkable
class Part(Protocol):
    """The chunks of a snapshot that a search is confined to."""

    @property
    def n_chunks(self) -> int:
        """How many they are."""
        ...

    def document_frequency(self, term: str) -> int:
        """Return in how many of them ``term`` stands, one of `pincite.storing.terms.terms`."""
        ...

    def propose(self, *, terms: Sequence[str] | None, vector: NDArray[np.float32] | None, k: int) -> Proposals:
        """Return the ``k`` best by words and the ``k`` best by meaning, each with what the other kind says of it.

        Parameters
        ----------
        terms
            The query's; one that it repeats counts once.  ``None`` leaves the search by words out.
        vector
            The query's, shape (dim,), float32, unit norm.  ``None`` leaves the search by meaning out.

        Raises
        ------
        ValueError
            The vector has another shape or is not finite, or the snapshot is closed.
        """
        ...


@runtime_checkable
class Snapshot(Protocol):
    """One state of an index, whole and unchanging, opened for reading.  Safe for use by many threads.

    It stays readable when a writer swaps in the next one, until it is closed; any reading after that raises
    ``ValueError``.  What cannot be read as it was written raises `IndexDamaged`.
    """

    @property
    def description(self) -> Description:
        """What made it: time, encoder, settings, ids of the documents, source files."""
        ...

    @property
    def digest(self) -> str:
        """Hex SHA-256 that is the same for the same contents, whenever and from wherever they were indexed."""
        ...

    @property
    def rebuild_command(self) -> str:
        """The command that makes the index anew."""
        ...

    @property
    def n_chunks(self) -> int:
        """How many chunks it holds."""
        ...

    def part(self, *, docs: Collection[str] | None = None, sections: Collection[tuple[str, ...]] | None = None) -> Part:
        """Return the chunks of some documents that lie in some sections, given by their paths; ``None`` for all.

        Raises
        ------
        UnknownDocument
            It does not hold one of the documents.
        """
        ...

    def sections(self, docs: Collection[str] | None = None) -> Iterable[tuple[str, ...]]:
        """Return the paths of headings under which chunks stand, each once, of some documents or of all.

        Raises
        ------
        UnknownDocument
            It does not hold one of the documents.
        """
        ...

    def compare(self, chunks: Handles, vectors: NDArray[np.float32], *, neighbours: bool) -> Compared:
        """Compare every token of some chunks with some vectors.

        Parameters
        ----------
        vectors
            Shape (n_vectors, dim), float32, unit norm.
        neighbours
            Whether to take in the chunks that continue one of them, or that one of them continues.
        """
        ...

    def token_vectors(self, doc_id: str, span: Span) -> NDArray[np.float32]:
        """Return the token vectors of the sentences that lie wholly in a span of a document, in reading order.

        Shape (n_tokens, dim), float32, of unit norm but for rounding; without the tokens of any context.
        """
        ...

    def document(self, doc_id: str) -> Document:
        """Return a document.

        Raises
        ------
        UnknownDocument
            It holds no such document.
        """
        ...

    def documents(self) -> Iterator[Document]:
        """Yield every document, by their ids."""
        ...

    def handles(self, doc_id: str | None = None) -> Handles:
        """Return the handles of a document's chunks, or of all, in reading order.

        Raises
        ------
        UnknownDocument
            It holds no such document.
        """
        ...

    def handle(self, chunk_id: str) -> int:
        """Return the handle of the chunk with this id.

        Raises
        ------
        KeyError
            It holds no such chunk.
        """
        ...

    def chunk(self, handle: int) -> Chunk:
        """Return a chunk."""
        ...

    def vectors_of(self, chunks: Handles) -> NDArray[np.float32]:
        """Return the vectors of some chunks, as they were written; shape (n_chunks, dim)."""
        ...

    def tokens_of(self, chunk: int) -> NDArray[np.float32]:
        """Return a chunk's token vectors, those of its context first; writing them again loses nothing."""
        ...

    def segments_of(self, chunk: int) -> Segments:
        """Return a chunk's segments."""
        ...

    def damaged(self, found: object) -> IndexDamaged:
        """Return the error that says what is wrong with this index, and what to do about it."""
        ...

    def close(self) -> None:
        """Release files and memory."""
        ...


class SnapshotWriter(Protocol):
    """The one writer of an index; a context manager that keeps other writers out.

    Readers go on with the current snapshot until `commit` has swapped in the next, and without a commit nothing
    changes, however the writer ends.
    """

    @property
    def previous(self) -> Snapshot | None:
        """The current snapshot, examined wholly, to copy from what did not change; ``None`` with ``rebuild``."""
        ...

    @property
    def replaced(self) -> Snapshot | None:
        """The same, but with ``rebuild`` too, of whatever encoder; ``None`` where it cannot be read."""
        ...

    @property
    def is_older(self) -> bool:
        """Whether `previous` is of an older format, so that even the same contents are worth a commit."""
        ...

    def __enter__(self) -> SnapshotWriter:
        """Begin; raises `IndexLocked` where another is writing, `UnusableIndex` where what is there cannot be used."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the next writer begin."""
        ...

    def spool(self) -> Path:
        """Return a new folder for what is too large for memory until `commit`; it goes with the writer."""
        ...

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
        """Write a snapshot and make it the current one, in one step.

        Parameters
        ----------
        documents
            Read one at a time, by their ids.
        chunks
            In reading order; what follows has an entry for each.
        vectors
            Shape (n_chunks, dim), float32, unit norm.
        terms
            What the search by words counts, see `pincite.storing.terms`; read once.
        k1, b
            Of BM25.
        token_vectors
            Shape (n_tokens, dim), float32, unit norm; read once.
        continues
            Shape (n_chunks,), bool: whether it continues the one before, in one section with only white space between.
        sources
            Every file that was looked at.

        Raises
        ------
        ValueError
            The arguments do not fit together; the index is as it was.
        OSError
            There is no room, or writing failed; the index is as it was.
        """
        ...


@runtime_checkable
class IndexStore(Protocol):
    """Where an index is kept.  ``str()`` of it is what one would name it by on the command line."""

    def exists(self) -> bool:
        """Tell whether there is an index, well or not."""
        ...

    def version(self) -> object:
        """Return what differs after each commit, at next to no cost; ``None`` where there is no index."""
        ...

    def description(self) -> Description:
        """Return what made the current snapshot, of an older format too; raises what `open` does."""
        ...

    def remains(self) -> Remains:
        """Return what can be told of an index that cannot be opened.

        Raises
        ------
        IndexDamaged
            Nothing can.
        FileNotFoundError
            There is no index.
        """
        ...

    def open(self, *, expect: EncoderIdentity | None = None, verify: bool = False) -> Snapshot:
        """Open the current snapshot.

        Parameters
        ----------
        expect
            The encoder that will ask.
        verify
            Examine every byte now, and not only when it is read.

        Raises
        ------
        IndexNotFound
            There is none.
        UnusableIndex
            It is damaged, of another format, or was built with another encoder.
        """
        ...

    def writer(self, encoder: EncoderIdentity, settings: Mapping[str, Any], *, rebuild: bool = False) -> SnapshotWriter:
        """Return the writer of the next snapshot.

        Parameters
        ----------
        encoder
            The encoder of the vectors that will be written.
        settings
            Whatever else decides the contents, as JSON.
        rebuild
            Replace what is there, whatever it is and however it stands.
        """
        ...
