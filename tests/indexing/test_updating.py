import re
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pincite.encoding.hashing import HashingEncoder
from pincite.errors import EncoderMismatch, IndexDamaged, IndexNotFound, ReadError, UnknownDocument, UnusableIndex
from pincite.indexing import Index, update_index
from pincite.reading import read_text
from pincite.reading.files import read_bytes
from pincite.sections import make_document, to_document
from pincite.storing.folder import read_pointer
from pincite.storing.manifest import sha256_of


class CountingEncoder(HashingEncoder):
    """Remembers every passage that it was asked to encode."""

    def __init__(self, dim=64):
        super().__init__(dim=dim)
        self.encoded = []

    def encode_documents(self, texts, **options):
        self.encoded.extend(texts)
        return super().encode_documents(texts, **options)


@pytest.fixture
def encoder():
    return CountingEncoder()


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    (folder / "sub").mkdir(parents=True)
    (folder / "tea.md").write_text(
        "# Tea\n\n## Green\n\nSteep at 80 degrees.\n\n## Black\n\nSteep at 95 degrees.\n", "utf-8"
    )
    (folder / "sub" / "coffee.txt").write_text("Coffee\n\nGrind the beans and pour water over them slowly.\n", "utf-8")
    return folder


def contents(folder):
    with Index.open(folder) as index:
        return {document.doc_id: document.text for document in index.documents()}


def state_of_disk(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("generation-*/*"))}


def test_a_folder_becomes_documents_with_relative_ids(tmp_path, docs, encoder):
    report = update_index(tmp_path / "index", [docs], encoder=encoder)
    assert report.added == ("sub/coffee.txt", "tea.md")
    assert report.failures == ()
    assert set(contents(tmp_path / "index")) == {"sub/coffee.txt", "tea.md"}
    assert report.n_chunks == len(encoder.encoded)


def test_what_is_embedded_begins_with_where_it_stands(tmp_path, docs, encoder):
    update_index(tmp_path / "index", [docs], encoder=encoder)
    assert "Tea > Black\n## Black\n\nSteep at 95 degrees." in encoder.encoded


def test_nothing_new_means_no_encoding_and_no_new_snapshot(tmp_path, docs, encoder):
    update_index(tmp_path / "index", [docs], encoder=encoder)
    before = state_of_disk(tmp_path / "index")
    encoder.encoded.clear()
    report = update_index(tmp_path / "index", [docs], encoder=encoder)
    assert report.unchanged == ("sub/coffee.txt", "tea.md")
    assert encoder.encoded == []
    assert state_of_disk(tmp_path / "index") == before


def test_only_the_changed_passage_is_encoded_again(tmp_path, docs, encoder):
    update_index(tmp_path / "index", [docs], encoder=encoder)
    encoder.encoded.clear()
    (docs / "tea.md").write_text((docs / "tea.md").read_text("utf-8").replace("95", "98"), "utf-8")
    report = update_index(tmp_path / "index", [docs], encoder=encoder)
    assert report.changed == ("tea.md",)
    assert [text.splitlines()[-1] for text in encoder.encoded] == ["Steep at 98 degrees."]


def test_copied_vectors_are_those_of_a_fresh_index(tmp_path, docs, encoder):
    update_index(tmp_path / "index", [docs], encoder=encoder)
    (docs / "milk.txt").write_text("Milk\n\nWarm the milk gently, and never let it boil at all.\n", "utf-8")
    update_index(tmp_path / "index", [docs], encoder=encoder)
    update_index(tmp_path / "fresh", [docs], encoder=encoder)
    with Index.open(tmp_path / "index") as grown, Index.open(tmp_path / "fresh") as fresh:
        one, other = grown.snapshot, fresh.snapshot
        handles = one.handles()
        assert [one.chunk(handle) for handle in handles] == [other.chunk(handle) for handle in other.handles()]
        np.testing.assert_array_equal(one.vectors_of(handles), other.vectors_of(handles))
        for handle in handles:
            np.testing.assert_array_equal(one.tokens_of(handle), other.tokens_of(handle))
            for name in ("firsts", "spans", "norms", "opens"):
                held = getattr(one.segments_of(handle), name)
                np.testing.assert_array_equal(held, getattr(other.segments_of(handle), name))


