"""The documents that one visitor may ask about: those the server started with, and their own."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from pincite import (
    DocumentTooLarge,
    Encoder,
    Index,
    IndexReport,
    PinciteError,
    ProgressCallback,
    ReadingLimits,
    update_index,
)
from pincite.web.limits import MAX_UPLOAD_BYTES, KeepingLimits
from pincite.web.private import close_tree_to_others, file_below, private_folder
from pincite.web.uploads import Upload
from pincite_ui.keeping import check_room

MAX_UPLOAD_FILES = 500


class Library:
    """An index shared with all, until the visitor adds or removes a document and gets one of their own.

    Parameters
    ----------
    shared
        The index that the server started with.
    shared_folder
        Where it lies.
    folder
        The visitor's own: ``uploads`` and ``index`` below it.
    limits
        What reading one of the visitor's files may take.
    keeping
        How much is kept.
    """

    def __init__(
        self,
        shared: Index,
        shared_folder: Path,
        folder: Path,
        encoder: Encoder,
        limits: ReadingLimits | None = None,
        keeping: KeepingLimits | None = None,
    ) -> None:
        self._limits, self._keeping = limits, keeping or KeepingLimits()
        self._shared, self._shared_folder = shared, shared_folder
        self._encoder = encoder
        self.folder = folder
        self._uploads, self._own_folder = folder / "uploads", folder / "index"
        self._own: Index | None = None
        self._changing = threading.Lock()

    @property
    def index(self) -> Index:
        """The index to ask; whoever has it may go on asking it while another takes its place.

        Raises
        ------
        UnusableIndex
            The visitor's own index is damaged or of another version.
        """
        if self._own is None and Index.exists(self._own_folder):
            self._own = Index.open(self._own_folder, encoder=self._encoder)
        return self._own or self._shared

    @property
    def changing(self) -> bool:
        """Whether documents are being added or removed now."""
        return self._changing.locked()

    def is_own(self, doc_id: str) -> bool:
        """Whether the visitor brought this document."""
        return file_below(self._uploads, doc_id) is not None

    def add(self, files: Iterable[tuple[Path, str]], progress: ProgressCallback | None = None) -> IndexReport:
        """Take files in under names that may hold folders, and index them.

        A file that cannot be read is reported and not kept; one of the same name replaces the earlier one.

        Raises
        ------
        PinciteError
            There are too many files, there is no room for them, or other documents are being added at this moment.
        OSError
            The disk is full or cannot be written.
        """
        given = list(files)
        if len(given) > MAX_UPLOAD_FILES:
            raise PinciteError(f"{len(given)} files at once: add at most {MAX_UPLOAD_FILES} at a time")
        with self._alone():
            check_room(self.folder, sum(path.stat().st_size for path, _ in given), self._keeping)
            private_folder(self.folder)
            upload = Upload(self._uploads, self.folder / "incoming", rename=self._told_apart)
            upload.clear()
            try:
                for path, name in given:
                    if path.stat().st_size > MAX_UPLOAD_BYTES:
                        raise DocumentTooLarge(name, f"is larger than {MAX_UPLOAD_BYTES // 1_000_000} MB: split it")
                    with path.open("rb") as content:
                        upload.take(name, content)
                try:
                    upload.put_in_place()
                    report = update_index(
                        self._writable(),
                        [self._uploads],
                        encoder=self._encoder,
                        limits=self._limits,
                        progress=progress,
                    )
                except BaseException:
                    upload.put_back()
                    raise
                refused = upload.refused(report)
                upload.put_back(failure.source for failure in refused)
            finally:
                upload.clear()
            self._reopen()
            return replace(report, failures=refused)

    def remove(self, doc_id: str) -> None:
        """Drop a document from what this visitor asks; others keep theirs.

        Raises
        ------
        UnknownDocument
            There is none with this id.
        PinciteError
            Documents are being added or removed at this moment.
        """
        with self._alone():
            private_folder(self.folder)
            update_index(self._writable(), remove=doc_id, paths=(), encoder=self._encoder)
            if (uploaded := file_below(self._uploads, doc_id)) is not None:
                uploaded.unlink()
            self._reopen()

    def file_of(self, doc_id: str) -> Path | None:
        """Return the file that a document was read from, or ``None`` where it is not there any more."""
        return self.index.source(doc_id)

    def _told_apart(self, name: str) -> str:
        """Return the name of a visitor's file such that no document of the shared index has it."""
        path, shared = PurePosixPath(name), set(self._shared.doc_ids)
        while path.as_posix() in shared:
            path = path.with_stem(f"{path.stem} (yours)")
        return path.as_posix()

    def _writable(self) -> Path:
        """Return the visitor's own index, made of the shared one the first time."""
        if not Index.exists(self._own_folder):
            shutil.rmtree(self._own_folder, ignore_errors=True)
            shutil.copytree(self._shared_folder, self._own_folder)
        return self._own_folder

    def _reopen(self) -> None:
        # The one before is not closed: a question may still be read from it; it goes when the last one is answered.
        self._own = Index.open(self._own_folder, encoder=self._encoder)
        close_tree_to_others(self.folder)

    def _alone(self) -> _Alone:
        return _Alone(self._changing)


class _Alone:
    """A lock that refuses instead of waiting."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock = lock

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise PinciteError("documents are being added or removed at this moment: wait until that is done")

    def __exit__(self, *_: object) -> None:
        self._lock.release()
