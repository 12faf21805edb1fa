"""An index opened for asking."""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Literal

from pincite.encoding import Encoder, load_encoder
from pincite.errors import EncoderMismatch
from pincite.storing.base import Snapshot
from pincite.storing.folder_store import Where, store_at
from pincite.storing.manifest import SourceRecord, sha256_of
from pincite.types import Document

State = Literal["current", "changed", "deleted", "unreadable", "from Python"]


@dataclass(frozen=True, slots=True)
class DocumentStatus:
    """A document of an index, and how its source stands to what was indexed."""

    doc_id: str
    title: str
    media_type: str
    n_chunks: int
    n_chars: int
    n_sections: int
    state: State


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """What an index holds; ``created`` is in UTC."""

    created: datetime
    encoder: str
    n_chunks: int
    documents: tuple[DocumentStatus, ...]


class Index:
    """An index opened for asking: one state of it, whole, whatever a writer does meanwhile.

    A context manager.  Safe for use by many threads.  Open one with :meth:`open`, make or change one with
    :func:`update_index`.
    """

    def __init__(self, snapshot: Snapshot, encoder: Encoder | None = None) -> None:
        self.snapshot = snapshot
        self._encoder = encoder
        self._loading = threading.Lock()
        self._compared: dict[Path, tuple[int, int, int]] = {}
        """Files that were found to be what was indexed: their numbers, sizes and times of change then."""

    @classmethod
    def open(cls, folder: Where, *, encoder: Encoder | None = None, verify: bool = False) -> Index:
        """Open the index in ``folder`` as it stands now.

        Parameters
        ----------
        folder
            A path, or another `IndexStore`.
        encoder
            By default the one that the index was built with, loaded when the first query comes.
        verify
            Compare the checksum of every file, large ones too.

        Raises
        ------
        IndexNotFound
            There is no index in the folder.
        UnusableIndex
            It is damaged, of another format version, or was built with another encoder than ``encoder``.
        """
        expect = None if encoder is None else encoder.identity
        return cls(store_at(folder).open(expect=expect, verify=verify), encoder)

    @staticmethod
    def exists(folder: Where) -> bool:
        """Tell whether there is an index in ``folder``, well or not."""
        return store_at(folder).exists()

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def encoder(self) -> Encoder:
        """The encoder for queries.

        Raises
        ------
        EncoderError
            It cannot be loaded.
        EncoderMismatch
            The model of that name has other weights by now.
        """
        with self._loading:
            if self._encoder is None:
                built = self.snapshot.description.encoder
                encoder = load_encoder(built.name)
                if encoder.identity.weights_sha256 != built.weights_sha256:
                    raise EncoderMismatch(
                        f"index was built with {built.name} of weights {built.weights_sha256[:12]}, that model now has "
                        f"{encoder.identity.weights_sha256[:12]}: rebuild with `{self.snapshot.rebuild_command}`"
                    )
                self._encoder = encoder
            return self._encoder

    @property
    def doc_ids(self) -> tuple[str, ...]:
        """Ids of all documents."""
        return self.snapshot.description.doc_ids

    def documents(self) -> Iterator[Document]:
        """Yield every document, one at a time."""
        return self.snapshot.documents()

    def document(self, doc_id: str) -> Document:
        """Return a document.

        Raises
        ------
        UnknownDocument
            There is none with this id.
        """
        return self.snapshot.document(doc_id)

    def source(self, doc_id: str) -> Path | None:
        """Return the file that a document was read from, if it is there and still the same.

        An index from elsewhere may name any file as a document's source.  So its bytes are compared with those that
        were indexed: nobody learns more from the file than the index holds.

        Returns
        -------
        Path or None
            ``None`` for a document from Python, or where the file is gone or has changed.

        Raises
        ------
        UnknownDocument
            There is no document with this id.
        """
        if doc_id not in self.doc_ids:
            self.document(doc_id)
        source = next((each for each in self.snapshot.description.sources if each.doc_id == doc_id), None)
        if source is None:
            return None
        path = Path(source.path)
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode) or status.st_size != source.size:
                return None
            seen = (status.st_ino, status.st_size, status.st_mtime_ns)
            if self._compared.get(path) != seen:
                if sha256_of(path) != source.sha256:
                    return None
                self._compared[path] = seen
        except (OSError, ValueError):
            return None
        return path

    def status(self) -> IndexStatus:
        """Return what the index holds, each document compared with its source as that is now."""
        sources = {source.doc_id: source for source in self.snapshot.description.sources}
        documents = tuple(
            DocumentStatus(
                document.doc_id,
                document.title,
                document.media_type,
                len(self.snapshot.handles(document.doc_id)),
                len(document.text),
                sum(1 for _ in document.root.walk()),
                source_state(sources.get(document.doc_id)),
            )
            for document in self.documents()
        )
        return IndexStatus(self._created, self.snapshot.description.encoder.name, self.snapshot.n_chunks, documents)

    def stale(self) -> tuple[str, ...]:
        """Return the ids of documents whose source has changed or is gone."""
        sources = self.snapshot.description.sources
        return tuple(source.doc_id for source in sources if source_state(source) in {"changed", "deleted"})

    def close(self) -> None:
        """Release files and memory; any later search raises ``ValueError``."""
        self.snapshot.close()

    @property
    def _created(self) -> datetime:
        return datetime.fromisoformat(self.snapshot.description.created)


def source_state(source: SourceRecord | None) -> State:
    """Compare a source with its record: by size and time of change, and only where the time differs by content."""
    if source is None:
        return "from Python"
    path = Path(source.path)
    try:
        status = path.stat()
        if (status.st_size, status.st_mtime_ns) == (source.size, source.mtime_ns):
            return "current"
        same = status.st_size == source.size and sha256_of(path) == source.sha256
    except (FileNotFoundError, NotADirectoryError):
        return "deleted"
    except OSError:
        return "unreadable"
    return "current" if same else "changed"
