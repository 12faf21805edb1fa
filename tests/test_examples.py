"""The Python of the pages is run, and prints what the pages say."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.model, pytest.mark.slow]

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```$(?:\n\n```text\n(?P<shown>.*?)^```$)?", re.M | re.S)
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
