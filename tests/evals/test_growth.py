"""No pattern and no reader takes longer than in proportion to its text: doubling a text may not triple the time."""

import re

import pytest

from pincite_evals.growth import LIMIT, READERS, document_growth, documents, find_patterns, pattern_growth

PACKAGES = ("pincite", "pincite_ui", "pincite_evals")
BAD = {
    "adjacent repeats": (r"[ \t]*#{1,6}[ \t]+(?P<text>.*?)(?:[ \t]+#+)?[ \t]*$", "match"),
    "a lazy repeat before its own kind": (r"(?m)^title[ \t]*:[ \t]*([\"']?)([^\r\n]+?)\1[ \t]*\r?$", "search"),
    "a run begun anywhere": (r"\s+$", "search"),
    "a run begun anywhere, substituted": (r"[ \t]*\n[ \t]*", "finditer"),
    "a scan begun anywhere": (r"\bwhat.*\bcost\b", "search"),
    "a scan to what never comes": (r"\[([^\]\n]*)\]\(", "finditer"),
    "two scans": (r"\bpassages?\b[^.]*\bnot\b[^.]*\bsay\b", "search"),
    "repeats of repeats": (r"(?:a+)+$", "match"),
    "alternatives that overlap": (r"(?:ab?|a)*!", "match"),
    "a word's end": (r"\w+n[’']t\b", "search"),
}
GOOD = {
    "runs begun where they begin": (r"(?<!\s)\s++$", "search"),
    "possessive": (r"[ \t]*+#{1,6}+[ \t]++", "match"),
    "words": (r"\w+", "finditer"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_pattern_that_is_not_linear_is_found(name):
    written, method = BAD[name]
    growth = pattern_growth(re.compile(written), [method])
    assert growth is not None
    assert growth.factor > LIMIT, growth


@pytest.mark.parametrize("name", GOOD)
def test_a_linear_pattern_passes(name):
    written, method = GOOD[name]
    growth = pattern_growth(re.compile(written), [method])
    assert growth is None or growth.factor <= LIMIT, growth


def test_patterns_are_found_wherever_they_are_kept():
    found = {each.name: each for each in find_patterns("pincite")}
    assert found["pincite.reading.plain._ATX_MARKS"].methods == ("match",)
    assert any(name.startswith("pincite.evidence.answer_types._ASKED_PATTERNS[") for name in found)  # in a mapping
    assert any(re.fullmatch(r"pincite\.sections\.inference:\d+", name) for name in found)  # in a call of `re.findall`
    assert len(found) > 120


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("package", PACKAGES)
def test_no_pattern_takes_more_than_linear_time(package):
    # Found in the test and not when tests are collected: it takes importing every module of the package.
    found = [(each.name, pattern_growth(each.pattern, each.methods)) for each in find_patterns(package)]
    assert found
    assert [(name, growth) for name, growth in found if growth is not None and growth.factor > LIMIT] == []


@pytest.mark.slow
@pytest.mark.parametrize("suffix", READERS)
def test_no_document_takes_more_than_linear_time(suffix):
    slow = [
        growth for name, make in documents(suffix) if (growth := document_growth(suffix, make, name)).factor > LIMIT
    ]
    assert slow == []
