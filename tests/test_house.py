"""The house in order: types, style, layers, examples in docstrings."""

import doctest
import importlib
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pincite

ROOT = Path(__file__).parents[1]


def run(*command):
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stdout + shown.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [("ruff", "check"), ("ruff", "format", "--check"), ("mypy",), ("lint-imports",)],
    ids=" ".join,
)
def test_checkers_find_nothing(command):
    program = shutil.which(command[0], path=Path(sys.executable).parent)
    assert program, f"{command[0]} is not installed: pip install 'pincite[test]'"
    run(program, *command[1:])


def modules():
    for found in pkgutil.walk_packages(pincite.__path__, "pincite."):
        path = Path(found.module_finder.path) / f"{found.name.rpartition('.')[2]}.py"
        if path.exists() and ">>>" in path.read_text("utf-8"):
            yield found.name


@pytest.mark.parametrize("name", list(modules()))
def test_examples_in_docstrings_are_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_modules_stay_readable():
    long = {
        str(path.relative_to(ROOT)): n
        for folder in ("rag", "ui", "evals")
        for path in (ROOT / folder).rglob("*.py")
        if (n := len(path.read_text("utf-8").splitlines())) > 350
    }
    assert long == {}


@pytest.mark.shared
def test_the_corpus_is_the_users_document_unchanged():
    shared = ROOT.parent / "shared" / "corpus" / "nato-defense-policies.txt"
    if not shared.exists():
        pytest.skip("the user's document is not beside the checkout")
    assert (ROOT / "corpus" / shared.name).read_bytes() == shared.read_bytes()
