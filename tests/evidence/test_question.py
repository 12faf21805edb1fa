import numpy as np
import pytest

from pincite.errors import QuestionError
from pincite.evidence import rarity


def test_stop_words_are_left_out_and_rare_words_weigh_more(ask):
    question = ask("What does the treaty demand of NATO?", lambda stem: 0.0 if stem == "nato" else 1.0)
    assert question.words == ("treaty", "demand", "NATO")
    assert question.weights.sum() == pytest.approx(1.0)
    assert question.weights[2] < question.weights[0]
    np.testing.assert_allclose(question.pieces.sum(axis=1), 1.0)


def test_names_numerals_and_codes_are_marked(ask):
    question = ask("When did Sweden sign article 5 of m16a?")
    assert [question.words[i] for i in question.named] == ["Sweden", "5", "m16a"]
    assert [question.words[i] for i in question.numbered] == ["5", "m16a"]


def test_what_a_document_is_asked_to_do_is_none_of_the_words(ask):
    assert ask("What does code E5 mean?").words == ("code", "E5")
    assert ask("what does it say?").words == ("say",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Is it allowed?", True), ("Doesn’t it stop?", True), ("What is allowed?", False), ("Isis was who?", False)],
)
def test_a_question_for_yes_or_no_is_known(ask, text, expected):
    assert ask(text).is_yes_or_no is expected


def test_a_question_of_stop_words_keeps_its_words(ask):
    assert ask("why not this?").words
    assert ask("who was it?").words == ("who", "was", "it")


@pytest.mark.parametrize("text", ["", "   ", "?!"])
def test_a_question_without_words_is_refused(ask, text):
    with pytest.raises(QuestionError, match="at least one word"):
        ask(text)


def test_rarity_falls_from_one_to_zero():
    values = [rarity(n, 100) for n in (0, 1, 10, 100)]
    assert values[0] == 1.0
    assert values[-1] == pytest.approx(0.0)
    assert values == sorted(values, reverse=True)
    assert rarity(0, 0) == 1.0


def test_in_a_short_document_an_absent_word_does_not_outweigh_all_others():
    absent, present = (rarity(n, 2, besides=10) for n in (0, 1))
    assert present < absent < 1.5 * present
    assert rarity(0, 2) > 2 * rarity(1, 2)
    assert rarity(100, 100, besides=10) == pytest.approx(0.0, abs=0.05)
