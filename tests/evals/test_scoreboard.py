from __future__ import annotations

import csv
import json
import sys
from dataclasses import replace

import ferry
import pytest

from pincite import PinciteError, QuestionError
from pincite_evals.gold import Gold
from pincite_evals.scoreboard import environments, running
from pincite_evals.scoreboard.chroma import chroma_tasks
from pincite_evals.scoreboard.environments import SYSTEMS
from pincite_evals.scoreboard.running import Runner, Task, sampled
from pincite_evals.scoreboard.scaling import repeated, varied
from pincite_evals.scoreboard.table import Column, drawing, markdown, ratios

FAKE = """
from protocol import Found, System, run

class Fake(System):
    def index(self, docs):
        (self.folder / "docs.txt").write_text("|".join(sorted(docs)))
        return len(docs)
    def open(self):
        self.docs = (self.folder / "docs.txt").read_text().split("|")
    def search(self, question, k, docs):
        start = 9 if "leave" in question else 0
        return [Found(self.docs[0], start, start + 50, 0.5)][:k]

run(Fake)
"""


class WordCounter:
    def token_spans(self, text):
        return text.split()


@pytest.fixture
def runner(tmp_path, monkeypatch):
    """Return a runner whose only system is a script beside the real protocol, run by this interpreter."""
    scripts = tmp_path / "systems"
    scripts.mkdir()
    (scripts / "protocol.py").write_text((environments.SYSTEMS_FOLDER / "protocol.py").read_text())
    (scripts / "fake.py").write_text(FAKE)
    (scripts / "broken.py").write_text("raise SystemExit('it would not start')")
    monkeypatch.setattr(running, "SYSTEMS_FOLDER", scripts)
    monkeypatch.setattr(running, "python_of", lambda system, work: sys.executable)
    return Runner(tmp_path, tmp_path / "model", WordCounter())


@pytest.fixture
def task(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "ferry.txt").write_text(ferry.TEXT)
    return Task("ferry", docs, ferry.QUESTIONS.questions)


FAKE_SYSTEM = replace(SYSTEMS[2], name="Fake", script="fake.py")


def test_a_system_is_run_and_what_it_finds_is_scored_on_our_side(runner, task):
    indexed = runner.index(FAKE_SYSTEM, task, 0)
    assert indexed["chunks"] == 1
    assert indexed["seconds"] > 0
    assert indexed["index_mb"] > 0
    asked = runner.ask(FAKE_SYSTEM, task, 0)
    assert [each["id"] for each in asked["answers"]] == ["when", "cost", "crew", "cats"]
    assert asked["first_answer"] > 0
    scores = runner.quality(asked, task, None)
    assert scores == {"success@1": 0.5, "success@5": 0.5, "success@600t": 0.5, "success@1500t": 0.5, "questions": 2}


def test_a_run_that_was_made_is_kept(runner, task, tmp_path):
    runner.index(FAKE_SYSTEM, task, 0)
    first = runner.ask(FAKE_SYSTEM, task, 0)
    (tmp_path / "systems" / "fake.py").unlink()
    assert runner.ask(FAKE_SYSTEM, task, 0) == first
    with pytest.raises(PinciteError, match="Fake failed to ask"):
        runner.ask(FAKE_SYSTEM, task, 1)


def test_a_system_that_fails_is_named_with_its_reason(runner, task):
    with pytest.raises(PinciteError, match="Broken failed to index: it would not start"):
        runner.index(replace(FAKE_SYSTEM, name="Broken", script="broken.py"), task, 0)


def test_more_text_than_the_budget_does_not_count(runner, task):
    long = {"answers": [{"id": "when", "found": [["ferry.txt", 0, len(ferry.TEXT), 1.0]]}]}
    only = replace(task, questions=task.questions[:1])
    (task.docs / "ferry.txt").write_text(ferry.TEXT + "word " * 700)
    longer = {"answers": [{"id": "when", "found": [["ferry.txt", 0, len(ferry.TEXT) + 3500, 1.0]]}]}
    assert runner.quality(long, only, None)["success@600t"] == 1.0
    assert runner.quality(longer, only, None)["success@600t"] == 0.0
    assert runner.quality(longer, only, None)["success@1500t"] == 1.0
    assert runner.quality(longer, only, None)["success@1"] == 1.0


def test_a_sample_is_spread_evenly():
    questions = [ferry.question(n, "?", Gold(True)) for n in range(100)]
    assert [each.id for each in sampled(questions, 4)] == ["0", "33", "66", "99"]
    assert sampled(questions, None) == questions


def test_the_best_of_a_column_is_bold_whoever_it_is():
    rows = {"Pincite": {"s": 2.0, "q": 0.9}, "Rival": {"s": 1.0}}
    shown = markdown(rows, (Column("s", "seconds", 1), Column("q", "quality", 2, higher_is_better=True)))
    assert shown.splitlines()[2:] == ["| Pincite | 2.0 | **0.90** |", "| Rival | **1.0** | – |"]
    assert ratios(rows, "Pincite")["Rival"] == {"s": 0.5}


def test_variation_is_the_same_every_time_and_keeps_the_amount_of_text():
    text = "One has 12 boats. Two has 34. Three has none.\n\nAlone."
    assert varied(text, 3) == varied(text, 3)
    assert varied(text, 3) != varied(text, 4)
    assert len(varied(text, 3)) == len(text)
    assert sorted(varied(text, 3).replace("\n\n", " ").split()[-1]) == sorted("Alone.")


def test_a_corpus_is_repeated_with_its_originals(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    for name in ("a.txt", "b.txt"):
        (docs / name).write_text("It has 12 boats. It has 34 oars. It has 5 sails.")
    made = repeated(docs, 3, tmp_path / "made", limit=1)
    texts = {path.name: path.read_text() for path in made.iterdir()}
    assert texts.keys() == {"a.txt", "a-1.txt", "a-2.txt"}
    assert texts["a.txt"] == (docs / "a.txt").read_text()
    assert len(set(texts.values())) == 3


def test_the_drawing_is_the_same_every_time_and_names_no_other_host():
    quality = {"Pincite": {"nato": 0.9, "squad": 0.8}, "Rival": {"nato": 0.5, "squad": 0.6}}
    picture = drawing(quality, "success@600t")
    assert picture == drawing(quality, "success@600t")
    assert "Rival" in picture
    assert "<image" not in picture


def test_chromas_corpora_become_tasks(tmp_path):
    data = tmp_path / "general_evaluation_data"
    (data / "corpora").mkdir(parents=True)
    (data / "corpora" / "ferry.md").write_text(ferry.TEXT)
    place = ferry.place(ferry.COSTS)
    references = json.dumps([{"content": ferry.COSTS, "start_index": place.start, "end_index": place.end}])
    with (data / "questions_df.csv").open("w", newline="") as sink:
        rows = csv.writer(sink)
        rows.writerow(["question", "references", "corpus_id"])
        rows.writerow(["What does it cost?", references, "ferry"])
    (task,) = chroma_tasks(data, tmp_path / "work")
    assert task.name == "chroma ferry"
    assert task.questions[0].gold.spans[0].span == place
    assert (task.docs / "ferry.md").read_text() == ferry.TEXT
    (data / "questions_df.csv").write_text("question\nWhat?\n")
    with pytest.raises(QuestionError, match="expected corpora"):
        list(chroma_tasks(data, tmp_path / "work"))
