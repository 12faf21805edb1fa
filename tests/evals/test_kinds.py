"""The questions by kind: gold where its quotes stand, enough of each kind, a third set apart by the seed."""

import doctest
import json
from collections import Counter

import pytest

from pincite import Answer, Span, Turn, read_questions
from pincite_evals.gate import QUESTIONS
from pincite_evals.gold import GoldSpan, read_gold
from pincite_evals.kinds import judging
from pincite_evals.kinds.__main__ import read_questions as read_folder
from pincite_evals.kinds.asking import ask_all
from pincite_evals.kinds.files import EVERYDAY, KEPT, OPEN, TRAINING, read_rows, set_apart
from pincite_evals.kinds.judging import is_label, judge
from pincite_evals.kinds.office_files import write_deck, write_workbook
from pincite_evals.kinds.placing import everyday_documents, golds, place
from pincite_evals.kinds.tables import counts, failures
from pincite_evals.measures.groups import groups_cited
from pincite_evals.records import Quoted, read_answers

FILES = sorted([*OPEN.glob("*.jsonl"), *KEPT.glob("*.jsonl")])
OPEN_ROWS = [row for path in FILES if path.parent == OPEN for row in read_rows(path)]
KEPT_ROWS = [row for path in FILES if path.parent == KEPT for row in read_rows(path)]
ROWS = OPEN_ROWS + KEPT_ROWS
KINDS = {
    "acronym",
    "another language",
    "collection",
    "comparison",
    "count",
    "definition",
    "exception",
    "fact",
    "follow-up",
    "latest version",
    "list",
    "misspelt",
    "naming a place",
    "overview",
    "reason",
    "table",
    "two-part",
    "wrong-subject",
    "yes or no",
}


@pytest.fixture(scope="module")
def documents():
    return everyday_documents()


def test_every_gold_quote_stands_where_it_says(documents):
    for row in ROWS:
        for gold in golds(row):
            text = documents[gold["doc_id"]].text
            assert text[gold["start"] : gold["end"]] == gold["quote"] == gold["quote"].strip() != "", row["id"]


def test_there_are_enough_documents_of_a_fair_length(documents):
    words = {name: len(document.text.split()) for name, document in documents.items()}
    assert len(words) >= 12
    assert {name for name, n in words.items() if not 400 <= n <= 1500} == set()
    assert {path.suffix for path in EVERYDAY.iterdir()} >= {".md", ".txt", ".html", ".csv", ".xlsx", ".pptx"}


def test_there_are_enough_questions_of_each_kind():
    kinds = Counter(row["kind"] for row in ROWS)
    assert len(ROWS) >= 400
    assert set(kinds) == KINDS
    assert min(kinds.values()) >= 12
    assert {row.get("about") for row in ROWS} - {None} == set(everyday_documents())


def test_ids_are_unique_and_no_question_is_asked_twice():
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    asked = Counter((row["question"], json.dumps(row.get("history")), row.get("doc")) for row in ROWS)
    assert [each for each, n in asked.items() if n > 1] == []


def test_each_question_has_the_gold_of_its_kind():
    for row in ROWS:
        assert bool(row.get("groups")) == bool(row.get("answerable")), row["id"]
        assert (row["kind"] == "follow-up") == bool(row.get("history")) == bool(row.get("understood_as")), row["id"]
        assert (row["kind"] == "collection") == ("answerable" not in row), row["id"]
        assert (row["kind"] in {"collection", "another language"}) == ("expect" in row), row["id"]
        assert (row["kind"] == "wrong-subject") == ("beside" in row), row["id"]


def test_a_trap_stands_beside_every_fact():
    for rows in (OPEN_ROWS, KEPT_ROWS):
        ids = {row["id"] for row in rows}
        beside = {row["beside"] for row in rows if "beside" in row}
        assert beside <= ids
        assert {row["id"] for row in rows if row["kind"] == "fact"} <= beside


def test_the_third_set_apart_is_what_the_seed_chooses():
    assert set_apart(ROWS) == {row["id"] for row in KEPT_ROWS}
    assert set_apart(ROWS, seed=1) != set_apart(ROWS)
    assert 0.3 <= len(KEPT_ROWS) / len(ROWS) <= 0.36
    assert {row["kind"] for row in KEPT_ROWS} == KINDS
    assert min(Counter(row["kind"] for row in KEPT_ROWS).values()) >= 4


def test_the_files_can_be_used_by_pincite_eval_and_batch():
    for path in FILES:
        assert read_questions(path).failures == read_gold(path).failures == ()
    gold = {each.id: each.gold for each in read_folder(OPEN)}
    several = next(row for row in OPEN_ROWS if len(row.get("groups", ())) > 1 and row["kind"] == "list")
    assert len(gold[several["id"]].groups) == len(several["groups"]) <= len(gold[several["id"]].spans)


def test_the_gate_does_not_take_them_for_its_own():
    assert {path.stem for path in QUESTIONS.glob("*.jsonl")} == {"dehumidifier", "harbour", "nato"}


