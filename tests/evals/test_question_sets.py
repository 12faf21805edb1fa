"""The question sets that ship: their gold must be the documents' own characters."""

import json
from pathlib import Path

import pytest

from pincite import read_document
from pincite_evals.gate import DOCUMENTS, QUESTIONS
from pincite_evals.gold import read_gold

SETS = sorted(QUESTIONS.glob("*.jsonl"))
ROWS = [json.loads(line) for path in SETS for line in path.read_text(encoding="utf-8").splitlines()]
ANSWERABLE = [row for row in ROWS if row["answerable"]]
KINDS = {"plain", "paraphrased", "misspelt", "telegraphic", "multi-section", "follow-up"}


@pytest.fixture(scope="module")
def documents():
    paths = [path for folder in DOCUMENTS for path in Path(folder).iterdir() if path.suffix]
    return {path.name: read_document(path) for path in paths}


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_there_are_enough_of_each(path):
    file = read_gold(path)
    unanswerable = [each for each in file.questions if not each.gold.answerable]
    kinds = {each.question.fields["kind"] for each in file.questions if each.gold.answerable}
    least, least_unanswerable = (80, 30) if path.stem == "nato" else (40, 15)
    assert file.failures == ()
    assert len(file.questions) - len(unanswerable) >= least // 2
    assert len(file.questions) >= least
    assert len(unanswerable) >= least_unanswerable
    assert kinds >= KINDS


def test_there_are_three_sets_and_ids_are_unique():
    assert [path.stem for path in SETS] == ["dehumidifier", "harbour", "nato"]
    assert len({row["id"] for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ANSWERABLE, ids=lambda row: row["id"])
def test_spans_lie_in_the_sections_named(documents, row):
    document = documents[row["doc"]]
    sections = {section.path: section for section in document.root.walk()}
    named = [sections[tuple(path)] for path in row.get("sections", [row["section"]])]
    assert row["spans"]
    for start, end in row["spans"]:
        quote = document.text[start:end]
        assert quote == quote.strip() != ""
        assert any(section.span.start <= start and end <= section.span.end for section in named)


@pytest.mark.parametrize("row", [row for row in ROWS if not row["answerable"]], ids=lambda row: row["id"])
def test_unanswerable_questions_have_no_gold(row):
    assert row["spans"] == row["answers"] == []


def test_follow_ups_have_a_history():
    assert all(bool(row.get("history")) == (row["kind"] == "follow-up") for row in ANSWERABLE)
