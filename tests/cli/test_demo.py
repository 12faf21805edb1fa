"""Pincite in an empty folder: what it says, and the document that it brings along."""

import subprocess
import sys

import pytest

from pincite.cli.demo import DOCUMENT

pytestmark = pytest.mark.model


def run(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "pincite", *arguments], cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_document_is_written_indexed_and_asked(tmp_path, nato_path):
    shown = run("demo", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert (tmp_path / "corpus" / DOCUMENT).read_bytes() == nato_path.read_bytes()
    assert "an attack on all allies. [1]" in " ".join(shown.stdout.split())
    assert "pincite index PATH" in shown.stderr
    again = run("demo", cwd=tmp_path)
    assert again.returncode == 1
    assert again.stderr == "error: index holds an index already: ask it, or name another folder with --index\n"


def test_a_file_of_that_name_is_not_overwritten(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / DOCUMENT).write_text("My own notes on Article 5.\n")
    assert run("demo", "own", cwd=tmp_path).returncode == 0
    assert (tmp_path / "own" / DOCUMENT).read_text() == "My own notes on Article 5.\n"


def test_asking_in_an_empty_folder_says_what_to_do(tmp_path):
    shown = run("ask", "What is due?", cwd=tmp_path)
    assert shown.returncode == 1
    assert "`pincite index PATH --index index`" in shown.stderr
    assert "`pincite demo`" in shown.stderr
    assert shown.stderr.count("\n") == 1
