"""Which chunks a search is confined to."""

from __future__ import annotations

import difflib

from pincite.errors import QuestionError
from pincite.storing.base import Part, Snapshot
from pincite.types import Scope


def part_in_scope(snapshot: Snapshot, scope: Scope) -> Part:
    """Return the chunks in scope.

    Raises
    ------
    UnknownDocument
        The scope names a document that the index does not hold.
    QuestionError
        The scope names a heading that none of its documents has.
    """
    if scope.sections is None:
        return snapshot.part(docs=scope.docs)
    return snapshot.part(docs=scope.docs, sections=_paths_with(scope.sections, list(snapshot.sections(scope.docs))))


def _paths_with(headings: tuple[str, ...], paths: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the paths that hold one of the headings, whatever its case."""
    known = {heading.casefold(): heading for path in paths for heading in path}
    for heading in headings:
        if heading.casefold() not in known:
            near = difflib.get_close_matches(heading.casefold(), known, n=1)
            hint = f"the nearest is {known[near[0]]!r}" if near else "see `pincite sections DOC_ID`"
            raise QuestionError(f"no section {heading!r} in the documents searched: {hint}")
    wanted = {heading.casefold() for heading in headings}
    return [path for path in paths if not wanted.isdisjoint(map(str.casefold, path))]
