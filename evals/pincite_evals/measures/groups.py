"""Whether an answer's citations hold all of the gold: every group, each by one of its alternatives."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pincite import Document
from pincite_evals.gold import GoldSpan
from pincite_evals.records import Quoted


def groups_cited(
    citations: Sequence[Quoted], groups: Sequence[Sequence[GoldSpan]], documents: Callable[[str], Document]
) -> list[bool]:
    """Tell of each group whether the citations together hold one of its alternatives.

    An alternative is held when all its letters and digits are cited: how a citation treats the full stop, the bars of a
    table's row or the bullet of an item does not matter.  One marked ``within`` is held when a citation lies in it.
    """
    return [any(_holds(citations, gold, documents) for gold in group) for group in groups]


def _holds(citations: Sequence[Quoted], gold: GoldSpan, documents: Callable[[str], Document]) -> bool:
    near = [cited.span for cited in citations if cited.doc_id == gold.doc_id and cited.span.overlaps(gold.span)]
    if gold.within:
        return any(gold.span.start <= span.start and span.end <= gold.span.end for span in near)
    text = documents(gold.doc_id).text
    return bool(near) and all(
        any(span.start <= i < span.end for span in near)
        for i in range(gold.span.start, gold.span.end)
        if text[i].isalnum()
    )
