import numpy as np

from pincite_evals import search_ablation
from pincite_evals.search_ablation import GRID, compare, report, variants
from pincite_evals.staged_search import COMMITTED, moved, setting


def outcomes(share, *, n=200):
    """Two sets of questions, of which the first ``share`` are found."""
    found = (np.arange(n) < share * n).astype(float)
    return [np.column_stack([found] * 3)] * 2


def test_every_grid_holds_the_committed_value():
    for name, values in GRID.items():
        assert setting(COMMITTED, name) in values


def test_each_variant_moves_one_constant():
    for name, value, settings in variants():
        assert moved(settings, name, setting(COMMITTED, name)) == COMMITTED
        assert setting(settings, name) == value


def test_a_difference_is_paired():
    difference = compare(outcomes(0.6), outcomes(0.5))
    assert abs(difference.mean - 0.1) < 1e-9
    assert 0 < difference.low < 0.1 < difference.high
    assert compare(outcomes(0.5), outcomes(0.5)).low == 0


def test_a_better_value_is_named_and_the_others_hold(monkeypatch):
    monkeypatch.setattr(search_ablation, "GRID", {"candidates": (10, 50), "b": (0.25, 0.5)})
    measured = {settings: outcomes(0.7 if settings.search.candidates == 10 else 0.5) for _, _, settings in variants()}
    lines, refuted = report(measured, ["one", "two"])
    assert len(refuted) == 1
    assert refuted[0].startswith("candidates: 10 is better than 50, by +0.200 [")
    assert "b = 0.5 holds: no value is better beyond its interval." in lines
    assert any(line.startswith("| **50**, committed | .500 .500 .500 |") for line in lines)
