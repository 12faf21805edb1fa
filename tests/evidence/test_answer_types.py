import pytest

from pincite.evidence.answer_types import AnswerType, asked_type, offers


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When was NATO established?", AnswerType.DATE),
        ("In what year did it end?", AnswerType.DATE),
        ("who did what, and when?", AnswerType.DATE),
        ("What happens to plants when it rains?", AnswerType.OTHER),
        ("How many troops are in KFOR?", AnswerType.NUMBER),
        ("How often are exercises held?", AnswerType.FREQUENCY),
        ("How many times was it invoked?", AnswerType.FREQUENCY),
        ("How long did the mission last?", AnswerType.DURATION),
        ("How long ago was that?", AnswerType.DATE),
        ("How much does it cost?", AnswerType.MONEY),
        ("What is the budget for drones?", AnswerType.MONEY),
        ("What percentage of GDP must members spend?", AnswerType.PERCENT),
        ("Who is the Secretary General?", AnswerType.PERSON),
        ("Which of the people who signed it spoke?", AnswerType.OTHER),
        ("Where is NATO headquartered?", AnswerType.PLACE),
        ("Which Nordic countries seek closer ties?", AnswerType.PLACE),
        ("What does Article 5 say?", AnswerType.OTHER),
        ("Was gilt Artikel 5?", AnswerType.OTHER),
    ],
)
def test_what_a_question_asks_for(question, kind):
    assert asked_type(question) is kind


@pytest.mark.parametrize(
    ("kind", "sentence", "expected"),
    [
        (AnswerType.DATE, "It was formed in 1949.", 1.0),
        (AnswerType.DATE, "It was formed after the war.", 0.4),
        (AnswerType.DATE, "It was formed.", 0.0),
        (AnswerType.NUMBER, "Some 4,500 troops serve there.", 1.0),
        (AnswerType.NUMBER, "Article 5 was invoked in 2001.", 0.0),
        (AnswerType.NUMBER, "An attack on one is an attack on all.", 0.4),
        (AnswerType.FREQUENCY, "It has been invoked only once.", 1.0),
        (AnswerType.FREQUENCY, "It was invoked.", 0.0),
        (AnswerType.DURATION, "It lasted two decades.", 1.0),
        (AnswerType.DURATION, "It lasted.", 0.0),
        (AnswerType.MONEY, "It cost $ 5.", 1.0),
        (AnswerType.MONEY, "It was dear.", 0.0),
        (AnswerType.PERCENT, "Members spend 2 % of GDP.", 1.0),
        (AnswerType.PERSON, "The post is held by Mark Rutte.", 1.0),
        (AnswerType.PERSON, "Nothing is said.", 0.0),
        (AnswerType.PLACE, "Its seat is in Brussels.", 1.0),
        (AnswerType.PLACE, "Its seat is elsewhere.", 0.0),
        (AnswerType.OTHER, "Anything.", 1.0),
    ],
)
def test_what_a_sentence_offers(kind, sentence, expected):
    assert offers(kind, sentence, frozenset()) == expected


def test_what_the_asker_named_is_not_the_answer():
    assert offers(AnswerType.DATE, "In 1949 it began.", {"1949"}) == 0.0
    assert offers(AnswerType.PLACE, "It lies in Sweden.", {"sweden"}) == 0.0
