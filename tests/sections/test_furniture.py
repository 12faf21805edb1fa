from __future__ import annotations

import pytest

from pincite.sections.furniture import find_furniture, merge_spans, outside
from pincite.types import Span


@pytest.mark.parametrize(
    "line",
    ["Scroll to Top", "back to top ↑", "Skip to main content", "Share this:", "Print this page", "Accept all cookies",
     "We use cookies to improve your experience. Got it!", "Page 3 of 12", "  Return to the top  "],
)  # fmt: skip
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_page_controls_that_stand_alone_are_furniture(line: str, ending: str) -> None:
    text = ending.join(["Before.", "", line, "", "After."])
    assert [text[s.start : s.end] for s in find_furniture(text)] == [line.strip()]


@pytest.mark.parametrize(
    "line",
    ["Scroll to Top is a button.", "You can share this with friends.", "We use cookies to improve our service.", "Top"],
)
def test_sentences_that_mention_a_control_are_not(line: str) -> None:
    assert find_furniture(f"Before.\n\n{line}\n\nAfter.") == ()


def test_merge_and_outside() -> None:
    furniture = merge_spans([Span(5, 7), Span(1, 3), Span(2, 4), Span(9, 9)])
    assert furniture == (Span(1, 4), Span(5, 7))
    assert outside(0, 10, furniture) == [(0, 1), (4, 5), (7, 10)]
    assert outside(2, 6, furniture) == [(4, 5)]
    assert outside(2, 3, furniture) == []
