import pytest

from pincite.evidence.polarity import denies, opposites, without_bounds


@pytest.mark.parametrize(
    ("text", "expected"), [("It is not so.", True), ("They didn’t.", True), ("A notable knot.", False)]
)
def test_denials(text, expected):
    assert denies(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The hose must not be longer than 5 m.", False),
        ("No more than 3 are kept.", False),
        ("It is never louder than about 42 dB.", False),
        ("It is not more effective than the other.", True),
        ("It is not allowed.", True),
    ],
)
def test_a_bound_denies_nothing(text, expected):
    assert denies(without_bounds(text)) is expected


def test_opposites_go_both_ways_by_stem():
    assert "last" in opposites("first")
    assert "first" in opposites("last")
    assert "decreas" in opposites("increas")
    assert opposites("treati") == frozenset()
