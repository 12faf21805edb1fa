import dataclasses
import threading

import numpy as np
import orjson
import pytest
from samples import (
    DIM,
    ENCODER,
    chunks_of,
    contents,
    documents,
    make_document,
    read_whole,
    reseal,
    unit_vectors,
    write_index,
)

from pincite.errors import (
    EncoderMismatch,
    IndexDamaged,
    IndexNotFound,
    IndexVersionMismatch,
    UnknownDocument,
    UnusableIndex,
)
from pincite.storing.folder import read_pointer
from pincite.storing.manifest import sha256_of
from pincite.storing.snapshot import open_snapshot
from pincite.storing.untrusted import damaged
from pincite.storing.writer import IndexWriter


@pytest.fixture
def folder(tmp_path):
    write_index(tmp_path / "index")
    return tmp_path / "index"


def current(folder):
    return folder / read_pointer(folder).name


def rewrite_manifest(folder, change):
    """Change the manifest and its checksum, as a hostile hand would."""
    path = current(folder) / "manifest.json"
    held = orjson.loads(path.read_bytes())
    change(held)
    path.write_bytes(orjson.dumps(held))
    (folder / "CURRENT").write_text(f"{path.parent.name} {sha256_of(path)}\n", newline="\n")


def test_everything_comes_back(folder):
    expected = contents(documents())
    with open_snapshot(folder, expect=ENCODER, verify="full") as snapshot:
        assert list(snapshot.documents()) == expected["documents"]
        assert [snapshot.chunk(handle) for handle in snapshot.handles()] == expected["chunks"]
        assert list(snapshot.manifest.sources) == expected["sources"]
        assert "." in snapshot.manifest.created
        assert snapshot.manifest.settings == {"chars": 700}
        assert snapshot.manifest.encoder == ENCODER
        np.testing.assert_array_equal(snapshot.vectors_of(snapshot.handles()), expected["vectors"])
        for i, vectors in enumerate(expected["token_vectors"]):
            np.testing.assert_allclose(snapshot.tokens_of(i), vectors, atol=0.005)
        for i, segments in enumerate(expected["segments"]):
            for name in ("firsts", "spans", "norms", "opens"):
                held = getattr(snapshot.segments_of(i), name)
                np.testing.assert_array_equal(held, getattr(segments, name), err_msg=name)
        for document in expected["documents"]:
            read = snapshot.document(document.doc_id)
            assert read == document
            assert (read.char_boxes is None) == (document.char_boxes is None)
            if document.char_boxes is not None:
                np.testing.assert_array_equal(read.char_boxes, document.char_boxes)


def test_chunks_by_number_by_id_and_by_document(folder):
    with open_snapshot(folder) as snapshot:
        chunks = snapshot._chunks
        for i, chunk in enumerate(chunks):
            assert chunks.number(chunk.chunk_id) == i
            assert i in chunks.of_document(chunk.doc_id)
            assert chunks.sections[chunks.section_numbers[i]] == chunk.section
            assert (chunks.starts[i], chunks.ends[i]) == (chunk.span.start, chunk.span.end)
        assert chunks[-1] == chunks[len(chunks) - 1]
        with pytest.raises(IndexError):
            chunks[len(chunks)]
        for unknown in ("nothing", "folder/d0.md#0-1", "folder/d0.md#x-y", "other#0-5", f"folder/d0.md#0{3}-9"):
            with pytest.raises(KeyError, match="no chunk"):
                chunks.number(unknown)
        assert snapshot.vectors_of(snapshot.handles("folder/d1.md")).shape == (2, DIM)


def test_unknown_names(folder):
    with open_snapshot(folder) as snapshot:
        with pytest.raises(UnknownDocument, match="no document 'other'"):
            snapshot.document("other")
        with pytest.raises(UnknownDocument, match="no document 'other'"):
            snapshot.handles("other")
        with pytest.raises(UnknownDocument, match="no document 'other'"):
            snapshot.part(docs=["other"])
        with pytest.raises(KeyError, match="no chunk"):
            snapshot.handle("other")


def test_index_of_nothing(tmp_path):
    write_index(tmp_path, [])
    assert read_whole(tmp_path) == []


def test_document_without_chunks_or_text(tmp_path):
    empty = make_document("x.md")
    with IndexWriter(tmp_path, ENCODER, {}) as writer:
        writer.commit(**{**contents([]), "documents": [empty]})
    assert read_whole(tmp_path) == [empty.text]


def test_a_deep_tree_of_sections_survives(tmp_path):
    document = make_document("deep.md")
    section = document.root.children[0]
    for depth in range(3000):
        section = dataclasses.replace(section, path=("t", str(depth)), children=(section,))
    document = dataclasses.replace(document, root=section)
    with IndexWriter(tmp_path, ENCODER, {}) as writer:
        writer.commit(**{**contents([]), "documents": [document]})
    with open_snapshot(tmp_path) as snapshot:
        assert [s.path for s in _walk(snapshot.document("deep.md").root)] == [s.path for s in _walk(section)]


def _walk(section):
    while True:
        yield section
        if not section.children:
            return
        (section,) = section.children


def test_sentences_outlive_their_folder(folder):
    expected = contents(documents())["segments"]
    with open_snapshot(folder) as snapshot:
        write_index(folder, documents(5))
        np.testing.assert_array_equal(snapshot.segments_of(3).spans, expected[3].spans)


def test_every_kind_of_damage_names_the_command_for_this_index(tmp_path):
    folder = tmp_path / "my index"
    for damage in (folder / "CURRENT", folder, folder / "generation-000001", folder / "generation-000001" / "x.npy"):
        write_index(folder)
        assert str(damaged(damage, "torn")).endswith(f"run `pincite index --rebuild --index '{folder}'`")


def test_closed_snapshot_refuses(folder):
    snapshot = open_snapshot(folder)
    snapshot.close()
    snapshot.close()
    with pytest.raises(ValueError, match="closed"):
        snapshot.document("folder/d0.md")
    with pytest.raises(ValueError, match="closed"):
        snapshot.chunk(0)
    with pytest.raises(ValueError, match="closed"):
        snapshot.part().propose(terms=None, vector=unit_vectors(1)[0], k=3)
    with pytest.raises(ValueError, match="closed"):
        snapshot.vectors_of(np.array([0]))


def test_no_index(tmp_path):
    with pytest.raises(IndexNotFound, match="pincite index"):
        open_snapshot(tmp_path)
    with pytest.raises(IndexNotFound):
        open_snapshot(tmp_path / "missing")


def test_another_encoder_is_refused(folder):
    other = dataclasses.replace(ENCODER, name="other", weights_sha256="cd" * 32, dim=768)
    with pytest.raises(EncoderMismatch, match=r"tiny \(16 dims.*other \(768 dims.*pincite index --rebuild"):
        open_snapshot(folder, expect=other)
    open_snapshot(folder, expect=dataclasses.replace(ENCODER, name="/elsewhere/tiny")).close()


def test_another_version_is_refused(folder):
    rewrite_manifest(folder, lambda held: held.update(version=9))
    with pytest.raises(
        IndexVersionMismatch, match=r"expected format version 2, found 9: run `pincite index --rebuild --index"
    ):
        open_snapshot(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda held: held.update(format="other"),
        lambda held: held.pop("encoder"),
        lambda held: held.update(encoder=[]),
        lambda held: held["encoder"].update(dim="16"),
        lambda held: held["encoder"].update(dim=True),
        lambda held: held["encoder"].update(dim=17),
        lambda held: held["encoder"].update(extra=1),
        lambda held: held.update(doc_ids=[1, 2, 3]),
        lambda held: held.update(doc_ids=held["doc_ids"][:2]),
        lambda held: held.update(doc_ids=[held["doc_ids"][0]] * 3),
        lambda held: held.update(sources={}),
        lambda held: held["sources"][0].pop("sha256"),
        lambda held: held.update(files=[]),
        lambda held: held["files"].update({"../../secret": {"bytes": 1, "sha256": "0" * 64}}),
        lambda held: held["files"].update({"/etc/passwd": {"bytes": 1, "sha256": "0" * 64}}),
        lambda held: held["files"].update({"..": {"bytes": 1, "sha256": "0" * 64}}),
        lambda held: held["files"].update({"C:\\x": {"bytes": 1, "sha256": "0" * 64}}),
        lambda held: held["files"].update({"missing.npy": {"bytes": 1, "sha256": "0" * 64}}),
        lambda held: held["files"]["texts.txt"].update(sha256="0" * 64),
        lambda held: held["files"]["texts.txt"].update(bytes=5),
    ],
)
def test_hostile_manifest_is_refused(folder, change):
    rewrite_manifest(folder, change)
    with pytest.raises(IndexDamaged, match="pincite index --rebuild"):
        open_snapshot(folder)


