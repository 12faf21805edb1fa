"""The chunks of an index, read one at a time from memory-mapped files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from pincite.errors import UnknownDocument
from pincite.storing import records
from pincite.storing.untrusted import damaged
from pincite.types import Chunk, Span

if TYPE_CHECKING:
    import mmap
    from pathlib import Path

    from numpy.typing import NDArray


class Chunks(Sequence[Chunk]):
    """Every chunk of an index in the order of documents and places, by number and by id.

    The columns are there as arrays as well, so that a search can restrict or compare many chunks at once.

    Attributes
    ----------
    doc_ids
        Id of each document.
    sections
        The distinct paths of headings.
    doc_numbers, starts, ends, section_numbers
        Shape (n_chunks,), int64: which of ``doc_ids``, the span in code points, and which of ``sections``.
    """

    def __init__(
        self,
        doc_ids: tuple[str, ...],
        table: NDArray[np.int64],
        sections: Any,
        documents: NDArray[np.int64],
        texts: mmap.mmap | bytes,
        folder: Path,
    ) -> None:
        if not isinstance(sections, list) or not all(
            isinstance(path, list) and path and all(isinstance(heading, str) for heading in path) for path in sections
        ):
            raise damaged(folder / records.SECTIONS, "no list of paths of headings")
        self.doc_ids = doc_ids
        self.sections = [tuple(path) for path in sections]
        self.doc_numbers = table[:, records.DOCUMENT]
        self.starts = table[:, records.START]
        self.ends = table[:, records.END]
        self.section_numbers = table[:, records.SECTION]
        self._table = table
        self._documents = documents
        self._texts = texts
        self._folder = folder
        self._numbers = {doc_id: number for number, doc_id in enumerate(doc_ids)}
        sound = (
            ((self.doc_numbers >= 0) & (self.doc_numbers < len(doc_ids))).all()
            and ((self.section_numbers >= 0) & (self.section_numbers < len(sections))).all()
            and ((self.starts >= 0) & (self.starts <= self.ends)).all()
            and (table[:, records.BYTE_START] >= 0).all()
            and (table[:, records.BYTE_START] <= table[:, records.BYTE_END]).all()
            and (table[:, records.BYTE_END] <= len(texts)).all()
        )
        if not sound:
            raise damaged(folder / records.CHUNK_TABLE, "a chunk lies outside the documents")

    def __len__(self) -> int:
        return len(self._table)

    @overload
    def __getitem__(self, at: int) -> Chunk: ...
    @overload
    def __getitem__(self, at: slice) -> list[Chunk]: ...
    def __getitem__(self, at: int | slice) -> Chunk | list[Chunk]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        document, start, end, first, last, section, page = self._table[at].tolist()
        doc_id = self.doc_ids[document]
        try:
            text = records.decoded(self._texts[first:last])
        except UnicodeDecodeError as error:
            raise damaged(self._folder / records.TEXTS, f"chunk {at} cannot be read ({error})") from error
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
        row = self._documents[number]
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
        if doc_id in self._numbers and start.isdecimal() and end.isdecimal():
            numbers = self.of_document(doc_id)
            starts = self.starts[numbers.start : numbers.stop]
            first, last = np.searchsorted(starts, int(start), "left"), np.searchsorted(starts, int(start), "right")
            for i in range(numbers.start + int(first), numbers.start + int(last)):
                if records.chunk_id_of(doc_id, int(start), int(self.ends[i])) == chunk_id:
                    return i
        raise KeyError(f"no chunk {chunk_id!r} in {self._folder.parent}")
