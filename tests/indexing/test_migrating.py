"""An index of format version 1: refused with the command that takes it over, which loses and encodes nothing."""

import json

import pytest

from pincite import Index, IndexVersionMismatch, UnusableIndex, make_document, update_index
from pincite.encoding.hashing import HashingEncoder
from pincite.storing.folder import read_pointer
from pincite.storing.manifest import sha256_of


class CountingEncoder(HashingEncoder):
    """Counts the texts that it encodes."""

    encoded = 0

    def encode_documents(self, texts, **options):
        self.encoded += len(texts)
        return super().encode_documents(texts, **options)


def as_version_1(index):
    """Make of an index what the version before wrote: the same files without the digests of blocks."""
    snapshot = index / read_pointer(index).name
    (snapshot / "blocks.bin").unlink()
    path = snapshot / "manifest.json"
    held = json.loads(path.read_text("utf-8"))
    held["version"] = 1
    del held["files"]["blocks.bin"]
    path.write_text(json.dumps(held), "utf-8")
    (index / "CURRENT").write_text(f"{snapshot.name} {sha256_of(path)}\n", newline="\n")


def contents(index, encoder):
    with Index.open(index, encoder=encoder, verify=True) as opened:
        snapshot = opened.snapshot
        return (
            list(opened.documents()),
            [snapshot.chunk(handle) for handle in snapshot.handles()],
            snapshot.vectors_of(snapshot.handles()).tobytes(),
            b"".join(snapshot.tokens_of(handle).tobytes() for handle in snapshot.handles()),
            snapshot.description.sources,
        )


@pytest.fixture
def index(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "tea.md").write_text("# Tea\n\nTea is brewed at 90 degrees.\n")
    note = make_document("# Note\n\nWater boils at 100 degrees.\n", doc_id="note", media_type="text/markdown")
    update_index(tmp_path / "index", [tmp_path / "docs"], documents=[note], encoder=HashingEncoder())
    return tmp_path / "index"


def test_version_1_is_refused_with_a_command_that_loses_nothing(index):
    before = contents(index, HashingEncoder())
    as_version_1(index)
    expected = "expected format version 2, found 1: run `pincite index --index .*`, which takes it over as it is"
    with pytest.raises(IndexVersionMismatch, match=expected):
        Index.open(index)
    encoder = CountingEncoder()
    report = update_index(index, encoder=encoder)
    assert (report.unchanged, report.removed, report.failures) == (("note", "tea.md"), (), ())
    assert encoder.encoded == 0
    assert contents(index, encoder) == before
    as_version_1(index)
    update_index(index, rebuild=True, encoder=encoder)
    assert contents(index, encoder)[0] == before[0]


def test_a_damaged_index_of_version_1_is_not_taken_over(index):
    as_version_1(index)
    path = index / read_pointer(index).name / "texts.txt"
    path.write_bytes(path.read_bytes().replace(b"100", b"140"))
    with pytest.raises(UnusableIndex, match="--rebuild"):
        update_index(index, encoder=HashingEncoder())


def test_an_update_copies_nothing_that_is_damaged(index, monkeypatch):
    """Whatever is damaged, an update is refused; a rebuild reads the sources again and says what it lost."""
    monkeypatch.setattr("pincite.storing.snapshot.SMALL_FILE_BYTES", 0)
    path = index / read_pointer(index).name / "texts.txt"
    path.write_bytes(path.read_bytes().replace(b"100 degrees", b"140 degrees").replace(b"90 degrees", b"95 degrees"))
    with pytest.raises(UnusableIndex, match="--rebuild"):
        update_index(index, encoder=HashingEncoder())
    report = update_index(index, rebuild=True, encoder=HashingEncoder())
    assert report.removed == ("note",)
    ((document,), *_) = contents(index, HashingEncoder())
    assert document.text == "# Tea\n\nTea is brewed at 90 degrees.\n"
