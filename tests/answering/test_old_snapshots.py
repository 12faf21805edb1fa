"""What a server or page lets go of when another state of its index has taken the place of the last."""

import gc
import os
import threading
from pathlib import Path

import pytest
from contracts.cross_encoder import Unjudged

from pincite import Assistant, Index, make_document, update_index
from pincite.answering import CurrentAssistant
from pincite.encoding.hashing import HashingEncoder

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")

ENCODER = HashingEncoder(dim=32)
UPDATES = 50


def held(folder):
    """Return the files below ``folder`` that this process has open, and those that it has mapped."""
    opened = []
    for link in Path("/proc/self/fd").iterdir():
        try:
            opened.append(os.readlink(link))  # noqa: PTH115 - a deleted file's name is no path
        except FileNotFoundError:  # the listing's own
            continue
    mapped = [line.split(maxsplit=5)[-1] for line in Path("/proc/self/maps").read_text().splitlines()]
    return [[name.strip() for name in names if str(folder) in name] for names in (opened, mapped)]


def note(turn):
    text = f"# Note\n\nThe mill closes in {1900 + turn}. It grinds {turn + 10} sacks of flour a day.\n"
    return make_document(text, doc_id="note.md", media_type="text/markdown")


@pytest.fixture
def without_collection():
    """Have nothing freed but what nobody refers to any more, so that no cycle hides."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.slow
def test_fifty_updates_under_searches_leave_one_generation_open(tmp_path, without_collection):
    folder = tmp_path / "index"
    update_index(folder, documents=[note(0)], encoder=ENCODER)
    current = CurrentAssistant(folder, ENCODER, lambda index: Assistant(index, threshold=0.0, cross_encoder=Unjudged()))
    current()
    opened_at_first, mapped_at_first = (len(names) for names in held(folder))
    assert opened_at_first
    assert mapped_at_first
    stop, wrong, asked = threading.Event(), [], [0]

    def ask():
        while not stop.is_set():
            try:
                assistant = current()
                answer = assistant.ask("When does the mill close?")
                for citation in answer.citations:
                    document = assistant.index.document(citation.doc_id)
                    if document.text[citation.span.start : citation.span.end] != citation.quote:
                        wrong.append(citation)
                asked[0] += 1
            except Exception as error:
                wrong.append(repr(error))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for turn in range(1, UPDATES + 1):
        update_index(folder, documents=[note(turn)], encoder=ENCODER)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert asked[0] > UPDATES
    answer = current().ask("When does the mill close?")
    assert str(1900 + UPDATES) in answer.text
    opened, mapped = held(folder)
    assert [name for name in opened + mapped if name.endswith("(deleted)")] == []
    # The vectors went into memory with the first search, so that there may be one file less, never one more.
    assert len(opened) <= opened_at_first
    assert len(mapped) <= mapped_at_first
    assert len(list(folder.glob("generation-*"))) == 1


def test_closing_an_index_lets_go_of_every_file(tmp_path, without_collection):
    folder = tmp_path / "index"
    update_index(folder, documents=[note(1)], encoder=ENCODER)
    index = Index.open(folder, encoder=ENCODER)
    assistant = Assistant(index, threshold=0.0, cross_encoder=Unjudged())
    assert assistant.ask("When does the mill close?").citations
    assert held(folder) != [[], []]
    index.close()
    assert held(folder) == [[], []]
    with pytest.raises(ValueError, match="closed"):
        assistant.ask("When does the mill close?")
    index.close()
