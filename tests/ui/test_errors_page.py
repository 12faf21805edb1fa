"""What goes wrong, in the browser: each becomes a sentence that says what to do, and the conversation stays."""

import pytest
from browsing import REPOSITORY, free_port, serving
from filelock import FileLock

pytestmark = [pytest.mark.ui, pytest.mark.model]

QUESTION = "What is cooperative security?"

# The disk is full for as long as there is a file of this name in the server's folder.
PROGRAM = """
import errno, os, shutil
from pathlib import Path
from pincite.cli import main

def while_there_is_room(write):
    def checked(*given, **options):
        if Path("full").exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(*given, **options)
    return checked

os.fsync, shutil.copyfileobj = while_there_is_room(os.fsync), while_there_is_room(shutil.copyfileobj)
shutil.copyfile = while_there_is_room(shutil.copyfile)
main()
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Start a server of our own, whose disk can be full and which can be restarted."""
    pytest.importorskip("gradio")
    folder = tmp_path_factory.mktemp("small")
    (folder / "program.py").write_text(PROGRAM, "utf-8")
    program = [str(folder / "program.py")]
    with serving(folder, str(REPOSITORY / "corpus"), program=program, port=free_port()) as running:
        yield running


@pytest.fixture
def full(small):
    path = small.folder / "full"
    yield path
    path.unlink(missing_ok=True)


def test_a_full_disk_is_named_and_the_conversation_stays(anybody, small, full):
    person = anybody(small)
    person.ask(QUESTION)
    full.touch()
    turn = person.ask("What does Article 5 say?")
    assert turn.get_attribute("data-state") == "error"
    assert turn.locator(".pc-error").inner_text().startswith("The disk is full, so this was not kept: free some space")
    assert person.page.locator(".pc-turn").count() == 2
    person.shoot("disk-full")
    full.unlink()
    turn.get_by_role("button", name="Try again").click()
    person.page.wait_for_selector(".pc-turn:nth-child(2)[data-state=done] .pc-said")
    person.page.reload()
    person.page.wait_for_selector(".pc-turn:nth-child(2)[data-state=done] .pc-said")


def test_documents_are_not_added_to_a_full_disk(anybody, small, full, request):
    person = anybody(small)
    person.tab("Documents")
    full.touch()
    person.upload(request.config.rootpath / "tests" / "data" / "handbook.md")
    assert "The disk is full" in person.uploaded()
    assert person.page.locator("[data-doc]").count() == 1
    full.unlink()
    person.upload(request.config.rootpath / "tests" / "data" / "handbook.md")
    assert "1 document added" in person.uploaded()


def test_an_index_that_another_process_writes_is_named_and_asking_goes_on(anybody, small, request):
    data = request.config.rootpath / "tests" / "data"
    person = anybody(small)
    person.tab("Documents")
    person.upload(data / "handbook.md")
    with FileLock(person.folder / "index" / ".lock"):
        person.upload(data / "handbook.html")
        assert "are being indexed by another process: wait until it is done, then try again" in person.uploaded()
        person.shoot("index-locked")
        person.tab("Ask")
        assert "12 euros" in person.ask("What is the fee for mooring?").inner_text()
        person.tab("Documents")
    person.upload(data / "handbook.html")
    assert "1 document added" in person.uploaded()


def test_a_restart_of_the_server_loses_no_conversation(anybody, small):
    person = anybody(small)
    person.ask(QUESTION)
    small.stop()
    small.start()
    turn = person.ask("How many soldiers does NATO command?")
    assert turn.locator(".pc-abstained").count() == 1
    assert person.page.locator(".pc-turn").count() == 2, "the page that was open goes on"
    person.page.reload()
    person.page.wait_for_selector(".pc-turn")
    assert person.page.locator(".pc-turn").count() == 2
