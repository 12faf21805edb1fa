from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pincite import make_document
from pincite_evals.drafting import draft
from pincite_evals.drafting.rules import question_of


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("The unit contains 240 g of refrigerant.", "How much does the unit contain?", "240 g"),
        ("The chamber holds 0.4 l.", "How much does the chamber hold?", "0.4 l"),
        ("The panel has four buttons.", "How many buttons does the panel have?", "four"),
        ("NATO was established in 1949 by treaty.", "When was NATO established?", "1949"),
        ("The bridge is a tall structure of steel.", "What is the bridge?", "a tall structure of steel"),
        ("Key initiatives include three drills.", "What do Key initiatives include?", "three drills"),
        ("The plan aims to cut the cost.", "What does the plan aim to do?", "cut the cost"),
        ("1.2 “Berth” means a mooring place.", "What does “Berth” mean?", "a mooring place"),
        ("(a) The tenant shall pay the rent in advance.", "What must the tenant pay?", "the rent in advance"),
        ("The crew shall not smoke on board.", "What must the crew not smoke?", "on board"),
        ("Allies respond to war by training troops.", "How do Allies respond to war?", "by training troops"),
        ("The boxes shall be sent within 45 minutes.", "Within what time must the boxes be sent?", "within 45 minutes"),
    ],
)
def test_a_sentence_makes_the_question_that_it_answers(sentence, question, answer):
    made = question_of(sentence)
    assert made is not None
    assert (made.question, sentence[made.start : made.end]) == (question, answer)


@pytest.mark.parametrize(
    "sentence",
    [
        "It contains 240 g of refrigerant.",
        "When the pump runs it holds 2 l.",
        "Their goal is a safe port.",
        "Run!",
    ],
)
def test_a_sentence_that_leans_on_others_makes_none(sentence):
    assert question_of(sentence) is None


def test_a_common_word_loses_its_capital():
    made = question_of("Dogs are the best friends.", common={"dogs"})
    assert made is not None
    assert made.question == "What are dogs?"


MANUAL = """# Pump

## Parts

| Part | Interval |
| --- | --- |
| Valve | 24 months |
| Filter | 2 weeks |

## Use

The chamber holds 0.4 l of clean water at any time. Nobody had thought of that before the second summer came around.

## Warranty

The warranty lasts 3 years from the date of the purchase.
"""


def test_drafts_have_exact_spans_sections_and_answers():
    document = make_document(MANUAL, doc_id="pump.md", media_type="text/markdown")
    drafts = draft([document], per_document=10, unanswerable=0.3)
    made = {each.question: each for each in drafts}
    row = made["What does the table give as “Interval” for “Valve”?"]
    assert document.quote(row.spans[0]) == "| Valve | 24 months |"
    assert row.answers == ("24 months",)
    assert made["How long does the warranty last?"].section[-1] == "Warranty"
    assert next(each for each in drafts if each.todo).answers == ()
    absent = [each for each in drafts if not each.answerable]
    assert absent
    assert all(each.spans == () for each in absent)


def test_the_same_seed_gives_the_same_draft_and_another_another():
    document = make_document(MANUAL, doc_id="pump.md", media_type="text/markdown")
    assert draft([document], seed=1) == draft([document], seed=1)
    assert any(draft([document], seed=1) != draft([document], seed=n) for n in range(2, 6))


def test_what_the_document_says_is_not_thought_absent():
    text = MANUAL.replace("from the date", "and costs nothing from the date")
    document = make_document(text, doc_id="pump.md", media_type="text/markdown")
    asked = [each.question for each in draft([document], per_document=30, unanswerable=1.0)]
    assert not [question for question in asked if "cost" in question and "warranty" in question]


@given(st.text(max_size=400), st.integers(1, 12), st.floats(0, 1))
def test_no_text_breaks_it_and_every_span_is_exact(text, per_document, unanswerable):
    document = make_document(f"{text}\n\nA pump is a machine that moves water uphill.", doc_id="a.txt")
    for each in draft([document], per_document=per_document, unanswerable=unanswerable):
        assert all(answer in document.quote(each.spans[0]) for answer in each.answers)
        assert len(each.question) > 0
