"""Pages of a PDF as pictures, whatever the PDF is."""

import threading
from concurrent.futures import wait
from pathlib import Path

import pytest
from confining.hostile import nested_forms_pdf

from pincite import PinciteError, ReadingLimits

pytest.importorskip("gradio")

from pincite_ui import pages
from pincite_ui.pages import PagePictures

GOOD = Path(__file__).parents[1] / "data" / "handbook.pdf"


@pytest.fixture
def pictures():
    made = PagePictures(ReadingLimits(memory_bytes=300_000_000, seconds=2))
    yield made
    made.close()


def test_a_page_that_takes_too_long_is_refused_and_others_are_drawn(pictures, tmp_path):
    slow = tmp_path / "slow.pdf"
    slow.write_bytes(nested_forms_pdf())
    drawing = [pictures.draw(slow, 1) for _ in range(3)]
    for each in drawing:
        with pytest.raises(PinciteError, match=r"^slow\.pdf: takes (?:longer to read than 2 s|more memory to read)"):
            each.result(60)
    assert pictures.draw(GOOD, 1).result(60).startswith(b"\x89PNG")
    # It took its time once; after that it was known.
    assert len(pictures._refused) == 1
    with pytest.raises(PinciteError, match="has 2 pages, asked for page 9"):
        pictures.draw(GOOD, 9).result(60)


def test_no_more_pages_wait_than_can_be_drawn(pictures, monkeypatch):
    monkeypatch.setattr(pages, "MOST_WAITING", 2)
    over = threading.Event()
    monkeypatch.setattr(pictures, "_drawn", lambda path, number: over.wait(60))
    drawing = [pictures.draw(GOOD, 1) for _ in range(2)]
    with pytest.raises(PinciteError, match="too many pages"):
        pictures.draw(GOOD, 2)
    over.set()
    wait(drawing, 60)
    assert pictures.draw(GOOD, 2).result(60)
