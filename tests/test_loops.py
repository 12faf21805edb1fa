"""How the tests themselves are run: CONTRIBUTING.md promises it."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest

ROOT = Path(__file__).parents[1]
SMALL = "tests/test_types.py"


@pytest.fixture
def conftest(request):
    (found,) = (each for each in request.config.pluginmanager.get_plugins() if hasattr(each, "NOT_FAST"))
    return found


def run(*arguments):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    return shown.stdout


@pytest.mark.slow
def test_one_file_is_run_without_workers():
    assert "[gw" not in run("-v", SMALL)
    assert "[gw" in run("-v", SMALL, "-n2")  # by which they would be known, whichever comes first


@pytest.mark.parametrize(("given", "workers"), [("ARGS", 0), ("TESTPATHS", None)])
def test_only_a_run_of_everything_is_spread_over_the_cores(request, conftest, given, workers):
    config = SimpleNamespace(args_source=request.config.ArgsSource[given], ArgsSource=request.config.ArgsSource)
    assert conftest.pytest_xdist_auto_num_workers(config) == workers  # `None` leaves it to xdist: every core


@pytest.mark.parametrize(
    ("marks", "left_out"),
    [
        ("pytestmark = pytest.mark.slow", True),
        ("import os\n\npytestmark = [pytest.mark.ui, pytest.mark.model]", True),
        ("@pytest.mark.slow", False),  # of one test: the others are run
        ("pytestmark = pytest.mark.timeout(9)", False),
    ],
)
def test_the_fast_loop_does_not_import_a_file_that_it_leaves_out(conftest, tmp_path, marks, left_out):
    path = tmp_path / "test_it.py"
    path.write_text(f"import pytest\n\n{marks}\ndef test_it(): pass\n", "utf-8")
    for fast in (True, False):
        ignored = conftest.pytest_ignore_collect(path, SimpleNamespace(getoption=lambda name, fast=fast: fast))
        assert bool(ignored) == (fast and left_out)


@pytest.mark.parametrize(("name", "left_out"), [("slow", True), ("model", True), ("shared", True), ("timeout", False)])
def test_the_fast_loop_leaves_out_what_is_marked(conftest, name, left_out):
    marked = SimpleNamespace(nodeid="it", fixturenames=(), get_closest_marker=lambda each: each == name or None)
    items, gone = [marked], []
    hook = SimpleNamespace(pytest_deselected=lambda items: gone.extend(items))  # noqa: PLW0108 - called by keyword
    conftest.pytest_collection_modifyitems(SimpleNamespace(getoption=lambda each: True, hook=hook), items)
    assert (items == [], gone == [marked]) == (left_out, left_out)


def test_who_asks_for_the_shared_data_says_so(conftest):
    asks = SimpleNamespace(nodeid="it", fixturenames=("shared_data",), get_closest_marker=lambda name: None)
    with pytest.raises(pytest.UsageError, match=r"marker `shared` .*: it"):
        conftest.pytest_collection_modifyitems(SimpleNamespace(getoption=lambda each: False), [asks])


def test_what_takes_minutes_comes_first(conftest):
    items = [
        SimpleNamespace(nodeid=f"tests/{name}::test_it", fixturenames=(), get_closest_marker=lambda name: None)
        for name in ("test_a.py", *conftest.LONGEST, "test_z.py")
    ]
    conftest.pytest_collection_modifyitems(SimpleNamespace(getoption=lambda each: False), items)
    ordered = [item.nodeid.removeprefix("tests/").partition("::")[0] for item in items]
    assert ordered == [*conftest.LONGEST, "test_a.py", "test_z.py"]
    assert all(list((ROOT / "tests").rglob(name)) for name in conftest.LONGEST)


def test_the_command_of_the_readme_runs_everything():
    assert ".venv/bin/python -m pytest\n" in (ROOT / "README.md").read_text("utf-8")


def test_no_example_fails_by_its_time():
    assert hypothesis.settings().deadline is None