def test_the_office_files_are_what_their_script_writes(tmp_path, documents):
    from pincite import read_document

    for write, name in ((write_workbook, "tool-hire.xlsx"), (write_deck, "quarter-review.pptx")):
        write(tmp_path / name)
        assert read_document(tmp_path / name).text == documents[name].text


def test_training_questions_are_enough_and_none_is_asked_in_the_sets():
    rows = read_rows(TRAINING)
    kinds = Counter(row["kind"] for row in rows if not row.get("misspelt"))
    assert set(kinds) == KINDS - {"wrong-subject", "misspelt"}
    assert min(kinds.values()) >= 40
    texts = [row["question"].casefold() for row in rows]
    assert len(set(texts)) == len(texts)
    assert set(texts) & {row["question"].casefold() for row in ROWS} == set()


def test_gold_is_moved_to_the_nearest_place_of_its_quote():
    gold = {"doc_id": "a", "start": 9, "end": 12, "quote": "cat"}
    assert place(gold, "cat, cat, dog, cat")
    assert (gold["start"], gold["end"]) == (5, 8)
    assert not place(gold, "dogs only")
    assert (gold["start"], gold["end"]) == (5, 8)


TEXT = "# Pets\n\nYou may keep:\n\n- one cat;\n- a fish.\n\nNo dogs."


def cited(*quotes):
    return tuple(Quoted("pets.md", Span(TEXT.index(q), TEXT.index(q) + len(q)), q, ()) for q in quotes)


def gold(quote, within=False):
    return GoldSpan("pets.md", Span(TEXT.index(quote), TEXT.index(quote) + len(quote)), within)


class Pets:
    text = TEXT


@pytest.mark.parametrize(
    ("quotes", "held"),
    [
        (["one cat"], [True, False]),
        (["- one cat;", "a fish"], [True, True]),
        (["one cat;\n- a fish"], [True, True]),
        (["one", "cat"], [True, False]),
        (["one ca", "a fish"], [False, True]),
        ([], [False, False]),
    ],
)
def test_a_group_is_held_when_its_words_are_cited(quotes, held):
    groups = [[gold("- one cat;")], [gold("No dogs."), gold("a fish.")]]
    assert groups_cited(cited(*quotes), groups, lambda _: Pets) == held


def test_a_section_is_held_by_any_sentence_in_it():
    groups = [[gold("- one cat;\n- a fish.", within=True)]]
    assert groups_cited(cited("a fish."), groups, lambda _: Pets) == [True]
    assert groups_cited(cited("No dogs."), groups, lambda _: Pets) == [False]
    assert groups_cited(cited("a fish.\n\nNo dogs."), groups, lambda _: Pets) == [False]


@pytest.mark.parametrize("value", ["x", [1], [[]], [[{"doc_id": "a"}]], [[[0, 3]]]])
def test_groups_that_are_none_are_refused(tmp_path, value):
    path = tmp_path / "q.jsonl"
    path.write_text(json.dumps({"question": "who?", "groups": value}) + "\n")
    assert len(read_gold(path).failures) == 1


def test_examples_in_docstrings_are_true():
    assert doctest.testmod(judging).failed == 0


def test_a_heading_or_a_question_is_a_label(documents):
    known = list(documents.values())
    assert is_label("Are dogs allowed?", known)
    assert is_label("## 4 Pay and benefits", known)
    assert is_label("All permanent employees have:", known)
    assert not is_label("Are dogs allowed? Other dogs must stay outside.", known)


class Echo:
    """Answers with what it was asked and how many turns came before."""

    def __init__(self):
        self.asked = []

    def ask(self, question, *, history, scope):
        self.asked.append((question, tuple(history), scope.docs))
        return Answer(question, f"about {question.split()[0]}", 0.5, (), (), 0.0)


def test_a_conversation_is_asked_turn_by_turn_and_a_repeated_answer_is_seen(tmp_path, documents):
    path = tmp_path / "q.jsonl"
    rows = [
        {
            "id": "1",
            "kind": "follow-up",
            "question": "cats why?",
            "history": [{"question": "cats?"}],
            "answerable": False,
        },
        {"id": "2", "kind": "collection", "question": "hi", "expect": "greeting"},
    ]
    rows[0]["history"].append({"question": "cats when?"})
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    questions = read_gold(path).questions
    echo = Echo()
    ask_all(echo, questions, tmp_path / "answers.jsonl")
    assert [question for question, _, _ in echo.asked] == ["cats?", "cats when?", "cats why?", "hi"]
    assert echo.asked[2][1] == (Turn("cats?", "about cats?"), Turn("cats when?", "about cats"))
    records = read_answers(tmp_path / "answers.jsonl").answers
    judged = [judge(each, records[each.id], list(documents.values())) for each in questions]
    assert [each.repeated for each in judged] == [True, False]
    assert [each.right for each in judged] == [False, True]
    assert "| follow-up | 1 | 0 |" in counts(judged)
    assert failures(judged) == "- `1` (follow-up) cats why?: answered, confidence 0.50"
