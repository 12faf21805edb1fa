"""The command as a user runs it: real encoder, real files, real processes."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.model

NATO = "nato-defense-policies.txt"


def run(*arguments, cwd, check=True, env=None):
    shown = subprocess.run(
        [sys.executable, "-m", "pincite", *(a if isinstance(a, bytes) else str(a) for a in arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "100", **(env or {})},
    )
    assert "Traceback" not in shown.stderr, shown.stderr
    if check:
        assert shown.returncode == 0, shown.stderr
    return shown


@pytest.fixture(scope="module")
def clone(tmp_path_factory, nato_path):
    """A folder like a fresh clone: a corpus, and no index yet."""
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(nato_path.parent, folder / "corpus")
    first = run("ask", "What does Article 5 say?", cwd=folder)
    assert "building index" in first.stderr
    assert "an attack on one ally is considered an attack on all allies. [1]" in " ".join(first.stdout.split())
    assert "The Role of Article 5 in NATO Defense" in first.stdout
    return folder


def test_the_first_run_builds_the_index_and_the_second_does_not(clone):
    assert run("ask", "What does Article 5 say?", cwd=clone).stderr == ""


def test_an_answer_as_json_quotes_the_document_exactly(clone, nato_path):
    text = nato_path.read_bytes().decode("utf-8")
    answer = json.loads(run("ask", "When was Article 5 invoked?", "--json", cwd=clone).stdout)
    assert not answer["abstained"]
    assert answer["citations"]
    for citation in answer["citations"]:
        assert text[citation["start"] : citation["end"]] == citation["quote"]
        assert f"{citation['quote']} [{citation['n']}]" in answer["answer"]
    for hit in answer["hits"]:
        assert text[hit["start"] : hit["end"]] == hit["text"]
    assert [hit["rank"] for hit in answer["hits"]] == list(range(1, 11))


def test_what_the_document_does_not_say_is_not_answered(clone):
    answer = json.loads(run("ask", "Who is the Secretary General?", "--json", cwd=clone).stdout)
    assert answer["abstained"]
    assert answer["answer"] is None
    assert answer["citations"] == []
    assert len(answer["hits"]) == 10
    assert "do not answer this" in answer["reason"]
    shown = run("ask", "Who is the Secretary General?", cwd=clone).stdout
    assert "do not answer this" in shown


def test_a_follow_up_is_searched_with_the_conversation(clone):
    answer = json.loads(
        run("ask", "When was it invoked?", "--after", "What does Article 5 say?", "--json", cwd=clone).stdout
    )
    assert "September 11" in (answer["answer"] or "")


def test_search_can_be_confined_and_stages_switched_off(clone):
    hits = json.loads(run("search", "threats", "--section", "crisis management", "--k", 3, "--json", cwd=clone).stdout)[
        "hits"
    ]
    assert hits
    assert all("Crisis Management" in hit["section"] for hit in hits)
    alone = json.loads(run("search", "threats", "--no-dense", "--no-late", "--json", cwd=clone).stdout)["hits"]
    assert alone
    none = run("search", "threats", "--no-dense", "--no-lexical", cwd=clone, check=False)
    assert none.returncode == 1
    assert none.stderr.count("\n") == 1


def test_sections_show_and_status(clone, nato_path):
    tree = json.loads(run("sections", NATO, "--json", cwd=clone).stdout)["root"]
    assert [child["heading"] for child in tree["children"]][1] == "Core Principles of NATO Defense Policies"
    assert "Cooperative Security" in run("sections", NATO, cwd=clone).stdout
    text = nato_path.read_bytes().decode("utf-8")
    assert json.loads(run("show", NATO, "--start", 9, "--end", 40, "--json", cwd=clone).stdout)["text"] == text[9:40]
    assert run("show", NATO, "--start", 0, "--end", 58, cwd=clone).stdout.rstrip("\n") == text[:58]
    status = json.loads(run("status", "--json", cwd=clone).stdout)
    assert [document["state"] for document in status["documents"]] == ["current"]


def test_doctor_finds_nothing_wrong(clone):
    findings = json.loads(run("doctor", "--json", cwd=clone).stdout)
    assert {finding["check"] for finding in findings} >= {"python", "packages", "cache", "encoder", "index", "offline"}
    assert {finding["state"] for finding in findings} == {"ok"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ask", "  "), "at least one word"),
        (("ask", "?!"), "at least one word"),
        (("ask", "What?", "--doc", "nope.txt"), "nope.txt"),
        (("ask", "What?", "--section", "crisis managment"), "Crisis Management"),
        (("show", "nope.txt"), "pincite status"),
        (("show", NATO, "--start", 99999999), "characters"),
        (("show", NATO, "--start", 9, "--end", 3), "start <= end"),
        (("batch", "absent.jsonl", "--out", "a.jsonl"), "no such file"),
        (("batch", f"corpus/{NATO}", "--out", f"corpus/../corpus/{NATO}"), "overwrite the questions"),
        (("batch", f"corpus/{NATO}", "--out", f"corpus/{NATO}/answers"), "name another place"),
        (("index", "corpus", "--index", f"corpus/{NATO}/index"), "name a folder there"),
        (("status", "--index", "absent"), "pincite index PATH"),
        (("ask", "What?", "--encoder", "absent/model"), "absent/model"),
    ],
)
def test_a_bad_call_gets_one_line_that_says_what_to_do(clone, arguments, said):
    shown = run(*arguments, cwd=clone, check=False)
    assert shown.returncode == 1
    assert shown.stderr.startswith("error: ")
    assert said in shown.stderr
    assert shown.stderr.count("\n") == 1


def test_what_the_terminal_or_the_question_cannot_spell_is_shown_with_a_stand_in(clone):
    shown = run("ask", "What does Article 5 say?", cwd=clone, env={"PYTHONIOENCODING": "ascii"})
    assert "[1]" in shown.stdout
    hits = json.loads(run("search", b"cyber \xff threats", "--json", cwd=clone).stdout)["hits"]
    assert hits


def test_batch_writes_the_contract_and_resumes(clone, nato_path):
    text = nato_path.read_bytes().decode("utf-8")
    questions = clone / "questions.jsonl"
    questions.write_text(
        '{"id": "a", "question": "When was NATO established?"}\n'
        '{"id": "b", "question": "What is the capital of Australia?"}\n'
        "{broken\n"
        f'{{"id": "c", "question": "What is KFOR?", "scope_docs": ["{NATO}"]}}\n',
        "utf-8",
    )
    shown = run("batch", questions, "--out", "answers.jsonl", cwd=clone, check=False)
    assert shown.returncode == 1
    assert "questions.jsonl:3" in shown.stderr
    rows = [json.loads(line) for line in (clone / "answers.jsonl").read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["a", "b", "c"]
    for row in rows:
        assert set(row) == {"id", "question", "answer", "abstained", "confidence", "citations", "hits", "seconds"}
        assert 0 <= row["confidence"] <= 1
        assert row["abstained"] == (row["answer"] is None)
        assert len(row["hits"]) >= 10
        for citation in row["citations"]:
            assert set(citation) == {"n", "doc_id", "start", "end", "quote", "section", "page"}
            assert text[citation["start"] : citation["end"]] == citation["quote"]
        for hit in row["hits"]:
            assert set(hit) == {"rank", "doc_id", "start", "end", "text", "section", "score"}
            assert text[hit["start"] : hit["end"]] == hit["text"]
    assert [row["abstained"] for row in rows] == [False, True, False]
    again = json.loads(run("batch", questions, "--out", "answers.jsonl", "--json", cwd=clone, check=False).stdout)
    assert (again["answered"], again["resumed"]) == (0, 3)


def test_index_names_what_failed_and_keeps_the_rest(clone, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "good.txt").write_text("Tea\n\nSteep green tea at eighty degrees for two minutes.\n", "utf-8")
    (docs / "empty.txt").write_bytes(b"")
    shown = run("index", docs, "--index", tmp_path / "index", cwd=clone, check=False)
    assert shown.returncode == 1
    assert "empty.txt" in shown.stderr
    assert "1 added, 1 failed" in shown.stdout
    answer = json.loads(
        run("ask", "How hot is green tea steeped?", "--index", tmp_path / "index", "--json", cwd=clone).stdout
    )
    assert "eighty degrees" in answer["hits"][0]["text"]
    (docs / "good.txt").write_text("Tea\n\nSteep green tea at seventy degrees for two minutes.\n", "utf-8")
    stale = run("ask", "How hot is green tea steeped?", "--index", tmp_path / "index", cwd=clone)
    assert "good.txt" in stale.stderr
    assert "pincite index" in stale.stderr


def test_what_a_document_says_cannot_command_the_terminal(clone, tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "evil.txt").write_text(
        "Evil\n\nThe escape \x1b[31m code and \u202e override are here in [bold]full[/].\n", "utf-8"
    )
    shown = run("index", docs, "--index", tmp_path / "index", cwd=clone)
    shown = run("search", "escape code", "--index", tmp_path / "index", cwd=clone)
    assert "\x1b" not in shown.stdout
    assert "\u202e" not in shown.stdout
    assert "[bold]full[/]" in shown.stdout


def test_the_reference_page_is_what_help_says():
    from pincite.cli.reference import reference

    page = Path(__file__).parents[2] / "docs" / "command-line.md"
    assert page.read_text("utf-8") == reference(), "run: python -m pincite.cli.reference > docs/command-line.md"


def test_every_command_has_help_and_an_example():
    from pincite.cli.reference import reference

    parts = reference().split("## pincite ")[1:]
    assert [part.split("\n")[0] for part in parts] == [
        "ask",
        "batch",
        "demo",
        "doctor",
        "eval",
        "eval run",
        "eval init",
        "index",
        "key",
        "key create",
        "key list",
        "key revoke",
        "mcp",
        "search",
        "sections",
        "serve",
        "show",
        "status",
        "ui",
    ]
    assert all(re.search(r"Example: pincite \w+", part) for part in parts)
