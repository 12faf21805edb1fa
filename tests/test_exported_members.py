import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import pincite

STUB = ast.parse(Path(pincite.__file__).with_suffix(".pyi").read_text("utf-8")).body


def python(script, **environment):
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ, **environment}
    )
    return shown.stdout.strip()


def test_the_stub_holds_imports_and_a_sorted_all_and_nothing_else():
    docstring, *imports, last = STUB
    assert isinstance(docstring, ast.Expr)
    assert ast.unparse(last) == f"__all__ = {sorted(pincite.__all__)}"
    assert {type(each) for each in imports} == {ast.ImportFrom}
    assert sorted(name.name for each in imports for name in each.names) == sorted(pincite.__all__)


def test_all_is_everything_public_and_all_of_it_can_be_had():
    assert dir(pincite) == list(pincite.__all__) == sorted(pincite.__all__)
    script = "from pincite import *; import pincite; print(set(pincite.__all__) <= set(globals()))"
    assert python(script) == "True"
    assert python("import pincite; print(pincite.Assistant.__module__)") == "pincite.answering.assistant"


def test_a_name_that_is_not_there_is_an_error():
    with pytest.raises(AttributeError, match="Asistant"):
        pincite.Asistant  # noqa: B018


@pytest.mark.parametrize(
    ("script", "heavy"),
    [
        ("import pincite", ["numpy", "typer", "orjson", "pincite.errors"]),
        ("from pincite import PinciteError, Span", ["numpy", "orjson", "pincite.answering"]),
        ("from pincite import *", ["torch", "faiss", "gradio", "openvino", "transformers", "bm25s", "scipy", "rich"]),
    ],
)
def test_importing_loads_no_heavy_library(script, heavy):
    assert python(f"{script}\nimport sys; print([name for name in {heavy} if name in sys.modules])") == "[]"


def test_many_threads_may_import_at_once():
    script = """
import pincite
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
names = pincite.__all__
barrier = Barrier(len(names))
def first_use(name):
    barrier.wait()
    return getattr(pincite, name).__class__ is not None
with ThreadPoolExecutor(len(names)) as pool:
    print(all(pool.map(first_use, names)))
"""
    for _ in range(3):
        assert python(script) == "True"
