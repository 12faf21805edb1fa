"""What others wrote, as a terminal is given it: nothing in it is obeyed, and a name stays on its line."""

import subprocess
import sys

import pytest

from pincite.cli import rendering
from pincite.cli.escaping import one_line
from pincite.types import Failure


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain name (1).txt", "plain name (1).txt"),
        ("a\nfailed: b.txt", "a\\nfailed: b.txt"),
        ("a\r\tb", "a\\r\\tb"),
        ("\x1b[2J\x1b]0;owned\x07", "\\x1b[2J\\x1b]0;owned\\x07"),
        ("x\u202egnp.exe", "x\\u202egnp.exe"),
        ("a\u2066b\u2069c\u200ed", "a\\u2066b\\u2069c\\u200ed"),
        ("a\u2028b\u2029c\x85d", "a\\u2028b\\u2029c\\x85d"),
        ("half \udcff", "half \\udcff"),
        ("unseen \U000e0041", "unseen \\U000e0041"),
        # What words are written with stays: accents, joiners of Persian and emoji, wide spaces.
        ("\u0646\u0645\u06cc\u200c\u062f\u0627\u0646\u0645 \U0001f469\u200d\U0001f52c \u00e9\u3000\u65e5", None),
    ],
)
def test_a_name_is_one_line_that_is_not_obeyed(name, shown):
    assert one_line(name) == (name if shown is None else shown)


def test_a_failure_is_one_line(capsys):
    rendering.print_failures([Failure("a\nfailed: good.txt: \x1b[31m\u202egnp", "no\nreader")])
    assert capsys.readouterr().err == "failed: a\\nfailed: good.txt: \\x1b[31m\\u202egnp: no\\nreader\n"


@pytest.mark.model
def test_names_of_files_are_escaped_and_limits_are_named(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "good.txt").write_text("The harbour is open every day.", "utf-8")
    (docs / "long.txt").write_text("The harbour is open every day. " * 100, "utf-8")
    (docs / "evil\nfailed: good.txt: \u202egnp.txt").write_text("x", "utf-8")
    command = [sys.executable, "-m", "pincite", "index", "docs", "--index", "index", "--reading-chars", "1000"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    lines = [line for line in told.stderr.splitlines() if "failed:" in line]
    assert len(lines) == 2
    assert any("evil\\nfailed: good.txt: \\u202egnp.txt" in line for line in lines)
    assert any("long.txt: becomes a text of more than 1,000 characters, the limit" in line for line in lines)
    assert "\u202e" not in told.stderr
    missing = subprocess.run(
        [sys.executable, "-m", "pincite", "status", "--index", "no\nsuch\u202e"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert missing.returncode == 1
    assert missing.stderr.count("\n") == 1
    assert "no\\nsuch\\u202e" in missing.stderr
