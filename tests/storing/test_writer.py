import ast
import dataclasses
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from samples import ENCODER, contents, documents, make_document, read_whole, unit_vectors, write_index

from pincite.errors import EncoderMismatch, IndexDamaged, IndexLocked
from pincite.storing.folder import read_pointer
from pincite.storing.snapshot import open_snapshot
from pincite.storing.writer import IndexWriter

HERE = Path(__file__).parent


def run(script, *arguments, **options):
    # A process that forks must have no other threads: a child may wait for ever for what they held.
    single = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment = {**os.environ, **single, "PYTHONPATH": str(HERE)}
    return subprocess.Popen(
        [sys.executable, script, *map(str, arguments)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.parametrize(("how", "trials"), [("steps", 400), ("random", 40)])
def test_a_killed_writer_leaves_the_old_index_or_the_new_one(how, trials, tmp_path):
    with run(HERE / "crashing_writer.py", tmp_path, how, trials) as process:
        try:
            output, errors = process.communicate(timeout=120)
        finally:
            process.kill()
    assert errors == ""
    seen = ast.literal_eval(output)
    assert set(seen) <= {"killed old", "killed new", "finished new"}
    assert seen["killed old"] > 5
    if how == "steps":
        assert seen["killed new"] > 1
        assert seen["finished new"] == 1


HOLD = """
import sys, time
from samples import ENCODER
from pincite.storing.writer import IndexWriter
with IndexWriter(sys.argv[1], ENCODER, {}):
    print("holding", flush=True)
    time.sleep(60)
"""


def test_one_writer_at_a_time_and_a_crash_leaves_no_lock(tmp_path):
    write_index(tmp_path)
    script = tmp_path / "hold.py"
    script.write_text(HOLD)
    with run(script, tmp_path) as holder:
        assert holder.stdout.readline() == "holding\n"
        with pytest.raises(IndexLocked, match=rf"process {holder.pid} on .* is writing: wait"):
            write_index(tmp_path)
        read_whole(tmp_path)
        holder.send_signal(signal.SIGKILL)
    write_index(tmp_path)


def test_the_lock_holds_within_a_process_too(tmp_path):
    with IndexWriter(tmp_path, ENCODER, {}), pytest.raises(IndexLocked), IndexWriter(tmp_path, ENCODER, {}):
        pass
    write_index(tmp_path)


def test_without_a_commit_nothing_changes(tmp_path):
    write_index(tmp_path)
    before = read_pointer(tmp_path)
    with IndexWriter(tmp_path, ENCODER, {}) as writer:
        assert writer.previous is not None
    assert read_pointer(tmp_path) == before


def test_a_failing_commit_changes_nothing(tmp_path):
    write_index(tmp_path)
    before = read_pointer(tmp_path)

    def broken():
        yield documents()[0]
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), IndexWriter(tmp_path, ENCODER, {}) as writer:
        writer.commit(**{**contents(documents()), "documents": broken()})
    assert read_pointer(tmp_path) == before
    assert not list(tmp_path.glob(".writing*"))
    read_whole(tmp_path)


def test_commit_wants_the_lock(tmp_path):
    with pytest.raises(ValueError, match="inside the `with` block"):
        IndexWriter(tmp_path, ENCODER, {}).commit(**contents(documents()))


def test_what_did_not_change_is_copied_without_loss(tmp_path):
    write_index(tmp_path, seed=4)
    with open_snapshot(tmp_path) as first, IndexWriter(tmp_path, ENCODER, {}) as writer:
        kept = writer.previous.handles("folder/d1.md")
        document = writer.previous.document("folder/d1.md")
        writer.commit(
            **{
                **contents([document]),
                "chunks": [writer.previous.chunk(handle) for handle in kept],
                "vectors": writer.previous.vectors_of(kept),
                "token_vectors": (writer.previous.tokens_of(handle) for handle in kept),
                "segments": [writer.previous.segments_of(handle) for handle in kept],
            }
        )
        with open_snapshot(tmp_path) as second:
            assert [second.chunk(handle) for handle in second.handles()] == [first.chunk(handle) for handle in kept]
            assert (second.vectors_of(second.handles()) == first.vectors_of(kept)).all()
            for new, old in enumerate(kept):
                assert (second.tokens_of(new) == first.tokens_of(old)).all()
                assert (second.segments_of(new).spans == first.segments_of(old).spans).all()
            assert second.document("folder/d1.md") == first.document("folder/d1.md")
            assert second.document("folder/d1.md").char_boxes is not None


def test_old_snapshots_go_and_open_ones_stay_readable(tmp_path):
    write_index(tmp_path, documents(2, words="old"))
    with open_snapshot(tmp_path) as reader:
        write_index(tmp_path, documents(3, words="new"))
        assert len(list(tmp_path.glob("generation-*"))) == 1
        assert [d.text for d in reader.documents()] == [d.text for d in documents(2, words="old")]
        assert reader.compare(np.array([0, 1]), unit_vectors(2), neighbours=False).cosines.shape == (5, 2)


def test_only_our_own_leftovers_are_removed(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "generation-notes").mkdir()
    (tmp_path / ".writing-99").mkdir()
    (tmp_path / "generation-000007").mkdir()
    write_index(tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert {"README.md", "generation-notes"} <= names
    assert not {".writing-99", "generation-000007"} & names


def test_readers_never_see_a_mixture_while_a_writer_swaps(tmp_path):
    states = [documents(2, words="old"), documents(4, words="new")]
    allowed = {tuple(d.text for d in state) for state in states}
    write_index(tmp_path, states[0])
    stop = threading.Event()
    wrong, n_read = [], [0, 0, 0]

    def read(who):
        while not stop.is_set():
            try:
                if tuple(read_whole(tmp_path)) not in allowed:
                    wrong.append("mixture")
            except Exception as error:
                wrong.append(repr(error))
            n_read[who] += 1

    readers = [threading.Thread(target=read, args=(who,)) for who in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(25):
        write_index(tmp_path, states[turn % 2])
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert min(n_read) > 0


def test_damaged_or_foreign_index_is_refused_and_rebuilt_when_asked(tmp_path):
    write_index(tmp_path)
    path = tmp_path / read_pointer(tmp_path).name / "texts.txt"
    path.write_bytes(b"x" + path.read_bytes()[1:])
    with pytest.raises(IndexDamaged, match="pincite index --rebuild"):
        write_index(tmp_path)
    write_index(tmp_path, rebuild=True)
    with pytest.raises(EncoderMismatch, match="pincite index --rebuild"):
        write_index(tmp_path, encoder=dataclasses.replace(ENCODER, weights_sha256="ef" * 32))
    (tmp_path / "CURRENT").write_text("nonsense")
    with pytest.raises(IndexDamaged):
        write_index(tmp_path)
    write_index(tmp_path, rebuild=True)
    read_whole(tmp_path)
    assert len(list(tmp_path.glob("generation-*"))) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda held: held["chunks"].reverse(), "chunks by start"),
        (lambda held: held["documents"].reverse(), "order"),
        (lambda held: held["documents"].pop(), "order of the documents"),
        (lambda held: held["documents"].append(make_document("folder/d0.md")), "given twice"),
        (lambda held: held["chunks"].append(dataclasses.replace(held["chunks"][-1], chunk_id="odd")), "tells its span"),
        (lambda held: held["chunks"].insert(0, dataclasses.replace(held["chunks"][0], text="odd")), "characters"),
        (lambda held: held.update(vectors=held["vectors"][1:]), "expected 6 vectors"),
        (lambda held: held["token_vectors"].pop(), "token vectors of 6 chunks"),
        (lambda held: held["segments"].pop(), "expected segments of 6 chunks"),
        (lambda held: held.update(continues=held["continues"][1:]), "5 that say which one continues another"),
    ],
)
def test_contents_that_do_not_fit_are_refused(change, message, tmp_path):
    held = contents(documents())
    change(held)
    if len(held["continues"]) == 6:
        held["continues"] = np.zeros(len(held["chunks"]), bool)
    held["terms"] = [chunk.text.split() for chunk in held["chunks"]]
    with pytest.raises(ValueError, match=message), IndexWriter(tmp_path, ENCODER, {}) as writer:
        writer.commit(**held)
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == []
