"""Uploaded files on their way into the folder they are indexed from, such that none is lost on the way."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from pincite.types import Failure, IndexReport
from pincite.web.file_names import free_name, safe_name


class Upload:
    """The files of one upload: taken in aside, then put in their place, and taken back where they cannot be used.

    A file takes the place of one of the same name; that one is kept until it is sure that it will not be put back.

    Parameters
    ----------
    uploads
        Where the files come to lie, under their ids.
    aside
        A folder of this upload alone, on the same disk; made when the first file comes.
    rename
        Given a name that is safe, returns the one to take.

    Attributes
    ----------
    doc_ids
        What the files are called, in the order in which they came; no two are alike.
    """

    def __init__(self, uploads: Path, aside: Path, *, rename: Callable[[str], str] = str) -> None:
        self._uploads, self._aside, self._rename = uploads, aside, rename
        self._new, self._replaced = aside / "new", aside / "replaced"
        self.doc_ids: tuple[str, ...] = ()

    def take(self, name: str, content: IO[bytes]) -> int:
        """Take a file in under a name that may hold folders; return how many bytes it has.

        Raises
        ------
        OSError
            The disk is full or cannot be written.
        """
        doc_id = safe_name(name)
        # The one may give a name that the other has to change.
        while doc_id != (found := free_name(self._rename(doc_id), self.doc_ids)):
            doc_id = found
        self.doc_ids = (*self.doc_ids, doc_id)
        place = self._new / doc_id
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as file:
            shutil.copyfileobj(content, file)
            return file.tell()

    def put_in_place(self) -> None:
        """Move each file to its place, and what stood there aside.

        Raises
        ------
        OSError
            A folder stands there, or the disk cannot be written.
        """
        for doc_id in self.doc_ids:
            place, replaced = self._uploads / doc_id, self._replaced / doc_id
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.is_file():
                replaced.parent.mkdir(parents=True, exist_ok=True)
                place.replace(replaced)
            (self._new / doc_id).replace(place)

    def put_back(self, doc_ids: Iterable[str] | None = None) -> None:
        """Take files away that no document was made from, all if none are named, and put back what they replaced."""
        for doc_id in self.doc_ids if doc_ids is None else doc_ids:
            place, replaced = self._uploads / doc_id, self._replaced / doc_id
            with suppress(OSError):
                if replaced.is_file():
                    replaced.replace(place)
                elif not (self._new / doc_id).exists():
                    place.unlink()

    def refused(self, report: IndexReport) -> tuple[Failure, ...]:
        """Return which of the files could not be indexed, and why."""
        uploads = self._uploads.resolve()
        reasons: Mapping[Path, str] = {Path(failure.source).resolve(): failure.reason for failure in report.failures}
        indexed = {*report.added, *report.changed, *report.unchanged}
        refused = []
        for doc_id in self.doc_ids:
            reason = reasons.get(uploads / doc_id)
            if reason is None and doc_id not in indexed:
                kind = Path(doc_id).suffix or "a file without a suffix"
                reason = f"is of no kind that can be read ({kind}): save it as PDF, DOCX, HTML, Markdown or text"
            if reason is not None:
                refused.append(Failure(doc_id, reason))
        return tuple(refused)

    @property
    def folders(self) -> tuple[Path, ...]:
        """Where the files lie on their way and in their place: nothing to name to whoever sent them."""
        return self._new, self._aside, self._uploads

    def clear(self) -> None:
        """Remove what is left aside; safe to call twice."""
        shutil.rmtree(self._aside, ignore_errors=True)
