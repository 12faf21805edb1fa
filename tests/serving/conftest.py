"""Servers over small documents, in this process."""

from __future__ import annotations

import pytest
from small_server import client_of, make_service, willing

from pincite.encoding.hashing import HashingEncoder
from pincite.serving.collections import Collections
from pincite.serving.keys import KeyFile
from pincite.serving.service import Service


@pytest.fixture
def service(tmp_path):
    """A server without keys, over one document."""
    return make_service(tmp_path)


@pytest.fixture
def keyed(tmp_path):
    """A server with two keys; returns it with their secrets."""
    keys = KeyFile(tmp_path / "keys.json")
    secrets = {name: keys.create(name)[1] for name in ("aster", "birch")}
    service = Service(Collections(tmp_path / "data", HashingEncoder(), willing), keys=keys)
    return service, secrets


@pytest.fixture
def client(service):
    with client_of(service) as client:
        yield client