def test_a_touched_file_is_compared_by_content(tmp_path, docs, encoder):
    update_index(tmp_path / "index", [docs], encoder=encoder)
    (docs / "tea.md").touch()
    with Index.open(tmp_path / "index") as index:
        assert index.stale() == ()
    assert update_index(tmp_path / "index", [docs], encoder=encoder).changed == ()


def test_a_deleted_file_is_dropped_and_one_of_another_folder_stays(tmp_path, docs, encoder):
    other = tmp_path / "other"
    other.mkdir()
    (other / "cocoa.txt").write_text("Cocoa\n\nStir the powder into a little warm milk first.\n", "utf-8")
    update_index(tmp_path / "index", [docs, other], encoder=encoder)
    (docs / "tea.md").unlink()
    report = update_index(tmp_path / "index", [docs], encoder=encoder)
    assert report.removed == ("tea.md",)
    assert set(contents(tmp_path / "index")) == {"sub/coffee.txt", "cocoa.txt"}


def test_without_paths_the_last_ones_are_looked_at_again(tmp_path, docs, encoder):
    update_index(tmp_path / "index", [docs], encoder=encoder)
    (docs / "milk.txt").write_text("Milk\n\nWarm the milk gently, and never let it boil at all.\n", "utf-8")
    assert update_index(tmp_path / "index", encoder=encoder).added == ("milk.txt",)


def test_a_file_that_became_unreadable_keeps_what_was_indexed(tmp_path, docs, encoder):
    update_index(tmp_path / "index", [docs], encoder=encoder)
    before = contents(tmp_path / "index")
    (docs / "tea.md").write_bytes(b"\x00\x01\x02 no text")
    report = update_index(tmp_path / "index", [docs], encoder=encoder)
    assert [Path(failure.source).name for failure in report.failures] == ["tea.md"]
    assert contents(tmp_path / "index") == before
    with Index.open(tmp_path / "index") as index:
        assert index.stale() == ("tea.md",)


def test_bad_files_do_not_stop_the_good_ones(tmp_path, docs, encoder):
    (docs / "empty.txt").write_bytes(b"")
    (docs / "torn.pdf").write_bytes(b"%PDF-1.7\n")
    report = update_index(tmp_path / "index", [docs, tmp_path / "absent"], encoder=encoder)
    assert report.added == ("sub/coffee.txt", "tea.md")
    assert {Path(failure.source).name for failure in report.failures} == {"empty.txt", "torn.pdf", "absent"}


def test_an_id_taken_by_another_file_is_refused(tmp_path, docs, encoder):
    other = tmp_path / "other"
    other.mkdir()
    (other / "tea.md").write_text("# Tea dance\n\nBand at five.\n", "utf-8")
    update_index(tmp_path / "index", [docs], encoder=encoder)
    report = update_index(tmp_path / "index", [other], encoder=encoder)
    (failure,) = report.failures
    assert "same id, tea.md" in failure.reason
    assert "Steep" in contents(tmp_path / "index")["tea.md"]


def test_a_file_given_under_another_root_changes_its_id_and_is_not_there_twice(tmp_path, docs, encoder):
    update_index(tmp_path / "index", [docs / "sub"], encoder=encoder)
    encoder.encoded.clear()
    report = update_index(tmp_path / "index", [docs], encoder=encoder)
    assert set(contents(tmp_path / "index")) == {"sub/coffee.txt", "tea.md"}
    assert report.removed == ("coffee.txt",)
    assert [text for text in encoder.encoded if "beans" in text] == []


def test_documents_from_python_come_and_stay(tmp_path, docs, encoder):
    made = to_document(read_text("# Note\n\nWater boils at 100 degrees.\n", doc_id="note", media_type="text/markdown"))
    update_index(tmp_path / "index", documents=[made], encoder=encoder)
    update_index(tmp_path / "index", [docs], encoder=encoder)
    assert set(contents(tmp_path / "index")) == {"note", "sub/coffee.txt", "tea.md"}
    with Index.open(tmp_path / "index") as index:
        assert index.document("note") == made
        assert {status.doc_id: status.state for status in index.status().documents}["note"] == "from Python"


