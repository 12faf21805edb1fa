"""What a file does in the process that reads stays there: it is refused by name and reason, and the next is read."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from confining.hostile import BOMBS, high_page, nested_forms_pdf

from pincite import read_document
from pincite.confining import reader as confining
from pincite.confining.reader import ConfinedReader
from pincite.errors import DamagedDocument, DocumentTooLarge, PinciteError, ReaderFault, ReadError
from pincite.reading.limits import ReadingLimits

DATA = Path(__file__).parents[1] / "data"
LIMITS = ReadingLimits(memory_bytes=300_000_000, seconds=20)
linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is held to a limit on Linux")


@pytest.fixture
def reader():
    with ConfinedReader(LIMITS) as each:
        yield each


@pytest.fixture
def faulty(monkeypatch):
    """A reader whose process has faults, which a file's text names."""
    monkeypatch.setattr(confining, "CHILD", "confining.faulty_child")
    with ConfinedReader(ReadingLimits(memory_bytes=300_000_000, seconds=2)) as each:
        yield each


@pytest.fixture
def write(tmp_path):
    def written(text, name="a.txt"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def process_of(reader):
    return reader._process._process.pid


def is_running(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("path", sorted(DATA.glob("handbook.*")), ids=lambda path: path.suffix)
def test_a_document_is_the_one_that_is_read_here(reader, path):
    here, there = read_document(path, doc_id="sub/one.x"), reader.read_document(path, doc_id="sub/one.x")
    assert there == here
    assert (there.char_boxes is None) == (here.char_boxes is None)
    if here.char_boxes is not None:
        np.testing.assert_array_equal(there.char_boxes, here.char_boxes)


def test_one_process_reads_all_files(reader):
    pids = set()
    for path in sorted(DATA.glob("handbook.*")):
        reader.read_document(path)
        pids.add(process_of(reader))
    assert len(pids) == 1
    assert os.getpid() not in pids


def test_a_refusal_names_the_file_as_the_user_did(reader, tmp_path, write):
    for path, kind in [
        (write("", "empty.txt"), ReadError),
        (write(b"%PDF-1.7\n", "torn.pdf"), DamagedDocument),
        (tmp_path / "none.txt", ReadError),
        (write("x", "a.xyz"), ReadError),
    ]:
        with pytest.raises(kind) as told:
            reader.read_document(path)
        assert told.value.source == str(path)
        with pytest.raises(kind) as here:
            read_document(path)
        assert str(told.value) == str(here.value)


def test_a_fault_in_a_chapter_is_the_books_failure(reader, write):
    import io
    import zipfile

    from confining.hostile import repeated_chapter_epub

    book = io.BytesIO(repeated_chapter_epub(1))
    with zipfile.ZipFile(book) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as torn:
        for name, held in parts.items():
            torn.writestr(name, b"\xff\x00\x01" if name == "c.xhtml" else held)
    path = write(out.getvalue(), "book.epub")
    with pytest.raises(DamagedDocument, match=r"c\.xhtml") as told:
        reader.read_document(path, doc_id="shelf/book.epub")
    assert told.value.source == str(path)


@pytest.mark.slow
@linux
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_the_limits_and_the_next_file_is_read(reader, write, name):
    path = write(BOMBS[name](), name)
    assert path.stat().st_size < 2_000_000
    pending = reader.begin(path)
    while not pending.done(within=0.05):
        pass
    process = pending._process
    with pytest.raises(DocumentTooLarge, match=r"the limit: split it or raise the limit") as told:
        pending.result()
    assert told.value.source == str(path)
    assert process.peak <= 1.1 * LIMITS.memory_bytes
    assert reader.read_document(write("The harbour is open.")).text == "The harbour is open."


def test_the_limit_of_characters_is_settable(write):
    with ConfinedReader(ReadingLimits(chars=20)) as reader:
        assert reader.read_document(write("x" * 20)).text == "x" * 20
        with pytest.raises(DocumentTooLarge, match="more than 20 characters"):
            reader.read_document(write("x" * 21))


@pytest.mark.slow
@linux
def test_the_limit_of_memory_is_settable(write):
    # Some 400 MB as a tree, a small text.
    path = write(BOMBS["elements.docx"](2_000_000), "a.docx")
    with (
        ConfinedReader(ReadingLimits(memory_bytes=250_000_000)) as reader,
        pytest.raises(DocumentTooLarge, match="more memory to read than 250 MB"),
    ):
        reader.read_document(path)
    with ConfinedReader() as reader:
        assert reader.read_document(path).text == "Harbour"


@pytest.mark.parametrize("limits", [{"memory_bytes": 1_000}, {"seconds": 0}, {"seconds": float("nan")}, {"chars": 0}])
def test_limits_that_no_file_could_meet_are_refused(limits):
    with pytest.raises(ValueError, match="expected memory_bytes"):
        ReadingLimits(**limits)


@pytest.mark.parametrize(
    ("fault", "kind", "reason"),
    [
        ("crash", ReaderFault, r"crashed \(SIGSEGV\)"),
        ("leave", ReaderFault, r"crashed \(exit status 3\)"),
        ("hang", DocumentTooLarge, "takes longer to read than 2 s, the limit"),
        ("hang_in_c", DocumentTooLarge, "takes longer to read than 2 s, the limit"),
        ("spin", DocumentTooLarge, "takes longer to read than 2 s, the limit"),
        pytest.param("exhaust", DocumentTooLarge, "takes more memory to read than 300 MB", marks=linux),
        ("recurse", DamagedDocument, "nested too deeply"),
        ("fail", DamagedDocument, "RuntimeError: three lines and"),
        ("bug", ReaderFault, r"ValueError: Exceeds.*faulty_child.py:\d+\), a bug of ours: please report it"),
        ("deep", ReaderFault, r"RecursionError.*a bug of ours: please report it"),
        pytest.param("write_a_file", DamagedDocument, "File too large", marks=linux),
        ("forge-longer", ReaderFault, "gave no document"),
        ("forge-type", ReaderFault, "gave no document"),
        ("forge-depth", ReaderFault, "gave no document"),
        ("forge-order", ReaderFault, "gave no document"),
        ("forge-none", ReaderFault, "gave no document"),
        ("forge-boxes", ReaderFault, "gave no document"),
        ("forge-text", ReaderFault, "gave no document"),
        ("forge-length", ReaderFault, "gave no document"),
        ("forge-furniture", ReaderFault, "gave no document"),
        ("forge-pages", ReaderFault, "gave no document"),
        ("forge-error", ReadError, "made up"),
    ],
)
def test_a_fault_of_any_kind_is_the_files_failure_and_the_next_file_is_read(faulty, write, fault, kind, reason):
    if fault == "forge-length":
        faulty.limits = ReadingLimits(memory_bytes=300_000_000, seconds=20, chars=1_000)
    path = write(f"{fault} and some text")
    started = time.monotonic()
    with pytest.raises(ReadError, match=reason) as told:
        faulty.read_document(path)
    assert type(told.value) is kind
    assert told.value.source == str(path)
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 3_000
    assert time.monotonic() - started < 60
    assert faulty.read_document(write("The harbour is open.")).text == "The harbour is open."


def test_what_a_library_prints_comes_between_nothing(faulty, write):
    for _ in range(3):
        assert faulty.read_document(write("print_much and some text")).text == "print_much and some text"


@linux
def test_the_process_knows_no_secret_and_has_no_file_of_ours_open(faulty, write, monkeypatch, tmp_path):
    monkeypatch.setenv("PINCITE_PASSWORD", "secret")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    with (tmp_path / "open").open("wb") as held:
        os.set_inheritable(held.fileno(), True)
        with pytest.raises(ReadError, match="open:") as told:
            faulty.read_document(write("dump_the_environment and some text"))
    assert "PASSWORD" not in str(told.value)
    assert "API_KEY" not in str(told.value)
    open_files = str(told.value).partition("open:")[2].split(")")[0].split(",")
    # Three standard streams, which lead nowhere, two pipes, and the folder that is listed.
    assert len(open_files) <= 7


@pytest.mark.parametrize("moment", ["before", "during"])
def test_a_process_that_is_killed_is_replaced(reader, write, moment):
    path = write("The harbour is open.")
    reader.read_document(path)
    pid = process_of(reader)
    if moment == "before":
        os.kill(pid, signal.SIGKILL)
        time.sleep(0.2)
        assert reader.read_document(path).text == "The harbour is open."
    else:
        book = write(BOMBS["chapters.epub"](), "a.epub")
        threading.Timer(0.3, os.kill, (pid, signal.SIGKILL)).start()
        with pytest.raises(ReaderFault, match="SIGKILL"):
            reader.read_document(book)
        assert reader.read_document(path).text == "The harbour is open."
    assert process_of(reader) != pid


def test_the_process_ends_with_the_reader(faulty, write):
    pending = faulty.begin(write("hang and some text"))
    assert not pending.done(within=0.2)
    pid = process_of(faulty)
    assert is_running(pid)
    started = time.monotonic()
    faulty.close()
    assert not is_running(pid)
    assert time.monotonic() - started < 1.5


@linux
def test_the_process_ends_with_the_one_that_asks(write, tmp_path):
    script = """
import sys
from pincite.confining import reader
reader.CHILD = "confining.faulty_child"
each = reader.ConfinedReader()
pending = each.begin(sys.argv[1])
pending.done(within=0.3)
print(each._process._process.pid, flush=True)
pending.done(within=60)
"""
    path = os.pathsep.join(str(each) for each in sys.path if each)
    asking = subprocess.Popen(
        [sys.executable, "-c", script, write("hang_in_c and some text")],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        pid = int(asking.stdout.readline())
        assert is_running(pid)
    finally:
        asking.kill()
        asking.wait()
        asking.stdout.close()
    until = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(pid)


def test_a_process_that_cannot_start_says_why(monkeypatch, write):
    monkeypatch.setattr(confining, "CHILD", "pincite.there_is_no_such_module")
    with ConfinedReader() as reader, pytest.raises(PinciteError, match=r"cannot be started.*no_such_module") as told:
        reader.read_document(write("x"))
    assert not isinstance(told.value, ReadError)


def test_a_program_without_an_interpreter_is_told_what_to_do(monkeypatch, write):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with ConfinedReader() as reader, pytest.raises(PinciteError, match="give update_index the documents"):
        reader.read_document(write("x"))


def test_modules_in_the_users_folder_are_not_run(monkeypatch, tmp_path, write):
    (tmp_path / "orjson.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    with ConfinedReader() as reader:
        assert reader.read_document(write("x")).text == "x"


def test_the_process_loads_nothing_heavy():
    script = "import sys, pincite.confining.child; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    heavy = {
        "torch",
        "openvino",
        "faiss",
        "numpy",
        "tokenizers",
        "transformers",
        "subprocess",
        "asyncio",
        "rich",
        "lxml",
    }
    assert not heavy & set(loaded)
    assert len(loaded) < 250


def test_a_page_is_drawn_where_it_can_do_no_harm(write):
    pytest.importorskip("PIL")
    with ConfinedReader(ReadingLimits(memory_bytes=300_000_000, seconds=3)) as reader:
        good = DATA / "handbook.pdf"
        first = reader.draw_page(good, 1, width_px=300)
        assert first.startswith(b"\x89PNG")
        assert int.from_bytes(first[16:20], "big") == 300
        with pytest.raises(DamagedDocument, match="has 2 pages, asked for page 3"):
            reader.draw_page(good, 3, width_px=300)
        with pytest.raises(DamagedDocument, match="not a PDF"):
            reader.draw_page(write("no page", "a.pdf"), 1, width_px=300)
        with pytest.raises(DocumentTooLarge, match=r"longer to read than 3 s|more memory to read"):
            reader.draw_page(write(nested_forms_pdf(), "slow.pdf"), 1, width_px=300)
        with pytest.raises(DocumentTooLarge, match="more memory"):
            reader.draw_page(good, 1, width_px=100_000)
        assert int.from_bytes(reader.draw_page(write(high_page(), "high.pdf"), 1, width_px=300)[20:24], "big") <= 8_000
        assert reader.draw_page(good, 1, width_px=300) == first
        assert reader.read_document(good).text
