"""One file never ends a run: whatever goes wrong with it is its failure, with a reason, and the others go on."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from confining.hostile import BOMBS

from pincite.confining import reader as confining
from pincite.encoding.hashing import HashingEncoder
from pincite.errors import PinciteError
from pincite.indexing import Index, update_index
from pincite.reading import ReadingLimits
from pincite.sections import make_document

GOOD = {"apple.txt": "Apples\n\nApples keep best in a cool cellar.\n", "zebra.md": "# Zebra\n\nZebras graze all day.\n"}
LIMITS = ReadingLimits(memory_bytes=300_000_000, seconds=2)


@pytest.fixture
def docs(tmp_path):
    folder = tmp_path / "docs"
    folder.mkdir()
    for name, text in GOOD.items():
        (folder / name).write_text(text, "utf-8")
    return folder


@pytest.fixture
def faulty(monkeypatch):
    monkeypatch.setattr(confining, "CHILD", "confining.faulty_child")


class ChokingEncoder(HashingEncoder):
    """Fails at texts that hold a word, in a given step."""

    def __init__(self, step, error=RuntimeError):
        super().__init__(dim=32)
        self.step, self.error = step, error

    def _choke(self, step, texts):
        if step == self.step and any("poison" in text for text in texts):
            raise self.error("cannot take\nthis")

    def token_spans(self, text):
        self._choke("token_spans", [text])
        return super().token_spans(text)

    def encode_documents(self, texts, **options):
        self._choke("encode", texts)
        return super().encode_documents(texts, **options)


def indexed(folder):
    with Index.open(folder) as index:
        return set(index.doc_ids)


def test_a_numeral_of_5000_digits_ends_nothing(tmp_path, docs):
    (docs / "long.txt").write_text(f"Article {'9' * 5000}\n\nThe text of the article.\n", "utf-8")
    report = update_index(tmp_path / "index", [docs], encoder=HashingEncoder())
    assert set(GOOD) <= indexed(tmp_path / "index")
    assert {"long.txt"} == {Path(each.source).name for each in report.failures} | set(report.added) - set(GOOD)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("crash", "SIGSEGV"),
        ("hang", "takes longer to read than 2 s"),
        ("exhaust", "takes more memory to read than 300 MB"),
        ("recurse", "nested too deeply"),
        ("bug", "a bug of ours: please report it"),
        ("forge-longer", "gave no document"),
    ],
)
def test_a_fault_in_reading_is_that_files_failure(tmp_path, docs, faulty, fault, reason):
    (docs / "bad.txt").write_text(f"{fault} and some text", "utf-8")
    report = update_index(tmp_path / "index", [docs], encoder=HashingEncoder(), limits=LIMITS)
    assert report.added == tuple(GOOD)
    assert [each.source for each in report.failures] == [str(docs / "bad.txt")]
    assert reason in report.failures[0].reason
    assert indexed(tmp_path / "index") == set(GOOD)


def test_several_bombs_are_refused_in_one_run(tmp_path, docs):
    bombs = ["wide.csv", "elements.docx", "forms.pdf", "strings.xlsx"]
    for name in bombs:
        (docs / name).write_bytes(BOMBS[name]())
    limits = ReadingLimits(memory_bytes=300_000_000)
    report = update_index(tmp_path / "index", [docs], encoder=HashingEncoder(), limits=limits)
    assert report.added == tuple(GOOD)
    assert {Path(each.source).name for each in report.failures} == set(bombs)
    assert all("the limit: split it or raise the limit" in each.reason for each in report.failures)


@pytest.mark.parametrize("step", ["token_spans", "encode"])
@pytest.mark.parametrize("error", [RuntimeError, MemoryError, RecursionError, OverflowError])
def test_a_text_that_cannot_be_cut_or_encoded_is_that_files_failure(tmp_path, docs, step, error):
    (docs / "bad.txt").write_text("This is poison to the encoder.", "utf-8")
    report = update_index(tmp_path / "index", [docs], encoder=ChokingEncoder(step, error))
    assert report.added == tuple(GOOD)
    assert [Path(each.source).name for each in report.failures] == ["bad.txt"]
    reason = report.failures[0].reason
    assert "\n" not in reason
    assert ("needs more memory" if error is MemoryError else "a bug of ours: please report it") in reason
    assert indexed(tmp_path / "index") == set(GOOD)


@pytest.mark.parametrize("step", ["token_spans", "encode"])
def test_what_was_indexed_of_it_before_stays(tmp_path, docs, step):
    index = tmp_path / "index"
    encoder = ChokingEncoder(step)
    update_index(index, [docs], encoder=encoder)
    (docs / "apple.txt").write_text("Apples are poison.", "utf-8")
    (docs / "pear.txt").write_text("Pears ripen late.", "utf-8")
    report = update_index(index, [docs], encoder=encoder)
    assert (report.added, report.changed, report.removed) == (("pear.txt",), (), ())
    assert [Path(each.source).name for each in report.failures] == ["apple.txt"]
    with Index.open(index) as opened:
        assert opened.document("apple.txt").text == GOOD["apple.txt"]
        assert opened.stale() == ("apple.txt",)


def test_a_document_from_python_that_cannot_be_encoded_is_named(tmp_path):
    documents = [make_document("This is poison.", doc_id="bad"), make_document("This is good.", doc_id="good")]
    report = update_index(tmp_path / "index", documents=documents, encoder=ChokingEncoder("encode"))
    assert report.added == ("good",)
    assert [each.source for each in report.failures] == ["bad"]


def test_a_run_of_nothing_but_bad_files_replaces_nothing(tmp_path, docs):
    index = tmp_path / "index"
    bad = tmp_path / "bad.txt"
    bad.write_text("This is poison.", "utf-8")
    report = update_index(index, [bad], encoder=ChokingEncoder("encode"))
    assert (report.added, len(report.failures)) == ((), 1)
    assert not Index.exists(index)
    update_index(index, [docs], encoder=ChokingEncoder("encode"))
    report = update_index(index, [bad], encoder=ChokingEncoder("encode"))
    assert indexed(index) == set(GOOD)


def test_an_encoder_that_fails_at_anything_ends_the_run(tmp_path, docs):
    class Broken(HashingEncoder):
        def encode_documents(self, texts, **options):
            raise RuntimeError("no such device")

    with pytest.raises(RuntimeError, match="no such device"):
        update_index(tmp_path / "index", [docs], encoder=Broken())


def test_a_reader_that_cannot_be_started_ends_the_run(tmp_path, docs, monkeypatch):
    monkeypatch.setattr(confining, "CHILD", "pincite.there_is_no_such_module")
    with pytest.raises(PinciteError, match="cannot be started"):
        update_index(tmp_path / "index", [docs], encoder=HashingEncoder())


def test_a_file_that_hangs_holds_up_no_other_run(tmp_path, docs, faulty):
    bad = tmp_path / "bad.txt"
    bad.write_text("hang_in_c and some text", "utf-8")
    begun, stopped = threading.Event(), threading.Event()

    def hang():
        def progress(_):
            begun.set()
            if stopped.is_set():
                raise Stopped("told to end")

        with pytest.raises(Stopped):
            update_index(tmp_path / "hanging", [bad], encoder=HashingEncoder(), progress=progress)

    hanging = threading.Thread(target=hang)
    hanging.start()
    try:
        assert begun.wait(60)
        report = update_index(tmp_path / "index", [docs], encoder=HashingEncoder())
        assert report.added == tuple(GOOD)
        assert hanging.is_alive()
    finally:
        stopped.set()
        hanging.join(60)
    assert not hanging.is_alive()


class Stopped(Exception):
    """As a server raises it in its report of progress."""


@pytest.mark.parametrize("stopped_by", [Stopped, OSError, KeyboardInterrupt])
def test_what_progress_raises_ends_the_run_and_the_process_at_once(tmp_path, docs, faulty, monkeypatch, stopped_by):
    index = tmp_path / "index"
    update_index(index, [docs], encoder=HashingEncoder())
    (docs / "bad.txt").write_text("hang and some text", "utf-8")
    processes = []
    begin = confining.ConfinedReader.begin

    def noted(self, *arguments, **options):
        pending = begin(self, *arguments, **options)
        processes.append(self._process._process)
        return pending

    monkeypatch.setattr(confining.ConfinedReader, "begin", noted)
    stop = threading.Event()
    threading.Timer(0.5, stop.set).start()

    def progress(_):
        if stop.is_set():
            raise stopped_by("told to end")

    started = time.monotonic()
    with pytest.raises(stopped_by, match="told to end"):
        update_index(index, [docs], encoder=HashingEncoder(), limits=ReadingLimits(seconds=60), progress=progress)
    assert time.monotonic() - started < 30  # not the minute that the file would have had
    assert processes
    assert all(each.returncode is not None for each in processes)
    assert indexed(index) == set(GOOD)


@pytest.mark.parametrize("step", ["token_spans", "encode_documents"])
def test_what_progress_raises_while_cutting_and_encoding_is_no_files_fault(tmp_path, docs, step):
    stop = threading.Event()

    class Slow(HashingEncoder):
        pass

    def slow(self, *arguments, **options):
        stop.set()
        time.sleep(0.15)
        return getattr(HashingEncoder, step)(self, *arguments, **options)

    setattr(Slow, step, slow)

    def progress(_):
        if stop.is_set():
            raise Stopped("told to end")

    with pytest.raises(Stopped):
        update_index(tmp_path / "index", [docs], encoder=Slow(), progress=progress)
    assert not Index.exists(tmp_path / "index")


def test_a_title_of_a_megabyte_is_embedded_in_bounded_time(tmp_path, docs):
    asked = []

    class Counting(HashingEncoder):
        def token_spans(self, text):
            asked.append(len(text))
            return super().token_spans(text)

    title = "harbour " * 20_000
    (docs / "title.md").write_text(f"# {title}\n\n" + "The harbour is open every day.\n\n" * 2_000, "utf-8")
    report = update_index(tmp_path / "index", [docs], encoder=Counting())
    assert "title.md" in report.added
    assert sum(asked) < 50 * (docs / "title.md").stat().st_size


def test_a_source_is_the_file_that_was_indexed_or_none(tmp_path):
    folder, secret = tmp_path / "index", tmp_path / "secret.pdf"
    given = tmp_path / "ferry.md"
    given.write_text("# The ferry\n\nThe ferry to Aster leaves at nine.\n")
    secret.write_bytes(given.read_bytes().replace(b"nine", b"four"))
    update_index(folder, [given], encoder=HashingEncoder())
    with Index.open(folder, encoder=HashingEncoder()) as index:
        assert index.source("ferry.md") == given
        assert index.source("ferry.md") == given
        # What a hostile index would say: another file of the same length, whose bytes whoever made it did not know.
        (record,) = index.snapshot.manifest.sources
        hostile = replace(record, path=str(secret), mtime_ns=secret.stat().st_mtime_ns)
        index.snapshot.manifest = replace(index.snapshot.manifest, sources=(hostile,))
        assert index.source("ferry.md") is None
        index.snapshot.manifest = replace(index.snapshot.manifest, sources=(replace(record, path="/dev/zero"),))
        assert index.source("ferry.md") is None
        index.snapshot.manifest = replace(index.snapshot.manifest, sources=(record,))
        given.write_bytes(secret.read_bytes())
        assert index.source("ferry.md") is None
        given.unlink()
        assert index.source("ferry.md") is None
