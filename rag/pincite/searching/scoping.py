"""Which chunks a search is confined to."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import numpy as np

from pincite.errors import QuestionError
from pincite.storing.chunks import Chunks
from pincite.types import Scope

if TYPE_CHECKING:
    from numpy.typing import NDArray


def chunks_in_scope(chunks: Chunks, scope: Scope) -> NDArray[np.int64] | None:
    """Return the numbers of the chunks in scope, ascending, or ``None`` for all.

    Raises
    ------
    UnknownDocument
        The scope names a document that the index does not hold.
    QuestionError
        The scope names a heading that none of its documents has.
    """
    if scope.docs is None and scope.sections is None:
        return None
    inside = np.ones(len(chunks), bool)
    if scope.docs is not None:
        inside[:] = False
        for doc_id in scope.docs:
            numbers = chunks.of_document(doc_id)
            inside[numbers.start : numbers.stop] = True
    if scope.sections is not None:
        inside &= np.isin(chunks.section_numbers, _sections_named(chunks, scope.sections, inside))
    return np.flatnonzero(inside)


def _sections_named(chunks: Chunks, headings: tuple[str, ...], inside: NDArray[np.bool_]) -> list[int]:
    """Return the numbers of the paths that hold one of the headings, whatever its case."""
    held = np.unique(chunks.section_numbers[inside]).tolist()
    known = {heading.casefold(): heading for number in held for heading in chunks.sections[number]}
    for heading in headings:
        if heading.casefold() not in known:
            near = difflib.get_close_matches(heading.casefold(), known, n=1)
            hint = f"the nearest is {known[near[0]]!r}" if near else "see `pincite sections DOC_ID`"
            raise QuestionError(f"no section {heading!r} in the documents searched: {hint}")
    wanted = {heading.casefold() for heading in headings}
    return [number for number in held if not wanted.isdisjoint(map(str.casefold, chunks.sections[number]))]
