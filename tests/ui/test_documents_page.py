"""Adding documents in the browser, asking about them, looking at them, removing them."""

import re
import shutil
from pathlib import Path

import pytest

pytestmark = [pytest.mark.ui, pytest.mark.model]

FEE = "What is the fee for mooring?"
FORMATS = ("docx", "epub", "html", "ipynb", "md", "pdf", "pptx", "rtf")


@pytest.fixture
def handbooks(request):
    return request.config.rootpath / "tests" / "data"


def rows(person):
    return person.page.eval_on_selector_all("[data-doc]", "all => all.map(each => each.dataset.doc)")


@pytest.mark.parametrize("suffix", FORMATS)
def test_each_format_is_added_asked_about_and_shown(person, handbooks, suffix):
    person.tab("Documents")
    person.upload(handbooks / f"handbook.{suffix}")
    assert rows(person) == [f"handbook.{suffix}", "nato-defense-policies.txt"]
    assert "yours" in person.page.locator(f'[data-doc="handbook.{suffix}"]').inner_text()
    person.tab("Ask")
    turn = person.ask(FEE)
    assert "12 euros" in turn.locator(".pc-said").inner_text()
    person.cite(turn)
    if suffix == "pdf":
        person.page.get_by_role("button", name="Text", exact=True).click()
        person.page.wait_for_selector('.pc-text [data-label="1"]')
    assert "12" in person.marked(1)
    assert person.marked(1).split() == turn.locator(".pc-said").inner_text().rsplit(maxsplit=1)[0].split()


def test_a_pdf_page_is_shown_with_the_cited_characters_boxed(person, handbooks):
    person.tab("Documents")
    person.upload(handbooks / "handbook.pdf")
    person.tab("Ask")
    person.cite(person.ask(FEE))
    page = person.page
    picture = page.locator(".pc-page img").first
    page.wait_for_function("() => document.querySelector('.pc-page img')?.naturalWidth > 500")
    box = page.locator('[data-box="1"]').first.bounding_box()
    sheet = picture.bounding_box()
    assert sheet["x"] <= box["x"] < box["x"] + box["width"] <= sheet["x"] + sheet["width"]
    assert sheet["y"] <= box["y"] < box["y"] + box["height"] <= sheet["y"] + sheet["height"]
    person.shoot("pdf")


def test_what_cannot_be_read_is_named_and_the_rest_is_added(person, handbooks, tmp_path):
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 broken")
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "program").write_bytes(b"\x7fELF\x00\x00")
    shutil.copy(handbooks / "handbook.md", tmp_path / "fine.md")
    person.tab("Documents")
    person.upload(*sorted(tmp_path.iterdir()))
    refused = person.page.locator(".pc-documents .pc-error").inner_text()
    assert all(name in refused for name in ("broken.pdf", "empty.txt", "program"))
    assert rows(person) == ["fine.md", "nato-defense-policies.txt"]
    person.shoot("refused")


def test_a_document_of_the_same_name_as_a_shipped_one_gets_another(person, tmp_path):
    (tmp_path / "nato-defense-policies.txt").write_text("Ferries\n\nThe ferry leaves at nine.\n", "utf-8")
    person.tab("Documents")
    person.upload(tmp_path / "nato-defense-policies.txt")
    assert rows(person) == ["nato-defense-policies (yours).txt", "nato-defense-policies.txt"]


def test_a_removed_document_answers_no_more(person, handbooks):
    person.tab("Documents")
    person.upload(handbooks / "handbook.md")
    person.shoot("documents")
    person.page.locator('[data-doc="handbook.md"]').get_by_role("button", name="Remove").click()
    person.page.wait_for_selector('[data-doc="handbook.md"]', state="detached")
    assert rows(person) == ["nato-defense-policies.txt"]
    person.tab("Ask")
    assert person.ask(FEE).locator(".pc-abstained").count() == 1


def test_a_citation_of_a_removed_document_says_so_and_the_conversation_stays(person, handbooks):
    person.tab("Documents")
    person.upload(handbooks / "handbook.md")
    person.tab("Ask")
    person.ask(FEE)
    person.tab("Documents")
    person.page.locator('[data-doc="handbook.md"]').get_by_role("button", name="Remove").click()
    person.page.wait_for_selector('[data-doc="handbook.md"]', state="detached")
    person.tab("Ask")
    person.page.locator(".pc-said [data-cite]").first.click()
    person.page.get_by_text("is not among your documents any more").wait_for()
    assert person.page.locator(".pc-turn").count() == 1


def test_a_document_is_opened_from_the_list(person):
    person.tab("Documents")
    person.page.locator("[data-doc] .pc-link").first.click()
    person.page.wait_for_selector(".pc-text h3")
    assert person.page.locator(".pc-source-title h2").inner_text().startswith("NATO Defense Policies")


def test_what_one_person_adds_another_does_not_see(person, anybody, handbooks):
    person.tab("Documents")
    person.upload(handbooks / "handbook.md")
    person.tab("Ask")
    person.ask(FEE)
    other = anybody()
    other.tab("Documents")
    assert rows(other) == ["nato-defense-policies.txt"]
    other.tab("Ask")
    assert other.page.locator(".pc-turn, .pc-conversation").count() == 0
    assert other.ask(FEE).locator(".pc-abstained").count() == 1
    assert "12 euros" in person.ask(FEE).inner_text()


