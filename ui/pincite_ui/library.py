"""The documents that one visitor may ask about: those the server started with, and their own."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from pincite import (
    DocumentTooLarge,
    Encoder,
    Failure,
    Index,
    IndexReport,
    PinciteError,
    ProgressCallback,
    ReadingLimits,
    update_index,
)
from pincite.serving.limits import KeepingLimits
from pincite.serving.private import file_below
from pincite.serving.uploads import safe_name
from pincite_ui.files import make_private, private_folder
from pincite_ui.keeping import check_room

MAX_UPLOAD_BYTES = 100_000_000
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
        self._folder = folder
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
            check_room(self._folder, sum(path.stat().st_size for path, _ in given), self._keeping)
            private_folder(self._folder)
            taken: list[Path] = []
            try:
                for path, name in given:
                    taken.append(self._place(name))
                    self._take(path, name, taken[-1])
                report = update_index(
                    self._writable(),
                    [self._uploads],
                    encoder=self._encoder,
                    limits=self._limits,
                    progress=progress,
                )
            except BaseException:
                for path in taken:
                    if path.relative_to(self._uploads).as_posix() not in self.index.doc_ids:
                        path.unlink(missing_ok=True)
                raise
            self._reopen()
            return replace(report, failures=self._refused(taken, report))

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
            private_folder(self._folder)
            update_index(self._writable(), remove=doc_id, paths=(), encoder=self._encoder)
            if (uploaded := file_below(self._uploads, doc_id)) is not None:
                uploaded.unlink()
            self._reopen()

    def file_of(self, doc_id: str) -> Path | None:
        """Return the file that a document was read from, or ``None`` where it is not there any more."""
        return self.index.source(doc_id)

    def _take(self, path: Path, name: str, place: Path) -> None:
        if path.stat().st_size > MAX_UPLOAD_BYTES:
            raise DocumentTooLarge(name, f"is larger than {MAX_UPLOAD_BYTES // 1_000_000} MB: split it")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)

    def _place(self, name: str) -> Path:
        place = self._uploads / safe_name(name)
        shared = set(self._shared.doc_ids)
        while place.relative_to(self._uploads).as_posix() in shared:
            place = place.with_stem(f"{place.stem} (yours)")
        return place

    def _refused(self, taken: Iterable[Path], report: IndexReport) -> tuple[Failure, ...]:
        """Return why files could not be added, and let go of those that no document was ever made from."""
        reasons = {Path(failure.source).resolve(): failure.reason for failure in report.failures}
        refused = []
        for path in taken:
            doc_id = path.relative_to(self._uploads).as_posix()
            reason = reasons.get(path.resolve())
            if reason is None and doc_id not in self.index.doc_ids:
                kind = path.suffix or "a file without a suffix"
                reason = f"is of no kind that can be read ({kind}): save it as PDF, DOCX, HTML, Markdown or text"
            if reason is not None:
                refused.append(Failure(doc_id, reason))
                if doc_id not in self.index.doc_ids:
                    path.unlink(missing_ok=True)
        return tuple(refused)

    def _writable(self) -> Path:
        """Return the visitor's own index, made of the shared one the first time."""
        if not Index.exists(self._own_folder):
            shutil.rmtree(self._own_folder, ignore_errors=True)
            shutil.copytree(self._shared_folder, self._own_folder)
        return self._own_folder

    def _reopen(self) -> None:
        # The one before is not closed: a question may still be read from it; it goes when the last one is answered.
        self._own = Index.open(self._own_folder, encoder=self._encoder)
        make_private(self._folder)

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
