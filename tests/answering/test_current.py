"""One assistant of an index that others change."""

import shutil

import pytest

from pincite import Assistant, Index, IndexNotFound, make_document, update_index
from pincite.answering import CurrentAssistant
from pincite.encoding.hashing import HashingEncoder

ENCODER = HashingEncoder()


def write(folder, *names):
    documents = [make_document(f"The {name} is painted green.", doc_id=f"{name}.txt") for name in names]
    update_index(folder, documents=documents, encoder=ENCODER)


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "index", "ferry")
    return tmp_path / "index"


def test_what_is_indexed_meanwhile_is_asked_from_then_on(folder):
    current = CurrentAssistant(folder, ENCODER, Assistant)
    before = current()
    assert current() is before
    write(folder, "ferry", "crane")
    assert set(current().index.doc_ids) == {"ferry.txt", "crane.txt"}
    assert "ferry" in before.retriever.search("What is green?")[0].chunk.text


def test_a_missing_index_is_told_and_one_that_comes_is_opened(folder):
    current = CurrentAssistant(folder, ENCODER, Assistant)
    current()
    shutil.rmtree(folder)
    with pytest.raises(IndexNotFound):
        current()
    write(folder, "buoy")
    assert current().index.doc_ids == ("buoy.txt",)


def test_it_makes_what_it_is_told_to(folder):
    made = []

    def make(index: Index) -> Assistant:
        made.append(index)
        return Assistant(index)

    current = CurrentAssistant(folder, ENCODER, make)
    assert current().index is made[0]
    assert len(made) == 1
