"""The examples of the pages are run, and print what the pages say."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.model, pytest.mark.slow]

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```$(?:\n\n```text\n(?P<shown>.*?)^```$)?", re.M | re.S)
ASKED = re.compile(r'^```text\n\$ pincite ask "(?P<question>[^"\n]+)"\n(?P<shown>.*?)^```$', re.M | re.S)
BETWEEN = "--- next block ---"


@pytest.mark.parametrize("page", ["README.md", "docs/python.md", "docs/mcp.md", "docs/language-models.md"])
def test_the_examples_of_a_page_print_what_it_shows(page, tmp_path, nato_path):
    shutil.copytree(nato_path.parent, tmp_path / "corpus")
    blocks = list(BLOCK.finditer((ROOT / page).read_text("utf-8")))
    assert blocks
    program = f"\nprint({BETWEEN!r})\n".join(block["code"] for block in blocks)
    shown = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=200
    )
    assert shown.returncode == 0, shown.stderr
    printed = shown.stdout.split(f"{BETWEEN}\n")
    for block, output in zip(blocks, printed, strict=True):
        assert output == (block["shown"] or ""), f"after:\n{block['code']}"


def test_the_answers_in_the_readme_are_those_that_are_given(tmp_path, nato_path):
    shutil.copytree(nato_path.parent, tmp_path / "corpus")
    asked = list(ASKED.finditer((ROOT / "README.md").read_text("utf-8")))
    assert len(asked) == 2
    for each in asked:
        given = subprocess.run(
            [sys.executable, "-m", "pincite", "ask", each["question"]],
            env={**os.environ, "COLUMNS": "100"}, cwd=tmp_path, capture_output=True, text=True, check=True, timeout=200,
        )  # fmt: skip
        shown, *left_out = _without_measures(each["shown"]).split("\n    ...")
        printed = _without_measures(given.stdout)
        assert (printed[: len(shown)] if left_out else printed) == shown


def _without_measures(printed):
    """Leave out the milliseconds, and the confidence, whose last digit is another on another processor."""
    return re.sub(r"^confidence [\d.]+(?:, \d+ ms)?", "", re.sub(r" +$", "", printed, flags=re.M), flags=re.M)
