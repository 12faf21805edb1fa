"""Every measure by name, in the order of the tables."""

from __future__ import annotations

from collections.abc import Iterator

from pincite_evals.evaluation import Group, Measure

CUTOFFS = (1, 3, 5, 10)
TOKEN_BUDGET = 600
SPAN_DEPTH = 5
"""Passages that the character measures of retrieval read."""

_IR = "as trec_eval defines it, through ir-measures"
_LEVELS = {
    "": "a passage counts that covers a gold span entirely",
    "section ": "a passage stands for its section, which counts when gold names it",
    "document ": "a passage stands for its document, which counts when gold lies in it",
}
_CHROMA = "characters as in Chroma's chunking evaluation (Smith and Troynikov, 2024)"


def _retrieval() -> Iterator[Measure]:
    for level, meaning in _LEVELS.items():
        for k in CUTOFFS:
            yield Measure(
                f"{level}success@{k}", "retrieval", f"Whether one of the first {k} is relevant; {meaning}; {_IR}."
            )
        for k in (5, 10):
            yield Measure(f"{level}recall@{k}", "retrieval", f"Share of the gold found in the first {k}; {meaning}.")
        yield Measure(f"{level}nDCG@10", "retrieval", f"Gain discounted by rank over the ideal one; {meaning}; {_IR}.")
        yield Measure(f"{level}RR@10", "retrieval", f"One over the rank of the first relevant; {meaning}; {_IR}.")
    yield Measure(
        f"success@{TOKEN_BUDGET}t",
        "retrieval",
        f"Whether the passages that fit into {TOKEN_BUDGET} tokens, read in rank order, cover a gold span.",
    )


def _spans() -> Iterator[Measure]:
    for what, name in ((f"the first {SPAN_DEPTH} passages", "passages"), ("the citations", "citations")):
        yield Measure(f"{name} char precision", "spans", f"Share of what {what} hold that is gold; {_CHROMA}.")
        yield Measure(f"{name} char recall", "spans", f"Share of the gold that {what} hold; {_CHROMA}.")
        yield Measure(f"{name} char IoU", "spans", f"Overlap of gold and what {what} hold, over both; {_CHROMA}.")


_OTHERS: tuple[tuple[str, Group, str, bool, str], ...] = (
    ("right", "answers", "Share of all questions that were rightly answered or rightly refused.", True, ""),
    (
        "right when answered",
        "answers",
        "Share of the answers given that hold a gold answer or cite gold evidence.",
        True,
        "",
    ),
    (
        "contains answer",
        "answers",
        "Whether the answer given holds a gold answer's words in order, normalised as for SQuAD.",
        True,
        "",
    ),
    (
        "SQuAD EM",
        "answers",
        "Exact match as SQuAD 2.0 defines it (Rajpurkar et al., 2018); low for whole sentences.",
        True,
        "",
    ),
    ("SQuAD F1", "answers", "F1 of tokens as SQuAD 2.0 defines it; a rightly refused question counts 1.", True, ""),
    (
        "citation exactness",
        "citations",
        "Share of citations whose quote is the document's text at their offsets.",
        True,
        "",
    ),
    ("citation precision", "citations", "Share of an answer's citations that touch gold evidence.", True, ""),
    ("citation recall", "citations", "Share of the gold spans that an answer's citations touch.", True, ""),
    (
        "AUROC",
        "abstention",
        "Chance that an answerable question gets more confidence than an unanswerable one.",
        True,
        "",
    ),
    ("AUPR", "abstention", "Average precision of the confidence, the answerable being sought.", True, ""),
    (
        "AURC",
        "abstention",
        "Mean risk over coverage, most confident first (Geifman and El-Yaniv, 2017); risk: share of unanswerable.",
        False,
        "",
    ),
    ("refusal precision", "abstention", "Share of the refused questions that the documents do not answer.", True, ""),
    ("refusal recall", "abstention", "Share of the questions without an answer that were refused.", True, ""),
    ("refusal F1", "abstention", "Harmonic mean of refusal precision and recall.", True, ""),
    (
        "ECE",
        "abstention",
        "Mean distance of confidence and share answerable (Naeini et al., 2015) over ten bins of equal mass.",
        False,
        "",
    ),
    ("latency p50", "latency", "Median seconds from question to answer.", False, "s"),
    ("latency p95", "latency", "Seconds within which 95 % of the questions were answered.", False, "s"),
    ("latency p99", "latency", "Seconds within which 99 % of the questions were answered.", False, "s"),
)

MEASURES: dict[str, Measure] = {
    measure.name: measure for measure in (*_retrieval(), *_spans(), *(Measure(*fields) for fields in _OTHERS))
}
ORDER = {name: position for position, name in enumerate(MEASURES)}
