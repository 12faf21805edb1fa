import pytest

from pincite.evidence import Turn, contextualise

ARTICLE = Turn("What does Article 5 say?", "Article 5 of the North Atlantic Treaty embodies collective defense.")


@pytest.mark.parametrize(
    "question",
    [
        "When was it invoked?",
        "Does it deter aggressors?",
        "Who wrote it?",
        "And how often?",
        "Why?",
        "When did they invoke this?",
        "How many times?",
    ],
)
def test_questions_that_lean_on_the_one_before_get_its_words(question):
    found = contextualise(question, [ARTICLE])
    assert found.startswith(question)
    assert {"Article", "5"} <= set(found.split())


@pytest.mark.parametrize(
    "question",
    [
        "What is KFOR?",
        "When was NATO established?",
        "How does NATO ensure that its members are safe?",
        "Can countries keep their independence?",
        "Who moved his court to Krakow?",
        "What is it called when an ally is attacked?",
        "three core principles",
        "What is deterrence?",
        "Which threats do incident response teams answer?",
    ],
)
def test_questions_that_stand_alone_are_left_as_they_are(question):
    assert contextualise(question, [ARTICLE]) == question


def test_nothing_before():
    assert contextualise("When was it invoked?", []) == "When was it invoked?"


def test_names_of_the_answer_are_context_too():
    before = Turn("What was endorsed in 2001?", "The endorsement of the NATO Response Force.")
    assert "Response Force" in contextualise("What was it designed for?", [before])


def test_context_reaches_back_through_follow_ups():
    found = contextualise("And why?", [Turn("What is KFOR?"), Turn("When was it deployed?")])
    assert "KFOR" in found
    assert "deployed" in found


def test_another_subject_keeps_what_was_asked():
    found = contextualise("What about Finland?", [Turn("When did Sweden join?")])
    assert "join" in found
    assert "Sweden" not in found


def test_no_word_is_added_twice():
    words = contextualise("How often was it invoked?", [Turn("Was Article 5 invoked?")]).casefold().split()
    assert words.count("invoked") + words.count("invoked?") == 1
