"""An index of the document that ships and one with pages, behind the hash encoder."""

import shutil
from pathlib import Path

import pytest

from pincite import Index, update_index
from pincite.encoding.hashing import HashingEncoder

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session")
def hashed_folder(tmp_path_factory, nato_path):
    docs = tmp_path_factory.mktemp("docs")
    shutil.copy(nato_path, docs)
    shutil.copy(DATA / "handbook.pdf", docs)
    folder = tmp_path_factory.mktemp("hashed")
    report = update_index(folder, [docs], encoder=HashingEncoder())
    assert not report.failures
    return folder


@pytest.fixture(scope="session")
def hashed_index(hashed_folder):
    with Index.open(hashed_folder, encoder=HashingEncoder()) as index:
        yield index