def test_nothing_to_index_is_said(tmp_path):
    with pytest.raises(IndexNotFound, match="pincite index PATH"):
        update_index(tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_another_encoder_is_refused_and_rebuild_mends_it(tmp_path, docs, encoder):
    update_index(tmp_path / "index", [docs], encoder=encoder)
    with pytest.raises(EncoderMismatch, match="--rebuild"):
        update_index(tmp_path / "index", [docs], encoder=CountingEncoder(dim=32))
    update_index(tmp_path / "index", [docs], encoder=CountingEncoder(dim=32), rebuild=True)
    with pytest.raises(EncoderMismatch):
        Index.open(tmp_path / "index", encoder=encoder)


def test_a_damaged_index_is_refused_and_rebuild_mends_it(tmp_path, docs, encoder):
    update_index(tmp_path / "index", [docs], encoder=encoder)
    (texts,) = (tmp_path / "index").glob("generation-*/texts.txt")
    texts.write_bytes(texts.read_bytes().replace(b"80", b"70"))
    with pytest.raises(IndexDamaged, match="--rebuild"):
        update_index(tmp_path / "index", [docs], encoder=encoder)
    update_index(tmp_path / "index", [docs], encoder=encoder, rebuild=True)
    assert "80" in contents(tmp_path / "index")["tea.md"]


def test_an_error_while_encoding_leaves_the_old_index(tmp_path, docs, encoder):
    update_index(tmp_path / "index", [docs], encoder=encoder)
    before = contents(tmp_path / "index")

    class Broken(CountingEncoder):
        def encode_documents(self, texts, **options):
            raise MemoryError

    (docs / "milk.txt").write_text("Milk\n\nWarm the milk gently, and never let it boil at all.\n", "utf-8")
    with pytest.raises(MemoryError):
        update_index(tmp_path / "index", [docs], encoder=Broken())
    assert contents(tmp_path / "index") == before


def test_long_headings_leave_room_for_the_passage(tmp_path, encoder):
    docs = tmp_path / "docs"
    docs.mkdir()
    heading = "word " * 2000
    (docs / "long.md").write_text(f"# {heading}\n\n" + "Every sentence counts here. " * 400, "utf-8")
    update_index(tmp_path / "index", [docs], encoder=encoder)
    window = encoder.identity.max_tokens
    assert max(len(encoder.token_spans(text)) for text in encoder.encoded) <= window - 2


def note(doc_id="note", text="# Note\n\nWater boils at 100 degrees.\n"):
    return make_document(text, doc_id=doc_id, media_type="text/markdown")


def current(index):
    return index / read_pointer(index).name


def other_version(index):
    path = current(index) / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"version": 2', b'"version": 9'))
    (index / "CURRENT").write_text(f"{path.parent.name} {sha256_of(path)}\n", newline="\n")


def unreadable_document(index):
    folder = current(index)
    lines, path = folder / "documents.jsonl", folder / "manifest.json"
    before = sha256_of(lines)
    lines.write_bytes(lines.read_bytes().replace(b"{", b"[", 1))
    path.write_text(path.read_text("utf-8").replace(before, sha256_of(lines)), "utf-8", newline="\n")
    (index / "CURRENT").write_text(f"{folder.name} {sha256_of(path)}\n", newline="\n")


def cut_manifest(index):
    path = current(index) / "manifest.json"
    path.write_bytes(path.read_bytes()[:-9])


DAMAGES = {
    "other version": other_version,
    "unreadable document": unreadable_document,
    "torn text": lambda index: (current(index) / "texts.txt").write_bytes(b"torn"),
    "lost table": lambda index: (current(index) / "chunks.npy").unlink(),
    "manifest cut": cut_manifest,
    "manifest lost": lambda index: (current(index) / "manifest.json").unlink(),
    "pointer torn": lambda index: (index / "CURRENT").write_text("nonsense"),
}


def command_in(error):
    (command,) = re.findall("`(pincite index [^`]*)`", str(error))
    return shlex.split(command)[2:]


def follow(command, docs, encoder):
    """Do what the command printed would do, with the folder of documents for PATH."""
    assert "--rebuild" in command
    paths = [docs] if "PATH..." in command else None
    return update_index(command[command.index("--index") + 1], paths, rebuild=True, encoder=encoder)


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_command_that_is_printed_mends_the_index(damage, tmp_path, docs, encoder):
    index = tmp_path / "my index"
    update_index(index, [docs], documents=[note()], encoder=encoder)
    DAMAGES[damage](index)
    with pytest.raises(UnusableIndex) as refused:
        contents(index)
    try:
        report = follow(command_in(refused.value), docs, encoder)
        assert report.removed == ("note",)
    except IndexDamaged as second:
        assert "manifest" in damage or "pointer" in damage
        follow(command_in(second), docs, encoder)
    assert set(contents(index)) == {"sub/coffee.txt", "tea.md"}


def test_a_mistyped_path_does_not_replace_a_damaged_index_by_an_empty_one(tmp_path, docs, encoder):
    index = tmp_path / "index"
    update_index(index, [docs], encoder=encoder)
    DAMAGES["torn text"](index)
    report = update_index(index, [tmp_path / "absent"], rebuild=True, encoder=encoder)
    assert (report.removed, len(report.failures)) == ((), 1)
    update_index(index, rebuild=True, encoder=encoder)
    assert set(contents(index)) == {"sub/coffee.txt", "tea.md"}


def test_rebuilding_a_sound_index_keeps_what_cannot_be_read_again(tmp_path, docs, encoder):
    index = tmp_path / "index"
    update_index(index, [docs], documents=[note()], encoder=encoder)
    before = contents(index)
    (docs / "tea.md").write_bytes(b"\x00\x01\x02 no text")
    report = update_index(index, rebuild=True, encoder=CountingEncoder(dim=32))
    assert report.removed == ()
    assert contents(index) == before


def test_a_moved_folder_takes_nothing_out_of_the_index(tmp_path, docs, encoder):
    index = tmp_path / "index"
    update_index(index, [docs], encoder=encoder)
    docs.rename(tmp_path / "elsewhere")
    report = update_index(index, encoder=encoder)
    assert report.removed == ()
    assert [failure.reason for failure in report.failures] == ["no such file or folder"]
    assert set(contents(index)) == {"sub/coffee.txt", "tea.md"}


@pytest.mark.parametrize("given", ["tea.md", "*.md"])
def test_a_file_given_by_itself_or_by_a_glob_is_dropped_when_deleted(given, tmp_path, docs, encoder):
    index = tmp_path / "index"
    update_index(index, [docs / given, docs / "sub"], encoder=encoder)
    (docs / "tea.md").unlink()
    assert update_index(index, encoder=encoder).removed == ("tea.md",)


def forbid(monkeypatch, owner, name, forbidden):
    """Make a call fail for some paths as it does without permission, which a test run by root would have."""
    original = getattr(owner, name)

    def refusing(path, *args, **options):
        if isinstance(path, (str, Path)) and Path(path).name == forbidden:
            raise PermissionError(13, "Permission denied", str(path))
        return original(path, *args, **options)

    monkeypatch.setattr(owner, name, refusing)


@pytest.mark.parametrize("call", ["stat", "open"])
def test_a_file_without_permission_keeps_what_was_indexed(call, tmp_path, docs, encoder, monkeypatch):
    index = tmp_path / "index"
    update_index(index, [docs], encoder=encoder)
    (docs / "tea.md").write_text("# Tea\n\nOther text now.\n", "utf-8")
    (docs / "milk.txt").write_text("Milk\n\nWarm the milk gently, and never let it boil at all.\n", "utf-8")
    forbid(monkeypatch, Path, call, "tea.md")
    report = update_index(index, encoder=encoder)
    assert (report.added, report.removed) == (("milk.txt",), ())
    assert any("tea.md" in failure.source for failure in report.failures)
    assert "Steep" in contents(index)["tea.md"]


def test_a_folder_that_cannot_be_looked_into_keeps_what_was_indexed(tmp_path, docs, encoder, monkeypatch):
    index = tmp_path / "index"
    update_index(index, [docs], encoder=encoder)
    for name in ("stat", "open"):
        forbid(monkeypatch, Path, name, "docs")
        forbid(monkeypatch, Path, name, "tea.md")
        forbid(monkeypatch, Path, name, "coffee.txt")
    report = update_index(index, encoder=encoder)
    assert report.removed == ()
    assert len(report.failures) == 1
    with Index.open(index) as opened:
        assert {status.state for status in opened.status().documents} == {"unreadable"}


def test_an_unchanged_file_is_not_read_again(tmp_path, docs, encoder, monkeypatch):
    index = tmp_path / "index"
    update_index(index, [docs], encoder=encoder)
    forbid(monkeypatch, Path, "open", "tea.md")
    assert update_index(index, encoder=encoder).failures == ()


def test_an_edit_while_the_file_is_read_is_noticed_later(tmp_path, docs, encoder, monkeypatch):
    def read_then_edit(path, *options):
        data = read_bytes(path, *options)
        path.write_text(path.read_text("utf-8").replace("80", "70"), "utf-8")
        return data

    monkeypatch.setattr("pincite.confining.reader.read_bytes", read_then_edit)
    update_index(tmp_path / "index", [docs / "tea.md"], encoder=encoder)
    with Index.open(tmp_path / "index") as index:
        assert index.stale() == ("tea.md",)


def test_one_path_or_id_by_itself_is_one(tmp_path, docs, encoder):
    assert update_index(tmp_path / "index", str(docs), encoder=encoder).added == ("sub/coffee.txt", "tea.md")
    assert update_index(tmp_path / "other", docs / "tea.md", encoder=encoder).added == ("tea.md",)
    assert update_index(tmp_path / "index", (), remove="tea.md", encoder=encoder).removed == ("tea.md",)


def test_a_file_below_two_remembered_folders_is_there_once(tmp_path, docs, encoder):
    index = tmp_path / "index"
    update_index(index, [docs], encoder=encoder)
    update_index(index, [docs / "sub"], encoder=encoder)
    report = update_index(index, encoder=encoder)
    assert (report.added, report.removed, report.failures) == ((), (), ())
    assert set(contents(index)) == {"coffee.txt", "tea.md"}


def test_a_document_from_python_takes_the_place_of_a_file(tmp_path, docs, encoder):
    index = tmp_path / "index"
    update_index(index, [docs], encoder=encoder)
    report = update_index(index, documents=[note("tea.md")], encoder=encoder)
    assert (report.changed, report.unchanged) == (("tea.md",), ("sub/coffee.txt",))
    with Index.open(index) as opened:
        assert {status.doc_id: status.state for status in opened.status().documents}["tea.md"] == "from Python"
    (failure,) = update_index(index, [docs], encoder=encoder).failures
    assert "document from Python" in failure.reason
    assert "Water" in contents(index)["tea.md"]


@pytest.mark.parametrize("doc_id", ["", " ", "a\nb", "half \ud800"])
def test_an_id_that_cannot_be_shown_is_refused(doc_id, tmp_path, encoder):
    with pytest.raises(ReadError, match="printable"):
        note(doc_id)
    with pytest.raises(ReadError, match="printable"):
        update_index(tmp_path / "index", documents=[replace(note(), doc_id=doc_id)], encoder=encoder)


def test_two_documents_of_one_id_are_refused(tmp_path, encoder):
    with pytest.raises(ReadError, match=r"^note: two of the documents"):
        update_index(tmp_path / "index", documents=[note(), note()], encoder=encoder)


def test_documents_are_removed_by_id(tmp_path, docs, encoder):
    index = tmp_path / "index"
    update_index(index, [docs], documents=[note()], encoder=encoder)
    report = update_index(index, remove=["note", "tea.md"], encoder=encoder)
    assert report.removed == ("note", "tea.md")
    assert set(contents(index)) == {"sub/coffee.txt"}
    with pytest.raises(UnknownDocument, match="'note'"):
        update_index(index, remove=["note"], encoder=encoder)


def test_a_killed_encoding_leaves_nothing_after_the_next_writer(tmp_path, docs, encoder):
    index = tmp_path / "index"
    (index / ".writing-1-spool").mkdir(parents=True)
    (index / ".writing-1-spool" / "tokens.codes.npy").write_bytes(b"left")
    update_index(index, [docs], encoder=encoder)
    assert list(index.glob(".writing*")) == []


@pytest.mark.parametrize("given", ["", "**/*.*"])
def test_an_index_inside_the_folder_that_it_is_of_is_no_document(docs, encoder, given):
    for _ in range(2):
        update_index(docs / "index", [docs / given], encoder=encoder, rebuild=True)
        assert set(contents(docs / "index")) == {"sub/coffee.txt", "tea.md"}