WATCH = """() => {
  window.stages = [];
  new MutationObserver(() => {
    const bar = document.querySelector(".pc-documents .pc-progress");
    if (bar) window.stages.push([bar.querySelector("span").textContent, bar.querySelector("progress").value]);
  }).observe(document.querySelector(".pc-documents"), { childList: true, subtree: true });
}"""


@pytest.fixture
def shelf(tmp_path):
    """Make a folder of books that take some time."""
    folder = tmp_path / "shelf"
    (folder / "upper").mkdir(parents=True)
    for n in range(30):
        text = "\n\n".join(f"Chapter {k}\n\nFerry {k} of line {n} leaves the harbour at {k % 24}." for k in range(40))
        (folder / ("upper" if n % 2 else ".") / f"line-{n}.txt").write_text(text, "utf-8")
    return folder


def test_a_folder_is_added_with_a_bar_that_says_stage_and_count(person, shelf):
    person.tab("Documents")
    person.page.evaluate(WATCH)
    person.upload(shelf, through="#pc-folder")
    assert "30 documents added" in person.uploaded()
    held = rows(person)
    assert {"shelf/line-0.txt", "shelf/upper/line-1.txt"} <= set(held)
    assert len(held) == 31
    stages = person.page.evaluate("window.stages")
    assert any(re.fullmatch(r"Reading: \d+ of 30 files", said) for said, _ in stages), stages
    encoding = [share for said, share in stages if re.fullmatch(r"Encoding: \d+ of \d+ passages", said)]
    assert len(encoding) > 1, stages
    assert encoding == sorted(encoding), "the bar never goes back"
    sizes = person.page.locator('[data-doc="shelf/line-0.txt"] td').all_inner_texts()
    assert int(sizes[0]) > 1, "sections"
    assert int(sizes[1]) >= 1, "passages"


# A test cannot drop a real folder: these are what the browser would hand over.
DROP = """() => {
  const file = (path, text) => ({
    isFile: true,
    fullPath: path,
    file: (done) => done(new File([text], path.split("/").at(-1), { type: "text/plain" })),
  });
  const folder = (path, entries) => {
    const waiting = [entries, []];
    const createReader = () => ({ readEntries: (done) => done(waiting.shift()) });
    return { isFile: false, isDirectory: true, fullPath: path, createReader };
  };
  const end = folder("/pier/end", [file("/pier/end/a.txt", "Two ferries.")]);
  const pier = folder("/pier", [file("/pier/a.txt", "A ferry."), end]);
  const event = new DragEvent("drop", { bubbles: true, cancelable: true });
  const items = [{ webkitGetAsEntry: () => pier }];
  Object.defineProperty(event, "dataTransfer", { value: { files: [], items } });
  document.querySelector("#pc-upload button").dispatchEvent(event);
}"""


def test_a_folder_is_dropped_among_the_files(person):
    person.tab("Documents")
    person.page.evaluate(DROP)
    assert "2 documents added" in person.uploaded()
    assert rows(person) == ["nato-defense-policies.txt", "pier/a.txt", "pier/end/a.txt"]


def test_names_are_believed_where_they_fit_and_never_alike():
    from pincite_ui.documents import names

    paths = [Path("/t/1/a.txt"), Path("/t/2/a.txt"), Path("/t/3/b.txt")]
    assert names(paths) == ["a.txt", "a (2).txt", "b.txt"]
    assert names(paths, '["x/a.txt", "x/y/a.txt", "b.txt"]') == ["x/a.txt", "x/y/a.txt", "b.txt"]
    for other in ("", "{", "[]", '["a.txt"]', "[1, 2, 3]", '["z.md", "z", "z.md"]'):
        assert names(paths, other) == ["a.txt", "a (2).txt", "b.txt"]


def test_adding_is_stopped_and_nothing_stays(person, shelf, handbooks):
    person.tab("Documents")
    person.upload(shelf, through="#pc-folder", wait=False)
    person.page.get_by_role("button", name="Stop", exact=True).click()
    assert person.uploaded() == "Stopped: nothing was added."
    assert rows(person) == ["nato-defense-policies.txt"]
    assert list((person.folder / "uploads").rglob("*.txt")) == []
    person.upload(handbooks / "handbook.md")
    assert "1 document added" in person.uploaded(), "the work has ended and made room"


def test_too_many_or_too_large_files_are_refused_with_a_sentence(person, tmp_path):
    many = tmp_path / "many"
    many.mkdir()
    for n in range(501):
        (many / f"{n}.txt").write_text(f"Ferry {n}.", "utf-8")
    person.tab("Documents")
    person.upload(many, through="#pc-folder")
    assert "501 files at once: add at most 500 at a time" in person.uploaded()
    assert rows(person) == ["nato-defense-policies.txt"]
    with (tmp_path / "large.txt").open("wb") as file:
        file.truncate(100_000_001)
    person.upload(tmp_path / "large.txt", wait=False)
    person.page.get_by_text(re.compile("File size exceeds|larger than 100 MB|maximum allowed size")).first.wait_for()
    assert rows(person) == ["nato-defense-policies.txt"]
