"""``pincite index`` on an index that is damaged, and with documents to remove."""

import re
import shlex
import subprocess
import sys

import pytest

pytestmark = pytest.mark.model


def run(*arguments, cwd):
    command = [sys.executable, "-m", "pincite", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "tea.md").write_text("# Tea\n\nSteep the tea at 80 degrees for two minutes.\n", "utf-8")
    (docs / "coffee.txt").write_text("Coffee\n\nGrind the beans and pour water over them.\n", "utf-8")
    assert run("index", "docs", "--index", "my index", cwd=tmp_path).returncode == 0
    return tmp_path


def test_the_command_that_is_printed_can_be_run_as_it_stands(folder):
    (texts,) = (folder / "my index").glob("generation-*/texts.txt")
    texts.write_bytes(b"torn")
    refused = run("status", "--index", "my index", cwd=folder)
    (remedy,) = re.findall("`(pincite index [^`]*)`", refused.stderr)
    assert run(*shlex.split(remedy)[1:], cwd=folder).returncode == 0
    assert run("status", "--index", "my index", cwd=folder).returncode == 0


def test_a_document_is_removed_by_its_id(folder):
    removed = run("index", "--remove", "tea.md", "--index", "my index", cwd=folder)
    assert "1 unchanged, 1 removed" in removed.stdout
    again = run("index", "--remove", "nothing.md", "--index", "my index", cwd=folder)
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    assert "no document 'nothing.md'" in again.stderr
