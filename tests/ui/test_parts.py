"""Parts of the page that need no browser."""

import errno
import os
import threading

import pytest

pytest.importorskip("gradio")

from pincite import Index, PinciteError, make_document, update_index
from pincite.encoding.hashing import HashingEncoder
from pincite.web.limits import KeepingLimits
from pincite_ui.conversations import ChatTurn, Conversations
from pincite_ui.jobs import Job, JobStopped
from pincite_ui.library import Library
from pincite_ui.serving import may_choose_model
from pincite_ui.wording import sentence

pytestmark = [pytest.mark.ui]


def kept(conversations, question):
    conversation = conversations.new()
    conversation.turns.append(ChatTurn("t", question, "done"))
    conversations.save(conversation)
    return conversation


def test_conversations_are_listed_by_their_last_change(tmp_path):
    conversations = Conversations(tmp_path)
    first, second = kept(conversations, "First?"), kept(conversations, "Second?")
    assert [each.title for each in conversations.headings()] == ["Second?", "First?"]
    conversations.rename(first.conversation_id, "Again")
    assert [each.title for each in conversations.headings()] == ["Again", "Second?"]
    assert conversations.latest().conversation_id == first.conversation_id
    conversations.delete(first.conversation_id)
    (tmp_path / "damaged.json").write_text("{")
    assert [each.title for each in conversations.headings()] == ["Second?"]
    assert conversations.latest().conversation_id == second.conversation_id


@pytest.mark.parametrize("conversation_id", ["../settings", "a/b", "", ".", "\u0661", "x" * 3000])
def test_an_id_from_the_page_names_no_other_file(tmp_path, conversation_id):
    (tmp_path / "settings.json").write_text('{"conversation_id": "x", "turns": []}')
    conversations = Conversations(tmp_path / "conversations")
    assert conversations.load(conversation_id) is None


def test_a_stopped_job_does_no_more_work():
    begun, done = threading.Event(), []

    def work(report):
        for n in range(1_000_000):
            report(n)
            done.append(n)
            begun.set()

    job = Job(work).start()
    assert begun.wait(10)
    job.stop()
    with pytest.raises(JobStopped):
        list(job.reports())
    assert not job.running
    assert len(done) < 1_000_000


def test_errors_say_what_to_do():
    assert "free some space" in sentence(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert "check its permissions" in sentence(PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    assert "try again" in sentence(RuntimeError("<secret>"))
    assert "secret" not in sentence(RuntimeError("<secret>"))


@pytest.mark.parametrize("made", ["../../notes.txt", "absolute"])
def test_a_document_of_another_name_is_removed_and_no_file_outside(tmp_path, made):
    """An index made elsewhere may call a document anything."""
    outside = tmp_path / "notes.txt"
    outside.write_text("Nobody's but mine.")
    doc_id = str(outside) if made == "absolute" else made
    documents = [make_document("The ferry leaves at nine.", doc_id=each) for each in (doc_id, "ferry.txt")]
    update_index(tmp_path / "index", documents=documents, encoder=HashingEncoder())
    with Index.open(tmp_path / "index", encoder=HashingEncoder()) as index:
        library = Library(index, tmp_path / "index", tmp_path / "visitor", HashingEncoder())
        (tmp_path / "visitor" / "uploads").mkdir(parents=True)
        assert not library.is_own(doc_id)
        library.remove(doc_id)
        assert library.index.doc_ids == ("ferry.txt",)
    assert outside.exists()


def test_what_is_kept_for_visitors_has_bounds(tmp_path):
    """Of one visitor, and of how many: else whoever knows the password fills the disk."""
    update_index(tmp_path / "index", documents=[make_document("A.", doc_id="a.txt")], encoder=HashingEncoder())
    given = tmp_path / "ferry.txt"
    given.write_text("The ferry leaves at nine. " * 10)
    with Index.open(tmp_path / "index", encoder=HashingEncoder()) as index:

        def visitor(name):
            keeping = KeepingLimits(visitor_bytes=400, visitors=2)
            return Library(index, tmp_path / "index", tmp_path / "visitors" / name, HashingEncoder(), keeping=keeping)

        first = visitor("one")
        assert first.add([(given, "ferry.txt")]).added == ("ferry.txt",)
        with pytest.raises(PinciteError, match="would be kept for you: remove documents first"):
            first.add([(given, "again.txt")])
        first.remove("ferry.txt")
        assert first.add([(given, "again.txt")]).added == ("again.txt",)
        visitor("two").add([(given, "ferry.txt")])
        with pytest.raises(PinciteError, match=r"documents of 2 visitors are kept here.*--visitors"):
            visitor("three").add([(given, "ferry.txt")])
        assert not (tmp_path / "visitors" / "three").exists()
        first.remove("again.txt")
        assert visitor("one").add([(given, "ferry.txt")]).added == ("ferry.txt",)


@pytest.mark.parametrize(
    ("host", "password", "may"),
    [("127.0.0.1", None, True), ("127.0.0.1", "secret", False), ("0.0.0.0", "secret", False), ("localhost", "", True)],
)
def test_who_may_choose_a_language_model(host, password, may):
    """A password is for others: behind a proxy on this machine they would have any of its addresses asked."""
    assert may_choose_model(host, password) == may
