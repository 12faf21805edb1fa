"""A statement laid beside its sentences: parts that say of one thing what holds of another, words in others' places."""

import pytest

from pincite.checking.aligning import misplaced
from pincite.checking.grammar import read_sentence
from pincite.checking.parallel import says_of_another

DAMAGE = "The engineer reports any damage to the office of the harbour master within a day."


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            "Bicycles pay 48 euros, and cars are carried free of charge.",
            "Bicycles are carried free of charge, and cars pay 48 euros.",
        ),
        ("Adults pay £3, and children are let in free.", "Adults are let in free, and children pay £3."),
        (
            "The north gate opens at seven, and the south gate at nine.",
            "The south gate opens at seven, and the north gate at nine.",
        ),
    ],
)
def test_what_is_said_of_the_thing_beside_is_found_and_the_sentence_itself_is_not(statement, sentence):
    assert says_of_another(read_sentence(statement), [read_sentence(sentence)])
    assert not says_of_another(read_sentence(sentence), [read_sentence(sentence)])


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        (
            "Cars pay 48 euros and bicycles go free of charge.",
            "Bicycles are carried free of charge, and cars pay 48 euros.",
        ),
        ("The gardener waters the tulips.", "The gardener waters the tulips every morning."),
    ],
)
def test_the_parts_in_another_order_or_one_alone_say_the_same(statement, sentence):
    assert not says_of_another(read_sentence(statement), [read_sentence(sentence)])


def test_a_word_far_from_all_of_the_sentence_stands_in_anothers_place():
    statement = DAMAGE.replace("engineer", "captain")
    captain = statement.index("captain")
    assert misplaced(read_sentence(statement), [read_sentence(DAMAGE)], {captain: 0.0}) == {"replaced"}
    assert misplaced(read_sentence(statement), [read_sentence(DAMAGE)], {captain: 1.0}) == set()


def test_a_word_that_turns_the_order_of_events_is_found():
    after = "The chair opens the meeting after the vote is taken by the members."
    found = misplaced(read_sentence(after.replace("after", "before")), [read_sentence(after)], {})
    assert found == {"order"}


@pytest.mark.parametrize(
    "statement",
    [DAMAGE, "Within a day the engineer reports any damage to the office of the harbour master."],
)
def test_the_same_words_are_in_their_places(statement):
    assert misplaced(read_sentence(statement), [read_sentence(DAMAGE)], {}) == set()
