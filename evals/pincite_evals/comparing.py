"""Compare two evaluations of the same questions, question by question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pincite import QuestionError
from pincite_evals.evaluation import Evaluation, Measure, Row
from pincite_evals.measures import MEASURES, ORDER
from pincite_evals.measures.abstention import auroc, auroc_of_many
from pincite_evals.statistics import SIGNIFICANCE, PairedTest, Verdict, paired_test

GATED = (
    "success@1",
    "success@5",
    "success@600t",
    "section success@5",
    "nDCG@10",
    "right",
    "contains answer",
    "citation precision",
    "citation recall",
    "citation exactness",
    "AUROC",
)
"""What the gate looks at: the more that it did, the more a change of no account would have to be shown to be one."""


@dataclass(frozen=True, slots=True)
class Change:
    """A measure in both runs, on the questions that both scored."""

    measure: Measure
    old: float
    new: float
    test: PairedTest

    @property
    def verdict(self) -> Verdict:
        """Better, worse, or no difference at the 5 % level, of this measure alone."""
        return self.test.verdict(higher_is_better=self.measure.higher_is_better)


@dataclass(frozen=True, slots=True)
class Flip:
    """A question that one run answered rightly and the other did not."""

    old: Row
    new: Row


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs side by side.

    Attributes
    ----------
    shared
        Questions that both runs answered; ``only_old`` and ``only_new`` count the others.
    regressions
        Measures of the gate that got worse, significantly so though several are looked at (Holm, 1979).
    """

    shared: int
    only_old: int
    only_new: int
    changes: tuple[Change, ...]
    flips: tuple[Flip, ...]
    regressions: tuple[Change, ...]


def compare(old: Evaluation, new: Evaluation) -> Comparison:
    """Compare two runs on the questions that both answered.

    Raises
    ------
    QuestionError
        They have no question in common.
    """
    before = {row.id: row for row in old.rows if row.answer is not None}
    after = {row.id: row for row in new.rows if row.answer is not None}
    pairs = [
        (before[key], after[key]) for key in before if key in after and before[key].question == after[key].question
    ]
    if not pairs:
        raise QuestionError("expected two evaluations of the same questions, these share none: compare others")
    changes = _changes(pairs)
    return Comparison(
        shared=len(pairs),
        only_old=len(before) - len(pairs),
        only_new=len(after) - len(pairs),
        changes=changes,
        flips=tuple(Flip(a, b) for a, b in pairs if _good(a) is not _good(b)),
        regressions=_regressions([change for change in changes if change.measure.name in GATED]),
    )


def _good(row: Row) -> bool:
    return row.outcome in {"right", "rightly refused"}


def _changes(pairs: Sequence[tuple[Row, Row]]) -> tuple[Change, ...]:
    changes: list[Change] = []
    names = {name for a, b in pairs for name in a.scores.keys() & b.scores.keys()}
    for name in sorted(names & MEASURES.keys(), key=ORDER.__getitem__):
        both = [(a.scores[name], b.scores[name]) for a, b in pairs if name in a.scores and name in b.scores]
        # Baselines hold six digits: a difference below that is none.
        old, new = (np.array(values, dtype=float).round(6) for values in zip(*both, strict=True))
        changes.append(Change(MEASURES[name], float(old.mean()), float(new.mean()), paired_test(old, new)))
    known = [(a, b) for a, b in pairs if a.gold["answerable"] is not None and a.answer and b.answer]
    answerable = np.array([a.gold["answerable"] for a, _ in known], dtype=bool)
    if answerable.any() and not answerable.all():
        old = np.array([a.answer["confidence"] for a, _ in known if a.answer])
        new = np.array([b.answer["confidence"] for _, b in known if b.answer])
        test = paired_test(old, new, lambda sure: auroc_of_many(answerable, sure))
        changes.append(Change(MEASURES["AUROC"], auroc(answerable, old), auroc(answerable, new), test))
    return tuple(changes)


def _regressions(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Return those that got worse by the step-down procedure of Holm over all that are looked at."""
    worse: list[Change] = []
    ordered = sorted(changes, key=lambda change: change.test.p_value)
    for step, change in enumerate(ordered):
        significance = SIGNIFICANCE / (len(ordered) - step)
        if change.test.verdict(higher_is_better=True, significance=significance) == "no difference":
            break
        if change.test.verdict(higher_is_better=change.measure.higher_is_better, significance=significance) == "worse":
            worse.append(change)
    return tuple(worse)
