"""The chunks of an index, read one at a time from memory-mapped files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pincite.errors import UnknownDocument
from pincite.storing import records
from pincite.storing.documents import follow_one_another
from pincite.storing.untrusted import damaged
from pincite.types import Chunk, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pincite.storing.documents import Documents
    from pincite.storing.files import Files


MOST_DIGITS = 18


class Chunks:
    """Every chunk of an index in the order of documents and places, by number and by id.

    The columns are there as arrays as well, so that a search can restrict or compare many chunks at once.

    Attributes
    ----------
    doc_ids
        Id of each document.
    sections
        The distinct paths of headings.

    Raises
    ------
    IndexDamaged
        The files do not fit together.
    """

    def __init__(self, doc_ids: tuple[str, ...], documents: Documents, files: Files) -> None:
        sections = files.json(records.SECTIONS)
        if not isinstance(sections, list) or not all(
            isinstance(path, list) and path and all(isinstance(heading, str) for heading in path) for path in sections
        ):
            raise damaged(files.folder / records.SECTIONS, "no list of paths of headings")
        self.doc_ids = doc_ids
        self.sections = [tuple(path) for path in sections]
        self._rows = files.array(records.CHUNK_TABLE, dtype="int64", columns=records.CHUNK_COLUMNS)
        self._documents = documents
        self._folder = files.folder
        self._numbers = {doc_id: number for number, doc_id in enumerate(doc_ids)}
        if not self._sound(self._rows[:]):
            raise damaged(files.folder / records.CHUNK_TABLE, "a chunk lies outside the documents")

    def _sound(self, table: NDArray[np.int64]) -> bool:
        """Tell whether each chunk lies in its document, and each document's chunks follow those of the one before."""
        documents = self._documents.table
        firsts, lasts = documents[:, records.CHUNK_START], documents[:, records.CHUNK_END]
        if not follow_one_another(firsts, lasts, len(table)):
            return False
        numbers = np.repeat(np.arange(len(documents)), lasts - firsts)
        starts, ends = table[:, records.START], table[:, records.END]
        byte_starts, byte_ends = table[:, records.BYTE_START], table[:, records.BYTE_END]
        sections = table[:, records.SECTION]
        return bool(
            (table[:, records.DOCUMENT] == numbers).all()
            and ((sections >= 0) & (sections < len(self.sections))).all()
            and ((starts >= 0) & (starts <= ends)).all()
            and ((byte_starts >= documents[numbers, records.TEXT_START]) & (byte_starts <= byte_ends)).all()
            and (byte_ends <= documents[numbers, records.TEXT_END]).all()
            # A code point has at least one byte, so none can lie further on than its bytes do.
            and (ends <= byte_ends - documents[numbers, records.TEXT_START]).all()
            and (table[:, records.PAGE] >= 0).all()
        )

    @property
    def starts(self) -> NDArray[np.int64]:
        """Where each chunk begins, in code points; shape (n_chunks,)."""
        return self._rows.unchecked()[:, records.START]

    @property
    def ends(self) -> NDArray[np.int64]:
        """Where each chunk ends, in code points; shape (n_chunks,)."""
        return self._rows.unchecked()[:, records.END]

    @property
    def section_numbers(self) -> NDArray[np.int64]:
        """Which of ``sections`` each chunk lies in; shape (n_chunks,)."""
        return self._rows.unchecked()[:, records.SECTION]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, at: int) -> Chunk:
        document, start, end, first, last, section, page = self._rows.unchecked()[at].tolist()
        doc_id = self.doc_ids[document]
        try:
            text = records.decoded(self._documents.texts.read(first, last))
        except UnicodeDecodeError as error:
            raise damaged(self._folder / records.TEXTS, f"chunk {at} cannot be read ({error})") from error
        if len(text) != end - start:
            raise damaged(self._folder / records.CHUNK_TABLE, f"chunk {at} is of {len(text)} characters, not as said")
        return Chunk(
            records.chunk_id_of(doc_id, start, end),
            doc_id,
            Span(start, end),
            text,
            self.sections[section],
            page or None,
        )

    def of_document(self, doc_id: str) -> range:
        """Return the numbers of a document's chunks.

        Raises
        ------
        UnknownDocument
            There is no such document in the index.
        """
        number = self._numbers.get(doc_id)
        if number is None:
            raise UnknownDocument(f"no document {doc_id!r} in {self._folder.parent}")
        row = self._documents.table[number]
        return range(int(row[records.CHUNK_START]), int(row[records.CHUNK_END]))

    def number(self, chunk_id: str) -> int:
        """Return the number of the chunk with this id.

        Raises
        ------
        KeyError
            There is no such chunk.
        """
        doc_id, _, span = chunk_id.rpartition("#")
        start, _, end = span.partition("-")
        # No number of an index has more digits; Python would refuse to read one of thousands.
        numeric = all(part.isdecimal() and len(part) <= MOST_DIGITS for part in (start, end))
        if doc_id in self._numbers and numeric:
            numbers = self.of_document(doc_id)
            starts = self.starts[numbers.start : numbers.stop]
            first, last = np.searchsorted(starts, int(start), "left"), np.searchsorted(starts, int(start), "right")
            for i in range(numbers.start + int(first), numbers.start + int(last)):
                if records.chunk_id_of(doc_id, int(start), int(self.ends[i])) == chunk_id:
                    return i
        raise KeyError(f"no chunk {chunk_id!r} in {self._folder.parent}")
