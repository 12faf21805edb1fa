from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pincite import QuestionError
from pincite_evals.comparing import compare
from pincite_evals.evaluation import Evaluation, Row
from pincite_evals.statistics import interval, paired_test, resamples


def run(outcomes, confidences=None):
    """Return an evaluation of as many questions, right or wrong as told; every other one cannot be answered."""
    confidences = confidences or [0.5] * len(outcomes)
    rows = tuple(
        Row(
            str(i),
            f"Question {i}?",
            {"answerable": i % 2 == 0, "answers": [], "spans": [], "sections": []},
            {"answer": "x", "abstained": False, "confidence": sure, "seconds": 0.1},
            {"right": float(good)},
            "right" if good else "wrong",
        )
        for i, (good, sure) in enumerate(zip(outcomes, confidences, strict=True))
    )
    return Evaluation({}, (), rows)


def test_a_clear_loss_is_a_regression_and_its_flips_are_listed():
    comparison = compare(run([True] * 40), run([False] * 12 + [True] * 28))
    (change,) = (c for c in comparison.changes if c.measure.name == "right")
    assert (change.old, change.new, change.verdict) == (1.0, 0.7, "worse")
    assert [flip.new.id for flip in comparison.flips] == [str(i) for i in range(12)]
    assert [each.measure.name for each in comparison.regressions] == ["right"]
    assert compare(run([False] * 12 + [True] * 28), run([True] * 40)).regressions == ()


def test_a_small_loss_is_no_difference():
    comparison = compare(run([True] * 40), run([False] + [True] * 39))
    assert comparison.regressions == ()
    assert {change.verdict for change in comparison.changes} == {"no difference"}


def test_confidence_that_got_worse_at_telling_is_a_regression():
    good = [0.9 if i % 2 == 0 else 0.1 for i in range(60)]
    comparison = compare(run([True] * 60, good), run([True] * 60, good[::-1]))
    assert [each.measure.name for each in comparison.regressions] == ["AUROC"]


def test_only_shared_questions_count():
    longer = run([True] * 40)
    comparison = compare(run([True] * 30), longer)
    assert (comparison.shared, comparison.only_old, comparison.only_new) == (30, 0, 10)
    renamed = replace(longer, rows=tuple(replace(row, question="Another?") for row in longer.rows))
    with pytest.raises(QuestionError, match="share none"):
        compare(longer, renamed)


def test_the_randomisation_test_agrees_with_all_sign_changes():
    differences = np.array([1.0, 1.0, 1.0, 1.0, 0.0, 1.0, -1.0])
    test = paired_test(np.zeros(7), differences)
    moved = differences[differences != 0]
    signs = np.array(np.meshgrid(*[[-1, 1]] * len(moved))).reshape(len(moved), -1)
    sums = np.abs(signs.T @ np.abs(moved))
    assert test.p_value == pytest.approx((sums >= abs(moved.sum())).mean())
    assert test.difference == pytest.approx(4 / 7)


def test_runs_of_different_length_are_refused():
    with pytest.raises(ValueError, match="as many values"):
        paired_test(np.zeros(3), np.zeros(4))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_equal_runs_show_no_difference(values):
    run_ = np.array(values)
    assert paired_test(run_, run_).verdict(higher_is_better=True) == "no difference"


def test_the_interval_covers_the_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    hits = 0
    for seed in range(200):
        values = rng.random(60)
        low, high = interval(values[resamples(60, count=400, seed=seed)].mean(axis=1))
        hits += low <= 0.5 <= high
    assert 180 <= hits <= 199
