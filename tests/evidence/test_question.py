import numpy as np
import pytest

from pincite.errors import QuestionError
from pincite.evidence import rarity


def test_stop_words_are_left_out_and_rare_words_weigh_more(ask):
    question = ask("What does the treaty say of NATO?", lambda stem: 0.0 if stem == "nato" else 1.0)
    assert question.words == ("treaty", "say", "NATO")
    assert question.weights.sum() == pytest.approx(1.0)
    assert question.weights[2] < question.weights[0]
    np.testing.assert_allclose(question.pieces.sum(axis=1), 1.0)


def test_names_and_numerals_are_marked(ask):
    question = ask("When did Sweden sign article 5?")
    assert [question.words[i] for i in question.named] == ["Sweden", "5"]


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
