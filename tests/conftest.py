"""Shared ground for all tests: no network beyond loopback, no writing to the user's folders, the fast loop."""

from __future__ import annotations

import os
import re
from pathlib import Path

import hypothesis
import pytest
from pytest_socket import socket_allow_hosts

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / "shared"

NOT_FAST = ("slow", "model", "ui", "llm", "shared")
"""Markers of what `--fast` leaves out."""
WHOLE_FILE = re.compile(rf"^pytestmark = .*\bmark\.(?:{'|'.join(NOT_FAST)})\b", re.MULTILINE)
LONGEST = ("test_files_of_the_server.py", "test_attack_runs.py")
"""Files whose tests take minutes."""
LONG_S = 5
"""What takes longer should be marked ``slow``: the summary says so, and no test fails by it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option of the fast loop."""
    parser.addoption("--fast", action="store_true", help=f"leave out what is marked {', '.join(NOT_FAST)}")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Run the whole suite on every core, and whatever is named on the command line in this process alone."""
    return 0 if config.args_source is config.ArgsSource.ARGS else None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """In the fast loop, do not even import a file whose every test is left out: some need seconds for that."""
    if not config.getoption("--fast") or collection_path.suffix != ".py":
        return None
    return True if WHOLE_FILE.search(collection_path.read_text("utf-8")) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Hold tests to the marker of what they read outside the repository; in the fast loop, leave out the others."""
    unmarked = [
        item.nodeid
        for item in items
        if "shared_data" in getattr(item, "fixturenames", ()) and item.get_closest_marker("shared") is None
    ]
    if unmarked:
        raise pytest.UsageError(f"expected the marker `shared` on what asks for shared_data: {', '.join(unmarked)}")
    # First what takes minutes, so that no process is left with it when the others have ended.
    items.sort(key=lambda item: not any(f"{name}::" in item.nodeid for name in LONGEST))
    if not config.getoption("--fast"):
        return
    left_out = [item for item in items if any(item.get_closest_marker(name) for name in NOT_FAST)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not any(item.get_closest_marker(name) for name in NOT_FAST)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what took long without being marked ``slow``."""
    seconds: dict[str, float] = {}
    for report in (each for kind in ("passed", "failed", "") for each in terminalreporter.stats.get(kind, ())):
        if isinstance(report, pytest.TestReport) and "slow" not in report.keywords:
            seconds[report.nodeid] = seconds.get(report.nodeid, 0.0) + report.duration
    long = sorted((each for each in seconds.items() if each[1] > LONG_S), key=lambda each: -each[1])
    if long:
        terminalreporter.section(f"not marked slow, but took more than {LONG_S} s")
        for nodeid, taken in long:
            terminalreporter.write_line(f"{taken:6.1f} s  {nodeid}")


def pytest_runtest_setup() -> None:
    """Block sockets to anything but loopback."""
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


def pytest_configure(config: pytest.Config) -> None:
    """Redirect the user's folders before anything of ours is imported, for child processes too."""
    # By default an example that takes 200 ms fails, as any does on a machine with much else to do.
    hypothesis.settings.register_profile("any machine", deadline=None)
    hypothesis.settings.load_profile("any machine")
    home = Path(config.rootpath) / ".pytest_cache" / "home"
    cache = home / ".cache"
    cache.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        HOME=str(home),
        XDG_CACHE_HOME=str(cache),
        XDG_CONFIG_HOME=str(home / ".config"),
        XDG_DATA_HOME=str(home / ".local"),
        PINCITE_CACHE=str(cache / "pincite"),
        HF_HUB_OFFLINE="1",
    )


@pytest.fixture(scope="session")
def nato_path() -> Path:
    """Return the path of the document that ships with the project."""
    return REPOSITORY / "corpus" / "nato-defense-policies.txt"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of public question sets, or skip the test where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the public question sets are not beside the checkout")
    return SHARED / "data"
