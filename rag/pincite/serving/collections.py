"""Collections: the documents that one key's holder sees, each an index folder of its own."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from pincite.answering import Assistant, CurrentAssistant, Writing
from pincite.encoding import Encoder
from pincite.errors import IndexLocked, IndexNotFound, UnknownDocument
from pincite.indexing import DocumentStatus, Index, IndexStatus, update_index
from pincite.reading import ReadingLimits
from pincite.serving.keys import check_name
from pincite.types import IndexReport, ProgressCallback
from pincite.web.private import close_to_others, file_below, private_folder

if TYPE_CHECKING:
    from pincite.generating import Generator


class Generating(TypedDict, total=False):
    """The language model, if any; as `pincite.Assistant` takes it."""

    generator: Generator | None
    writing: Writing


MakeAssistant = Callable[[Index], Assistant]


def make_assistant(index: Index, **options: Unpack[Generating]) -> Assistant:
    """Return what answers the questions asked of an index; the one place where the server makes it."""
    return Assistant(index, **options)


class Collection:
    """One index, asked as it stands now, and the files uploaded to it.  Safe for use by many threads.

    Parameters
    ----------
    folder
        The index; made when the first document comes.
    uploads
        Where uploaded files are kept, under their ids.
    limits
        What reading one of them may take.
    """

    def __init__(
        self,
        folder: Path,
        uploads: Path,
        encoder: Encoder,
        make: MakeAssistant = make_assistant,
        *,
        limits: ReadingLimits | None = None,
    ) -> None:
        self.folder, self.uploads = folder, uploads
        self._limits = limits
        self._encoder = encoder
        self._current = CurrentAssistant(folder, encoder, make)
        self._changing = threading.Lock()

    @property
    def assistant(self) -> Assistant:
        """What answers from the index; whoever has it may go on asking it while a newer state takes its place.

        Raises
        ------
        IndexNotFound
            No document has come yet.
        UnusableIndex
            The index is damaged, of another version, or built with another encoder.
        """
        if not Index.exists(self.folder):
            raise IndexNotFound("there are no documents yet: upload some first")
        return self._current()

    def make_home(self) -> None:
        """Make the folder that uploads are kept in, for the eyes of its owner alone.

        Raises
        ------
        OSError
            It cannot be made.
        """
        private_folder(self.uploads.parent.parent)
        private_folder(self.uploads.parent)

    def status(self) -> IndexStatus | None:
        """Return what the index holds, or ``None`` where no document has come yet."""
        try:
            return self.assistant.index.status()
        except IndexNotFound:
            return None

    def document_status(self, doc_id: str) -> DocumentStatus | None:
        """Return what is known of one document, or ``None`` where there is none with this id."""
        try:
            index = self.assistant.index
        except IndexNotFound:
            return None
        if doc_id not in index.doc_ids:
            return None
        return next(each for each in index.status().documents if each.doc_id == doc_id)

    def add(self, progress: ProgressCallback | None = None) -> IndexReport:
        """Index the uploads as they are now; waits for another change to end."""
        with self._changing:
            return update_index(
                self.folder, [self.uploads], encoder=self._encoder, limits=self._limits, progress=progress
            )

    def remove(self, doc_id: str) -> None:
        """Drop a document, and its file where it was uploaded.

        Raises
        ------
        UnknownDocument
            There is none with this id.
        IndexLocked
            Documents are being added or removed at this moment.
        """
        if not self._changing.acquire(blocking=False):
            raise IndexLocked("documents are being added or removed at this moment: try again when that is done")
        try:
            if not Index.exists(self.folder):
                raise UnknownDocument(f"no document {doc_id!r}")
            update_index(self.folder, paths=(), remove=doc_id, encoder=self._encoder)
            if (uploaded := file_below(self.uploads, doc_id)) is not None:
                with suppress(OSError):
                    uploaded.unlink()
        finally:
            self._changing.release()


class Collections:
    """All collections of a server, each opened when it is first asked.  Safe for use by many threads.

    Parameters
    ----------
    data
        Where collections and uploads are kept, for the eyes of its owner alone.
    encoder
        For all of them.
    make
        Makes what answers, of an index.
    limits
        What reading one uploaded file may take.
    """

    def __init__(
        self,
        data: Path,
        encoder: Encoder,
        make: MakeAssistant = make_assistant,
        *,
        limits: ReadingLimits | None = None,
    ) -> None:
        self.data, self.encoder, self._make, self._limits = data, encoder, make, limits
        self._known: dict[Path, Collection] = {}
        self._lock = threading.Lock()

    def named(self, name: str) -> Collection:
        """Return the collection of a key."""
        home = self.data / "collections" / check_name("collection", name)
        return self._at(home / "index", home / "uploads")

    def of_folder(self, folder: Path) -> Collection:
        """Return the collection of an index of the user's own; what is uploaded to it is kept elsewhere."""
        digest = hashlib.sha256(str(folder.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
        return self._at(folder, self.data / "indexes" / digest / "uploads")

    def folders(self) -> list[Path]:
        """Return the folders of the collections that were asked for."""
        with self._lock:
            return [folder for each in self._known.values() for folder in (each.folder, each.uploads)]

    def _at(self, folder: Path, uploads: Path) -> Collection:
        with self._lock:
            if folder not in self._known:
                home = uploads.parent
                for kept in (home.parent, home):
                    if kept.exists():
                        close_to_others(kept)
                self._known[folder] = Collection(folder, uploads, self.encoder, self._make, limits=self._limits)
            return self._known[folder]
