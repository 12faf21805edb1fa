"""A visitor's own documents: whose file is whose, and what becomes of one that cannot be read."""

import pytest

pytest.importorskip("gradio")

from pincite import Index, ReadingLimits, update_index
from pincite.encoding.hashing import HashingEncoder
from pincite_ui.batch import answers_of
from pincite_ui.batch import run as run_batch
from pincite_ui.language_models import LanguageModels
from pincite_ui.library import Library
from pincite_ui.visitors import Visitors

pytestmark = [pytest.mark.ui]

FERRY = "The ferry to Aster leaves at nine.\n"


@pytest.fixture
def shared(tmp_path):
    (tmp_path / "given.md").write_text("# Tea\n\nSteep the tea at 80 degrees.\n", "utf-8")
    update_index(tmp_path / "index", [tmp_path / "given.md"], encoder=HashingEncoder())
    with Index.open(tmp_path / "index", encoder=HashingEncoder()) as index:
        yield index


@pytest.fixture
def library(shared, tmp_path):
    return Library(shared, tmp_path / "index", tmp_path / "visitor", HashingEncoder(), ReadingLimits(chars=1000))


@pytest.fixture
def file(tmp_path):
    def make(text, name="come.bin"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        return path

    return make


def uploads(library):
    folder = library.folder / "uploads"
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()
    }


def test_long_names_that_differ_behind_the_cut_stay_two_documents(library, file):
    long = "語" * 199
    first = library.add([(file(FERRY), f"{long}一.txt")])
    other = library.add([(file("The dog is called Rufus.\n"), f"{long}二.txt")])
    again = library.add([(file("The ferry to Aster leaves at ten.\n"), f"{long}一.txt")])
    assert [len(first.added), len(other.added), again.changed] == [1, 1, first.added]
    assert sorted(uploads(library).values()) == ["The dog is called Rufus.\n", "The ferry to Aster leaves at ten.\n"]
    assert all(name.endswith(".txt") for name in uploads(library))


def test_names_that_become_the_same_are_kept_apart(library, file):
    report = library.add([(file(FERRY), "a<b.txt"), (file("The dog is called Rufus.\n", "other"), "a>b.txt")])
    assert len(report.added) == 2
    assert sorted(uploads(library)) == ["a_b (2).txt", "a_b.txt"]


def test_a_file_that_cannot_be_read_takes_no_others_place(library, file):
    library.add([(file(FERRY), "ferry.txt")])
    report = library.add([(file("too long " * 999), "ferry.txt"), (file("no kind", "x.exe"), "x.exe")])
    assert [failure.source for failure in report.failures] == ["ferry.txt", "x.exe"]
    assert uploads(library) == {"ferry.txt": FERRY}
    assert library.index.document("ferry.txt").text == FERRY
    assert not (library.folder / "incoming").exists()


def test_what_is_stopped_leaves_the_files_as_they_were(library, file):
    library.add([(file(FERRY), "ferry.txt")])

    def stop(_progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.add([(file("Never.\n"), "ferry.txt"), (file("Never.\n"), "new.txt")], stop)
    assert uploads(library) == {"ferry.txt": FERRY}


def test_an_own_document_is_told_from_a_shared_one_of_its_name(library, file):
    report = library.add([(file(FERRY), "given.md"), (file(FERRY), "given (yours).md"), (file(FERRY), "given.md")])
    assert sorted(report.added) == ["given (yours) (2).md", "given (yours) (3).md", "given (yours).md"]
    assert "given.md" in library.index.doc_ids


@pytest.mark.parametrize("name", ["answers.jsonl", "sub/answers.jsonl", "questions.jsonl"])
def test_a_file_of_questions_may_be_called_as_its_answers_are(shared, tmp_path, name):
    visitors = Visitors(shared, tmp_path / "index", tmp_path / "data", LanguageModels(None, None))
    visitor = visitors.of({visitors.cookies.name: visitors.cookies.value("a" * 32)})
    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"id": 1, "question": "How hot is the tea?"}\n', "utf-8")
    *_, last = run_batch(visitor, questions, name)
    assert last.status.startswith("1 questions:")
    assert len(answers_of(visitor).read_text("utf-8").splitlines()) == 1
