"""The command as a user runs it, in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pincite_evals.gold import read_gold

pytestmark = [pytest.mark.model, pytest.mark.slow]

TEXT = """The Night Ferry

Timetable

The night ferry leaves Oban at nine in the evening and reaches Barra at four in the morning.

The ship has two decks and a small library for those who cannot sleep.

Fares

A cabin for two costs forty pounds on weekdays and fifty-five pounds at the weekend.

Animals

Dogs travel free of charge but have to stay in the kennel on the car deck during the crossing.
"""


def pincite(*arguments, cwd):
    command = [sys.executable, "-c", "from pincite.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=os.environ)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a folder with a corpus, its index, and questions."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "ferry.txt").write_text(TEXT)
    span = [TEXT.index("A cabin"), TEXT.index("weekend.") + len("weekend.")]
    rows = [
        {
            "id": "cost",
            "question": "What does a cabin cost?",
            "doc": "ferry.txt",
            "answers": ["forty pounds"],
            "spans": [span],
        },
        {
            "id": "dogs",
            "question": "Do dogs travel free?",
            "doc": "ferry.txt",
            "answerable": True,
            "section": "Animals",
        },
        {"id": "crew", "question": "Who is the captain of the submarine?", "answerable": False},
    ]
    (folder / "q.jsonl").write_text("\n".join(map(json.dumps, rows)))
    done = pincite("index", "corpus", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def evaluated(place):
    """Return what the command printed when it had answered and scored the questions; its report is in `report`."""
    done = pincite("eval", "q.jsonl", "--out", "report", cwd=place)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_questions_are_answered_scored_and_reported(place, evaluated):
    assert "success@5" in evaluated
    measures = json.loads((place / "report" / "evaluation.json").read_text())["estimates"]
    found = {each["measure"]["name"]: each["value"] for each in measures}
    assert found["success@5"] == 1.0
    assert found["section success@5"] == 1.0
    assert found["citation exactness"] == 1.0
    assert "Evaluation of q.jsonl" in (place / "report" / "report.html").read_text()
    assert (place / "report" / "report.md").read_text().startswith("# Evaluation")
    assert len((place / "report" / "answers.jsonl").read_text().splitlines()) == 3


def test_answers_that_are_there_are_scored_and_nothing_is_asked(place):
    pincite("batch", "q.jsonl", "--out", "mine.jsonl", cwd=place)
    done = pincite("eval", "q.jsonl", "--answers", "mine.jsonl", "--out", "scored", "--json", cwd=place)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["measures"]["success@5"]["n"] == 1
    assert not (place / "scored" / "answers.jsonl").exists()


def test_an_evaluation_that_was_stopped_goes_on_where_it_was(place, evaluated):
    shutil.copytree(place / "report", place / "again")
    answers = place / "again" / "answers.jsonl"
    first = answers.read_text().splitlines(keepends=True)
    answers.write_text("".join(first[:1]) + first[1][:20])
    done = pincite("eval", "q.jsonl", "--out", "again", cwd=place)
    assert done.returncode == 0, done.stderr
    assert answers.read_text().splitlines(keepends=True)[0] == first[0]
    assert len(answers.read_text().splitlines()) == 3


def test_the_gate_passes_on_the_same_and_stops_a_loss(place, evaluated):
    old = place / "report" / "evaluation.json"
    same = pincite("eval", "--compare", old, old, "--fail-on-regression", "--out", "compared", cwd=place)
    assert same.returncode == 0, same.stderr
    assert "No measure shows a difference" in same.stdout
    content = json.loads(old.read_text())
    row = next(row for row in content["rows"] if row["outcome"] != "wrong")
    for name, good in (("good.json", 1.0), ("bad.json", 0.0)):
        rows = [{**row, "id": str(i), "scores": {"right": good}} for i in range(30)]
        (place / name).write_text(json.dumps({**content, "rows": rows}))
    worse = pincite(
        "eval", "--compare", "good.json", "bad.json", "--fail-on-regression", "--out", "compared", cwd=place
    )
    assert worse.returncode == 1
    assert worse.stderr == "error: worse than good.json: right: see compared/comparison.md\n"
    assert pincite("eval", "--compare", "good.json", "bad.json", "--out", "compared", cwd=place).returncode == 0


def test_a_drafted_question_file_is_read_and_its_unfinished_lines_are_named(place):
    done = pincite("eval", "init", "--out", "drafted.jsonl", "--per-document", "8", "--json", cwd=place)
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    file = read_gold(place / "drafted.jsonl")
    assert counts["questions"] == len((place / "drafted.jsonl").read_text().splitlines())
    assert len(file.failures) == counts["todo"]
    assert all("take out todo" in failure.reason for failure in file.failures)
    assert {each.gold.answerable for each in file.questions} == {True, False}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.jsonl"], "none.jsonl: no such file"),
        ([], "Usage"),
        (["run"], "expected a file of questions, or --compare"),
        (["init", "--out", "q.jsonl"], "q.jsonl: is there already"),
        (["q.jsonl", "--fail-on-regression"], "goes with --compare"),
        (["--compare", "q.jsonl", "q.jsonl"], "q.jsonl: expected an evaluation"),
        (["q.jsonl", "--answers", "none.jsonl"], "none.jsonl: no such file"),
        (["bare.txt"], "the questions have none"),
    ],
)
def test_bad_input_is_one_line(place, arguments, said):
    (place / "bare.txt").write_text("What does a cabin cost?\n")
    done = pincite("eval", *arguments, cwd=place)
    assert done.returncode != 0
    assert said in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    if "Usage" not in said:
        assert done.stderr.strip().splitlines()[-1].startswith("error: ")


def test_without_the_extra_the_command_says_what_to_install(place):
    script = "import sys; sys.modules['ir_measures'] = None; from pincite.cli import main; main()"
    command = [sys.executable, "-c", script, "eval", "q.jsonl"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "error: evaluation needs ir_measures: pip install 'pincite[eval]'\n"


def test_the_shipped_page_of_commands_names_it():
    page = Path(__file__).parents[2] / "docs" / "command-line.md"
    assert "pincite eval init" in page.read_text()
