import pytest

from pincite.checking.words import words


def found(text, kind):
    return [word.stems[0] for word in words(text) if word.kind == kind]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("twelve allies", ["12"]),
        ("the 3rd of May", ["3"]),
        ("twenty-one guns and 1,000 men", ["21", "1000"]),
        ("2 % or 2%", ["2", "2"]),
        ("one of them", []),
        ("post-9/11", ["9/11"]),
    ],
)
def test_numbers_are_digits_however_they_are_written(text, numbers):
    assert found(text, "number") == numbers


def test_names_are_capitals_within_a_sentence_or_acronyms():
    assert found("Yesterday Turkey and the EU met.", "name") == ["turkey", "eu"]
    assert found("NATO met.", "name") == ["nato"]
    assert found("THE ALLIES MET IN TURKEY", "name") == []


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("The allies did not leave.", {"leave"}),
        ("They never left, and the alliance grew.", {"left"}),
        ("It can't be sold without consent.", {"sold", "consent"}),
        ("Not the allies but the partners paid.", {"allies"}),
        ("They left.", set()),
    ],
)
def test_a_negation_reaches_the_rest_of_its_clause(text, denied):
    assert {word.text for word in words(text) if word.denied} == denied
