"""Measures against independent definitions and worked examples."""

from __future__ import annotations

import collections
import math
import re
import string

import ferry
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pincite import Span
from pincite_evals.gold import GoldSpan
from pincite_evals.measures import MEASURES, abstention
from pincite_evals.measures.answers import contains, exact_match, normalised, plain, token_f1
from pincite_evals.measures.ranking import (
    chunk_ranking,
    gain_scores,
    rank_scores,
    recall_scores,
    span_ranking,
    spans_found,
)
from pincite_evals.measures.spans import char_scores
from pincite_evals.records import Quoted

SPANS = st.tuples(st.sampled_from("ab"), st.integers(0, 60), st.integers(1, 30)).map(
    lambda s: (s[0], Span(s[1], s[1] + s[2]))
)
FOUND = st.lists(SPANS.map(lambda s: Quoted(s[0], s[1], "", ())), max_size=6)
GOLD = st.lists(SPANS.map(lambda s: GoldSpan(*s)), min_size=1, max_size=4)


def test_ranking_agrees_with_the_definitions():
    """Two relevant of three found, at ranks 2 and 3, and one relevant that was not found."""
    scores = rank_scores({"q": (["x", "a", "b"], ["a", "b", "c"])})["q"]
    ideal = 1 + 1 / math.log2(3) + 1 / math.log2(4)
    assert scores["success@1"] == 0
    assert scores["success@3"] == 1
    assert scores["RR@10"] == pytest.approx(1 / 2)
    assert scores["recall@5"] == pytest.approx(2 / 3)
    assert scores["nDCG@10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(4)) / ideal)


def test_a_question_for_which_nothing_was_found_scores_zero_and_one_without_gold_nothing():
    scores = rank_scores({"empty": ([], ["a"]), "unscored": (["a"], [])})
    assert set(scores["empty"].values()) == {0.0}
    assert "unscored" not in scores


def test_names_with_any_characters_are_told_apart():
    scores = rank_scores({"q": (["a\0b", "a\0c", "two words"], ["a\0c"])})["q"]
    assert scores["RR@10"] == 0.5


def test_a_passage_finds_each_gold_span_once():
    wide, again = ferry.quoted(ferry.LEAVES + "\n\n" + ferry.COSTS), ferry.quoted(ferry.LEAVES)
    gold = [ferry.gold_span(ferry.LEAVES), ferry.gold_span(ferry.COSTS), ferry.gold_span(ferry.DOGS)]
    found, relevant = chunk_ranking([again, wide, ferry.quoted(ferry.COSTS)], gold)
    assert found == ["gold 0", "gold 1", "other 2"]
    assert sorted(relevant) == ["gold 0", "gold 1", "gold 2"]
    assert recall_scores({"q": spans_found([wide], gold)})["q"] == pytest.approx(2 / 3)


def test_a_passage_that_covers_two_spans_gains_as_much_as_two_passages():
    wide = ferry.quoted(ferry.LEAVES + "\n\n" + ferry.COSTS)
    gold = [ferry.gold_span(ferry.LEAVES), ferry.gold_span(ferry.COSTS), ferry.gold_span(ferry.DOGS)]
    together = gain_scores({"q": span_ranking([wide], gold)})["q"]
    assert (
        together == gain_scores({"q": span_ranking([ferry.quoted(ferry.LEAVES), ferry.quoted(ferry.COSTS)], gold)})["q"]
    )
    assert together == pytest.approx((1 + 1 / math.log2(3)) / (1 + 1 / math.log2(3) + 1 / math.log2(4)))


ITEMS = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(st.dictionaries(st.sampled_from("pqrs"), st.tuples(ITEMS, ITEMS), min_size=1))
def test_ranking_measures_are_shares_and_a_perfect_run_scores_one(rankings):
    scores = rank_scores(rankings)
    assert scores.keys() == {key for key, (_, gold) in rankings.items() if gold}
    assert all(0 <= value <= 1 for each in scores.values() for value in each.values())
    perfect = rank_scores({key: (gold, gold) for key, (_, gold) in rankings.items()})
    assert all(
        each[name] == pytest.approx(1) for each in perfect.values() for name in ("success@1", "nDCG@10", "RR@10")
    )


def test_characters_found_twice_cost_precision_only():
    found = [Quoted("a", Span(0, 10), "", ()), Quoted("a", Span(5, 15), "", ())]
    scores = char_scores(found, [GoldSpan("a", Span(8, 18)), GoldSpan("b", Span(0, 10))])
    assert scores == {
        "char precision": pytest.approx(7 / 20),
        "char recall": pytest.approx(7 / 20),
        "char IoU": pytest.approx(7 / 33),
    }


@given(FOUND, GOLD)
def test_characters_agree_with_counting_them_one_by_one(found, gold):
    wanted = {(g.doc_id, i) for g in gold for i in range(g.span.start, g.span.end)}
    held = [(f.doc_id, i) for f in found for i in range(f.span.start, f.span.end)]
    common = wanted & set(held)
    scores = char_scores(found, gold)
    assert scores["char recall"] == pytest.approx(len(common) / len(wanted))
    assert scores["char IoU"] == pytest.approx(len(common) / (len(held) + len(wanted) - len(common)))
    assert scores.get("char precision") == (pytest.approx(len(common) / len(held)) if held else None)


def test_the_right_spans_score_one():
    gold = [ferry.gold_span(ferry.COSTS)]
    assert set(char_scores([ferry.quoted(ferry.COSTS)], gold).values()) == {1.0}


TEXTS = st.lists(
    st.sampled_from(["the", "A", "cat's", "Cat", "sat!", "—", "é", "four", "4", ",", "an"]), max_size=7
).map(" ".join)


def official_tokens(text):
    """Return the tokens of a text as the functions of the official SQuAD 2.0 evaluation script, one after another."""
    text = text.lower()
    text = "".join(character for character in text if character not in set(string.punctuation))
    return re.sub(re.compile(r"\b(a|an|the)\b", re.UNICODE), " ", text).split()


def official_f1(gold, predicted):
    gold, predicted = official_tokens(gold), official_tokens(predicted)
    same = sum((collections.Counter(gold) & collections.Counter(predicted)).values())
    if len(gold) == 0 or len(predicted) == 0:
        return int(gold == predicted)
    if same == 0:
        return 0
    return 2 * (same / len(predicted)) * (same / len(gold)) / (same / len(predicted) + same / len(gold))


@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_short_answers_agree_with_the_official_squad_definitions(predicted, gold):
    answers = [answer for answer in gold if official_tokens(answer)] or [""]
    assert normalised(predicted).split() == official_tokens(predicted)
    assert exact_match(predicted, gold) == max(official_tokens(a) == official_tokens(predicted) for a in answers)
    assert token_f1(predicted, gold) == pytest.approx(max(official_f1(a, predicted) for a in answers))


def test_short_answers_by_hand():
    assert exact_match("The nine.", ["Nine"]) == 1.0
    assert token_f1("at nine in the morning", ["nine"]) == pytest.approx(2 * (1 / 4) / (1 + 1 / 4))
    assert (exact_match("", []), token_f1("", []), token_f1("nine", [])) == (1.0, 1.0, 0.0)


def test_markers_are_no_part_of_an_answer():
    assert plain("Nine. [1] It costs four. [12]") == "Nine. It costs four."
    assert plain(None) == ""


def test_an_answer_contains_whole_words_in_order():
    assert contains("It costs four pounds.", ["Four pounds"]) == 1.0
    assert contains("It costs fourteen pounds.", ["four"]) == 0.0
    assert contains("pounds four", ["four pounds"]) == 0.0
    assert contains("anything", ["the"]) == 0.0


def test_risk_coverage_by_hand():
    answerable = np.array([True, False, True, False])
    confidence = np.array([0.9, 0.8, 0.7, 0.1])
    coverage, risk, threshold = abstention.risk_coverage(answerable, confidence)
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk == pytest.approx([0, 1 / 2, 1 / 3, 1 / 2])
    assert threshold.tolist() == [0.9, 0.8, 0.7, 0.1]
    assert abstention.aurc(answerable, confidence) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert abstention.auroc(answerable, confidence) == pytest.approx(3 / 4)


def test_equal_confidences_are_one_point():
    coverage, risk, _ = abstention.risk_coverage(np.array([True, False]), np.array([0.5, 0.5]))
    assert (coverage.tolist(), risk.tolist()) == ([1.0], [0.5])


def test_calibration_by_hand():
    confidence = np.linspace(0.05, 0.95, 10)
    assert abstention.expected_calibration_error(np.arange(10) >= 5, confidence) == pytest.approx(0.25)
    assert abstention.expected_calibration_error(np.repeat([False, True], 10), np.repeat([0.0, 1.0], 10)) == 0
    assert abstention.expected_calibration_error(np.full(20, True), np.full(20, 0.7)) == pytest.approx(0.3)


def test_refusals_by_hand():
    answerable, refused = np.array([True, True, False, False]), np.array([True, False, True, True])
    assert abstention.refusals(answerable, refused) == pytest.approx((2 / 3, 1.0, 0.8))
    assert np.isnan(abstention.refusals(answerable, np.full(4, False))[0])


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.2, 0.5, 0.9])), min_size=2, max_size=20))
def test_the_area_by_ranks_is_the_area_under_the_curve(pairs):
    answerable = np.array([each for each, _ in pairs])
    confidence = np.array([each for _, each in pairs])
    if answerable.any() and not answerable.all():
        many = abstention.auroc_of_many(answerable, np.stack([confidence, -confidence]))
        expected = abstention.auroc(answerable, confidence)
        assert many == pytest.approx([expected, 1 - expected])


def test_one_kind_of_question_has_no_auroc():
    assert np.isnan(abstention.auroc(np.full(3, True), np.array([0.1, 0.2, 0.3])))


def test_every_measure_says_what_it_is():
    assert all(measure.description.endswith(".") and measure.name == name for name, measure in MEASURES.items())
