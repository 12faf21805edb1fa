import sys

import pytest

from pincite import update_index
from pincite.cli.doctor import examine
from pincite.encoding.hashing import HashingEncoder
from pincite.storing.folder import read_pointer

pytestmark = [pytest.mark.model, pytest.mark.slow]  # it examines the real models, whatever the index was built with


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "tea.txt").write_text("Tea\n\nSteep green tea at eighty degrees.\n", "utf-8")
    update_index(tmp_path / "index", [tmp_path / "tea.txt"], encoder=HashingEncoder())
    return tmp_path / "index"


def failed(findings):
    return {finding.check: finding for finding in findings if finding.state == "fail"}


def test_the_encoder_that_is_examined_is_the_one_of_the_index(folder):
    found = failed(examine(folder))
    assert list(found) == ["encoder"]
    assert HashingEncoder().identity.name in found["encoder"].detail
    assert "--encoder" in found["encoder"].remedy


def test_an_encoder_that_does_not_fit_the_index_is_found(folder):
    found = failed(examine(folder, "all-MiniLM-L6-v2"))
    assert list(found) == ["encoder"]
    assert found["encoder"].remedy == f"pincite index PATH... --rebuild --index {folder}"


def test_a_damaged_index_does_not_keep_the_encoder_from_being_examined(folder, monkeypatch):
    monkeypatch.delitem(sys.modules, "torch", raising=False)  # which another test of this process may have loaded
    (folder / "CURRENT").write_text("nothing\n")
    findings = examine(folder)
    assert list(failed(findings)) == ["index"]
    assert [finding.state for finding in findings if finding.check == "encoder"] == ["ok"]


def test_every_damaged_file_is_named_with_the_bytes_that_differ(folder):
    generation = folder / read_pointer(folder).name
    for name in ("texts.txt", "tokens.codes.npy", "vectors-0.faiss"):
        content = bytearray((generation / name).read_bytes())
        content[-1] ^= 1
        (generation / name).write_bytes(content)
    (generation / "chunks.npy").unlink()
    found = [finding for finding in examine(folder) if (finding.state, finding.check) == ("fail", "index")]
    assert [finding.detail.split(":")[0].rpartition("/")[2] for finding in found] == [
        "chunks.npy", "texts.txt", "tokens.codes.npy", "vectors-0.faiss",
    ]  # fmt: skip
    assert "cannot be read" in found[0].detail
    assert all("the bytes 0 to" in finding.detail for finding in found[1:])
    assert {finding.remedy for finding in found} == {f"pincite index PATH... --rebuild --index {folder}"}
