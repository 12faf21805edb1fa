"""Indexes of the document that ships and one with pages."""

import shutil
from pathlib import Path

import pytest

from pincite import Assistant, Index, load_encoder, update_index
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


@pytest.fixture(scope="session")
def folder(tmp_path_factory, nato_path):
    """An index of the same two documents, behind the real encoder."""
    docs = tmp_path_factory.mktemp("docs")
    shutil.copy(nato_path, docs)
    shutil.copy(DATA / "handbook.pdf", docs)
    folder = tmp_path_factory.mktemp("real") / "index"
    update_index(folder, [docs], encoder=load_encoder())
    return folder


@pytest.fixture(scope="session")
def assistant(folder):
    with Index.open(folder) as index:
        yield Assistant(index)
