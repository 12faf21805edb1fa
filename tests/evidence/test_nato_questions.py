"""The questions on the NATO document: their gold must be the document's own characters."""

import json
from pathlib import Path

import pytest

from pincite.reading import read_file
from pincite.sections import to_document

QUESTIONS = Path(__file__).parents[2] / "evals" / "questions" / "nato.jsonl"
ROWS = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
ANSWERABLE = [row for row in ROWS if row["answerable"]]


@pytest.fixture(scope="module")
def document(request):
    path = Path(request.config.rootpath) / "corpus" / "nato-defense-policies.txt"
    return to_document(read_file(path))


def test_there_are_enough_of_each():
    assert len(ANSWERABLE) >= 60
    assert len(ROWS) - len(ANSWERABLE) >= 50
    assert len({row["id"] for row in ROWS}) == len(ROWS)
    assert {row["kind"] for row in ANSWERABLE} == {
        "plain", "paraphrased", "misspelt", "telegraphic", "multi-section", "follow-up",
    }  # fmt: skip


@pytest.mark.parametrize("row", ANSWERABLE, ids=lambda row: row["id"])
def test_spans_lie_in_the_sections_named(document, row):
    sections = {section.path: section for section in document.root.walk()}
    named = [sections[tuple(path)] for path in row.get("sections", [row["section"]])]
    for start, end in row["spans"]:
        quote = document.text[start:end]
        assert quote == quote.strip() != ""
        assert any(section.span.start <= start and end <= section.span.end for section in named)


@pytest.mark.parametrize("row", [row for row in ROWS if not row["answerable"]], ids=lambda row: row["id"])
def test_unanswerable_questions_have_no_gold(row):
    assert row["spans"] == row["answers"] == []


def test_follow_ups_have_a_history():
    assert all(bool(row.get("history")) == (row["kind"] == "follow-up") for row in ROWS)
