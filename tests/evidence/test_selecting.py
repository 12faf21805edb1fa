import pytest

from pincite.evidence import select
from pincite.evidence.model import EvidenceModel, LinearModel

LITERAL = LinearModel({"literal": 10.0}, 0.0)
MODEL = EvidenceModel(LITERAL, LITERAL, LITERAL, 0.5)


@pytest.fixture
def chosen(gather):
    return lambda question, passages, **options: select(gather(question, passages), model=MODEL, **options)


def test_quotes_are_the_documents_characters(chosen, ask, passage):
    document = "Preface. " * 3 + "The treaty was signed in Washington. Troops were deployed."
    start = document.index("The treaty")
    (found,) = chosen(ask("Where was the treaty signed?"), [passage(document[start:], start=start)])
    assert found.quote == document[found.span.start : found.span.end] == "The treaty was signed in Washington."


def test_a_second_sentence_joins_when_it_covers_what_the_first_does_not(chosen, ask, passage):
    text = "Troops were deployed to Kosovo yesterday. The weather is fine. The treaty was signed in Washington."
    found = chosen(ask("Where was the treaty signed in Washington and troops deployed?"), [passage(text)])
    assert [s.quote for s in found] == [
        "Troops were deployed to Kosovo yesterday.",
        "The treaty was signed in Washington.",
    ]
    assert len(chosen(ask("Where was the treaty signed and troops deployed?"), [passage(text)], most=1)) == 1


def test_one_sentence_is_enough_where_it_covers_the_question(chosen, ask, passage):
    text = "The treaty was signed in Washington. The treaty is old. It was long."
    assert [s.quote for s in chosen(ask("Where was the treaty signed?"), [passage(text)])] == [
        text.split(". ")[0] + "."
    ]


def test_a_sentence_that_introduces_a_list_brings_its_items(chosen, ask, passage):
    text = "The framework sets these aspects:\n\n  • Policy: measures.\n  • Teams: they help.\n\nMore follows later."
    (found,) = chosen(ask("Which aspects does the framework set?"), [passage(text)])
    assert found.quote == text[: text.index("\n\nMore")]


def test_the_same_sentence_is_given_once(chosen, ask, passage):
    found = chosen(
        ask("Where was the treaty signed?"),
        [passage("The treaty was signed."), passage("The treaty was signed.", start=90)],
    )
    assert len(found) == 1


def test_nothing_to_choose_from(chosen, ask):
    assert chosen(ask("Where?"), []) == ()


@pytest.mark.parametrize("most", [1, 2, 3])
def test_never_more_than_asked_for(chosen, ask, passage, most):
    text = "Red fox. Blue whale. Green frog. White swan."
    assert len(chosen(ask("red blue green white fox whale frog swan"), [passage(text)], most=most)) <= most
