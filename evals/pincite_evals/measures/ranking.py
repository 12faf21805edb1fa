"""Ranking measures at three levels, all computed by ir-measures.

What a pipeline returns are passages cut as it likes, and what the gold holds are spans of characters, so that neither
is the other's item.  They are brought together so:

chunk level
    The items to be found are the gold spans.  A passage finds the spans that it covers entirely and that no passage
    before it found; a passage that finds none is an irrelevant item of its own.  For success and RR a passage is one
    item, relevant when it finds any.  For nDCG each span that it finds is an item, so that what is ideal depends on the
    gold alone and a passage that covers two spans is worth as much as two passages.  Recall counts every span.
section and document level
    The items are sections and documents, each ranked where its first passage stands.

A question without gold at a level is left out of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import ir_measures
from ir_measures import RR, R, Success, nDCG

from pincite_evals.gold import GoldSpan
from pincite_evals.measures.catalog import CUTOFFS
from pincite_evals.records import Quoted

Ranking = tuple[Sequence[str], Sequence[str]]
"""Items found, best first, and items that are gold."""

_EVERYTHING = 10**6


def chunk_ranking(hits: Sequence[Quoted], gold: Sequence[GoldSpan]) -> Ranking:
    """Return a passage as the first gold span that it alone found, and the gold with spans found together as one."""
    sought = list(range(len(gold)))
    found: list[str] = []
    for rank, hit in enumerate(hits):
        new = [i for i in sought if covers(hit, gold[i])]
        found.append(f"gold {new[0]}" if new else f"other {rank}")
        sought = [i for i in sought if i not in new]
    return found, [*(item for item in found if item.startswith("gold")), *(f"gold {i}" for i in sought)]


def span_ranking(hits: Sequence[Quoted], gold: Sequence[GoldSpan]) -> Ranking:
    """Return every gold span where a passage first covers it, among the passages that find none."""
    sought = list(range(len(gold)))
    found: list[str] = []
    for rank, hit in enumerate(hits):
        new = [i for i in sought if covers(hit, gold[i])]
        found += [f"gold {i}" for i in new] or [f"other {rank}"]
        sought = [i for i in sought if i not in new]
    return found, [f"gold {i}" for i in range(len(gold))]


def spans_found(hits: Sequence[Quoted], gold: Sequence[GoldSpan]) -> Ranking:
    """Return every gold span that the passages cover, and every gold span."""
    covered = [f"gold {i}" for i, span in enumerate(gold) if any(covers(hit, span) for hit in hits)]
    return covered, [f"gold {i}" for i in range(len(gold))]


def distinct(items: Iterable[str]) -> list[str]:
    """Return items in order, each where it stands first."""
    return list(dict.fromkeys(items))


def covers(hit: Quoted, gold: GoldSpan) -> bool:
    """Tell whether a passage holds the whole of a gold span."""
    return hit.doc_id == gold.doc_id and hit.span.covers(gold.span)


def rank_scores(rankings: Mapping[str, Ranking]) -> dict[str, dict[str, float]]:
    """Return success@k, nDCG@10, RR@10 and recall@k by question id, for the questions that have gold items."""
    measures = {
        **{Success @ k: f"success@{k}" for k in CUTOFFS},
        **{R @ k: f"recall@{k}" for k in (5, 10)},
        nDCG @ 10: "nDCG@10",
        RR @ 10: "RR@10",
    }
    return _calculated(rankings, measures)


def gain_scores(rankings: Mapping[str, Ranking]) -> dict[str, float]:
    """Return nDCG@10 by question id, for the questions that have gold items."""
    return {key: scores["gain"] for key, scores in _calculated(rankings, {nDCG @ 10: "gain"}).items()}


def recall_scores(rankings: Mapping[str, Ranking]) -> dict[str, float]:
    """Return the share of gold items among all that were found, by question id."""
    return {
        question_id: scores["recall"]
        for question_id, scores in _calculated(rankings, {R @ _EVERYTHING: "recall"}).items()
    }


def _calculated(
    rankings: Mapping[str, Ranking], measures: Mapping[ir_measures.Measure, str]
) -> dict[str, dict[str, float]]:
    qrels: dict[str, dict[str, int]] = {}
    run: dict[str, dict[str, float]] = {}
    for key, (found, gold) in rankings.items():
        if not gold:
            continue
        # trec_eval takes no item's name that holds a NUL, nor is any text of a document its to see.
        numbers = {item: str(number) for number, item in enumerate(distinct([*gold, *found]))}
        qrels[key] = {numbers[item]: 1 for item in gold}
        # A question for which nothing was found must stand in the run, or it would be left out instead of scoring 0.
        run[key] = {numbers[item]: -float(rank) for rank, item in enumerate(found)} or {"nothing": 0.0}
    if not qrels:
        return {}
    scores: dict[str, dict[str, float]] = {key: {} for key in qrels}
    for value in ir_measures.iter_calc(list(measures), qrels, run):
        scores[value.query_id][measures[value.measure]] = float(value.value)
    return scores
