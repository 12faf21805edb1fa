"""Shared ground for all tests: no network beyond loopback, no writing to the user's folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytest_socket import socket_allow_hosts

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / "shared"


def pytest_runtest_setup() -> None:
    """Block sockets to anything but loopback."""
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


def pytest_configure(config: pytest.Config) -> None:
    """Redirect the user's folders before anything of ours is imported, for child processes too."""
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