@pytest.mark.parametrize("content", ["", "generation-000001", "../elsewhere " + "0" * 64 + "\n", "\xff", "[]"])
def test_pointer_that_does_not_fit_is_refused(folder, content):
    (folder / "CURRENT").write_text(content, encoding="latin-1")
    with pytest.raises(IndexDamaged, match="pincite index --rebuild"):
        open_snapshot(folder)


def test_linked_file_is_refused(folder, tmp_path):
    path = current(folder) / "texts.txt"
    path.rename(tmp_path / "texts.txt")
    path.symlink_to(tmp_path / "texts.txt")
    with pytest.raises(IndexDamaged, match="link"):
        open_snapshot(folder)


def test_large_file_is_checked_where_it_is_read_or_when_asked(folder, monkeypatch):
    monkeypatch.setattr("pincite.storing.snapshot.SMALL_FILE_BYTES", 10)
    path = current(folder) / "texts.txt"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    expected = r"texts.txt: the bytes 0 to \d+ are not those .*pincite index --rebuild"
    with open_snapshot(folder) as snapshot, pytest.raises(IndexDamaged, match=expected):
        snapshot.document("folder/d0.md")
    with pytest.raises(IndexDamaged, match="SHA-256"):
        open_snapshot(folder, verify="full")


def test_no_damage_goes_unnoticed(folder):
    """Flip, cut and lengthen every file at many places: never an error of another kind, never another content."""
    whole = read_whole(folder)
    rng = np.random.default_rng(0)
    for path in [folder / "CURRENT", *sorted(current(folder).iterdir())]:
        content = path.read_bytes()
        places = {0, len(content) - 1, *rng.integers(0, max(1, len(content)), 12).tolist()}
        for place in sorted(p for p in places if 0 <= p < len(content)):
            flipped = bytearray(content)
            flipped[place] ^= 1 << int(rng.integers(8))
            for damage in (bytes(flipped), content[:place], content + b"x"):
                path.write_bytes(damage)
                with pytest.raises(UnusableIndex):
                    read_whole(folder)
        path.unlink()
        with pytest.raises(UnusableIndex):
            read_whole(folder)
        path.write_bytes(content)
    assert read_whole(folder) == whole


def test_damage_with_matching_checksums_raises_only_our_errors(folder):
    """What a hostile hand could do: the files do not fit together, though every checksum is right."""
    rng = np.random.default_rng(1)
    names = [path.name for path in current(folder).iterdir() if path.name not in {"manifest.json", "blocks.bin"}]
    for name in names:
        path = current(folder) / name
        content = path.read_bytes()
        for place in rng.integers(0, max(1, len(content)), 15):
            damage = bytearray(content) or bytearray(b"x")
            damage[place % len(damage)] ^= 1 << int(rng.integers(8))
            path.write_bytes(damage)
            reseal(folder)
            try:
                with open_snapshot(folder, verify="full") as snapshot:
                    list(snapshot.documents())
                    [snapshot.chunk(handle) for handle in snapshot.handles()]
            except UnusableIndex:
                pass
        path.write_bytes(content)
        reseal(folder)
    read_whole(folder)


def test_many_readers_of_one_snapshot(folder):
    snapshot = open_snapshot(folder)
    expected = [snapshot.document(d) for d in snapshot.manifest.doc_ids]
    wrong = []

    def read():
        for _ in range(20):
            if [snapshot.document(d) for d in snapshot.manifest.doc_ids] != expected:
                wrong.append("documents")
            if [snapshot.chunk(h).text for h in snapshot.handles()] != [c.text for d in expected for c in chunks_of(d)]:
                wrong.append("chunks")

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    snapshot.close()
    assert wrong == []


def test_searching_a_mapped_index_leaves_its_files_alone(folder):
    before = {path.name: sha256_of(path) for path in current(folder).iterdir()}
    with open_snapshot(folder) as snapshot:
        snapshot.part(docs=["folder/d1.md"]).propose(terms=["alpha"], vector=unit_vectors(1)[0], k=3)
        snapshot.compare(np.array([0, 1]), unit_vectors(2), neighbours=True)
        with pytest.raises(ValueError, match="read-only"):
            snapshot._vectors._rows(None)[0] = 0
    assert {path.name: sha256_of(path) for path in current(folder).iterdir()} == before


def test_terms_of_other_chunks_are_refused(tmp_path):
    held = contents(documents())
    with IndexWriter(tmp_path, ENCODER, {}) as writer, pytest.raises(ValueError, match="expected terms of 6 chunks"):
        writer.commit(**{**held, "terms": [["one"]]})
    with pytest.raises(IndexNotFound):
        open_snapshot(tmp_path)
