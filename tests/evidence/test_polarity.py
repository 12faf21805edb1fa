import pytest

from pincite.evidence.polarity import denies, opposites


@pytest.mark.parametrize(
    ("text", "expected"), [("It is not so.", True), ("They didn’t.", True), ("A notable knot.", False)]
)
def test_denials(text, expected):
    assert denies(text) is expected


def test_opposites_go_both_ways_by_stem():
    assert "last" in opposites("first")
    assert "first" in opposites("last")
    assert "decreas" in opposites("increas")
    assert opposites("treati") == frozenset()
