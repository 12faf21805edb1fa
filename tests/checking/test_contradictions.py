"""What a statement says otherwise than its sentence, kind by kind; and that nothing contradicts itself."""

from pathlib import Path

import pytest

from pincite.checking.contradictions import contradictions
from pincite.checking.grammar import read_sentence
from pincite.checking.rows import with_head
from pincite.sentences import sentence_spans

ROOT = Path(__file__).parents[2]
DOCUMENTS = [
    *(ROOT / "corpus").glob("*.txt"),
    *(path for path in (ROOT / "evals" / "documents").iterdir() if path.suffix),
    *(path for path in (ROOT / "evals" / "statements" / "documents").iterdir() if path.suffix),
]


def found(statement, *sentences):
    return contradictions(read_sentence(statement), [read_sentence(sentence) for sentence in sentences])


@pytest.mark.parametrize(
    ("kind", "statement", "sentence"),
    [
        ("number", "The fee is $40 a head.", "The fee is €40 a head."),
        ("number", "The shed is 3 feet wide.", "The shed is 3 metres wide."),
        ("number", "It takes 20 days.", "It takes 20 months."),
        ("number", "The town has 20,000 thousand trees.", "The town has 20,000 trees."),
        ("number", "It costs £3 billion.", "It costs £3 million."),
        ("period", "The guard earns £90 per month.", "The guard earns £90 per day."),
        ("bound", "A boat carries at least 9 guests.", "A boat carries up to 9 guests."),
        ("bound", "The rope must not be shorter than 5 m.", "The rope must not be longer than 5 m."),
        ("modal", "The pilot may sign the log.", "The pilot must sign the log."),
        ("modal", "Guests must use the sauna.", "Guests may use the sauna."),
        ("quantifier", "Some guests signed the list.", "All guests signed the list."),
        ("quantifier", "All rooms have a view.", "Most rooms have a view."),
        ("roles", "The buyer insures the goods.", "The seller insures the goods."),
        ("roles", "The goods are insured by the buyer.", "The seller insures the goods."),
        ("owner", "A change needs the tenant's consent.", "A change needs the landlord's consent."),
        ("owner", "A change needs the consent of the tenant.", "A change needs the landlord's consent."),
        ("exchanged", "Ann paid £5 and Bob paid £9.", "Ann paid £9 and Bob paid £5."),
        ("opposite", "Pay the fee before the lesson has begun.", "Pay the fee after the lesson has begun."),
        ("denied", "Skis are lent, boots are not.", "Boots are lent, skis are not."),
        ("exception", "It is open every day including 1 May.", "It is open every day except 1 May."),
    ],
)
def test_what_is_said_otherwise_is_found_by_kind(kind, statement, sentence):
    assert kind in found(statement, sentence)


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("The fee comes to 40 euros a head.", "The fee is €40 per head."),
        ("It takes two years.", "It takes 24 months."),
        ("It costs £1.24 million annually.", "It costs £1,240,000 a year."),
        ("A boat carries at most 9 guests.", "A boat carries no more than nine guests."),
        ("The rope may be up to 5 metres long.", "The rope must not be longer than 5 m."),
        ("The log has to be signed by the pilot.", "The pilot must sign the log."),
        ("Guests are entitled to use the sauna.", "Guests may use the sauna."),
        ("Every guest signed the list.", "All guests signed the list."),
        ("The goods are insured by the seller.", "The seller insures the goods."),
        ("A change requires the consent of the landlord.", "A change needs the landlord's consent."),
        ("Keeping hens requires the consent of the town.", "They may not keep hens without the town's consent."),
        (
            "It is given 12 months or more before the end.",
            "Notice is given not later than 12 months before the end.",
        ),
        ("The room must have at least 9 m².", "Do not place it in a room of less than 9 m²."),
    ],
)
def test_the_same_in_other_words_is_no_contradiction(statement, sentence):
    assert found(statement, sentence) == frozenset()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_sentence_contradicts_itself(path):
    text = path.read_text("utf-8")
    sentences = {" ".join(text[span.start : span.end].split()) for span in sentence_spans(text)}
    assert {sentence: kinds for sentence in sentences if (kinds := found(sentence, sentence))} == {}


def test_a_row_is_read_with_the_head_of_each_column():
    row = with_head(("3 to 5", "27"), ("Years of service", "Days of leave"))
    assert found("With 3 to 5 years of service one has 27 days of leave.", row) == frozenset()
    assert "number" in found("With 3 to 5 years of service one has 27 weeks of leave.", row)
