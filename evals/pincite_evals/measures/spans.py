"""Characters of the gold and of what was found: precision, recall and intersection over union.

As in Chroma's chunking evaluation (Smith and Troynikov, *Evaluating Chunking Strategies for Retrieval*, 2024): gold
that is found twice counts once, while what was found counts as often as it was, so that overlapping passages cost
precision.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from pincite import Span
from pincite_evals.gold import GoldSpan
from pincite_evals.records import Quoted


def char_scores(found: Sequence[Quoted], gold: Sequence[GoldSpan]) -> dict[str, float]:
    """Return ``char precision``, ``char recall`` and ``char IoU`` of found spans; precision only if there are any."""
    wanted = merged(gold_span for gold_span in gold)
    n_gold = sum(len(span.span) for span in wanted)
    n_found = sum(len(each.span) for each in found)
    common = merged(
        GoldSpan(each.doc_id, Span(max(each.span.start, span.span.start), min(each.span.end, span.span.end)))
        for each in found
        for span in wanted
        if each.doc_id == span.doc_id and each.span.overlaps(span.span)
    )
    n_common = sum(len(span.span) for span in common)
    scores = {"char recall": n_common / n_gold, "char IoU": n_common / (n_found + n_gold - n_common)}
    return scores | ({"char precision": n_common / n_found} if n_found else {})


def merged(spans: Iterable[GoldSpan]) -> list[GoldSpan]:
    """Return the same characters as spans that do not overlap."""
    united: list[GoldSpan] = []
    ordered = sorted(spans, key=lambda each: (each.doc_id, each.span.start))
    for doc_id, own in groupby(ordered, key=lambda each: each.doc_id):
        start = end = -1
        for each in own:
            if each.span.start > end:
                if end > start:
                    united.append(GoldSpan(doc_id, Span(start, end)))
                start = each.span.start
            end = max(end, each.span.end)
        united.append(GoldSpan(doc_id, Span(start, end)))
    return united
