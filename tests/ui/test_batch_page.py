"""A file of questions in the browser."""

import json
import re

import pytest

pytestmark = [pytest.mark.ui, pytest.mark.model]


def choose(person, path):
    person.tab("Batch")
    with person.page.expect_file_chooser() as choosing:
        person.page.locator("#pc-questions button").first.click()
    choosing.value.set_files(path)
    # While it arrives its name is in one piece, later the ending is apart: what counts is that it can be taken away.
    person.page.locator("#pc-questions button[aria-label=Clear]").wait_for()
    assert path.name in "".join(person.page.locator("#pc-questions").inner_text().split())
    person.page.locator("#pc-run").click()


def status(person, pattern):
    line = person.page.locator("#pc-progress [role=status]")
    person.page.wait_for_function(
        "p => new RegExp(p).test(document.querySelector('#pc-progress [role=status]')?.textContent)",
        arg=pattern,
        timeout=90_000,
    )
    return line.inner_text()


def test_questions_with_gold_are_answered_shown_scored_and_downloaded(person, tmp_path, request):
    lines = (request.config.rootpath / "evals" / "questions" / "nato.jsonl").read_text("utf-8").splitlines()
    path = tmp_path / "some.jsonl"
    path.write_text("\n".join(lines[:12] + lines[-6:]) + "\n", "utf-8")
    choose(person, path)
    said = status(person, "18 questions: ")
    assert "rightly" in said
    table = person.page.locator("#pc-answers")
    assert json.loads(lines[0])["question"] in table.inner_text()
    report = person.page.frame_locator("#pc-report iframe")
    assert "Of " in report.locator("body").inner_text()
    assert report.locator("svg, img").count() > 0
    person.shoot("batch")
    with person.page.expect_download() as saving:
        person.page.locator("#pc-download").click()
    answers = [json.loads(line) for line in saving.value.path().read_text("utf-8").splitlines()]
    assert [answer["id"] for answer in answers] == [json.loads(line)["id"] for line in lines[:12] + lines[-6:]]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lines.txt", "What does Article 5 say?\nWho is the king?\n"),
        ("rows.csv", "question\nWhat does Article 5 say?\nWho?\n"),
    ],
    ids=["lines", "csv"],
)
def test_lines_and_csv_are_answered_without_scores(person, tmp_path, name, content):
    (tmp_path / name).write_text(content, "utf-8")
    choose(person, tmp_path / name)
    status(person, "2 questions: 1 answered, 1 not answered")
    assert person.page.locator("#pc-report iframe").count() == 0


def test_a_batch_is_stopped_and_what_is_there_is_kept(person, tmp_path):
    path = tmp_path / "many.txt"
    path.write_text("".join(f"What does Article {n} say?\n" for n in range(400)), "utf-8")
    choose(person, path)
    status(person, r"^\d+ of 400")
    person.page.locator("#pc-cancel").click()
    said = status(person, r"^Stopped\. \d+ questions")
    assert int(re.search(r"(\d+) questions", said)[1]) < 400
    answers = person.folder / "batch" / "answers.jsonl"
    there = answers.read_bytes()
    person.page.wait_for_timeout(700)
    assert answers.read_bytes() == there, "the work has ended"


def test_a_file_without_questions_is_refused_with_a_sentence(person, tmp_path):
    path = tmp_path / "nothing.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    choose(person, path)
    assert "question" in status(person, "column|question")
