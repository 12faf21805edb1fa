from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pincite.reading.base import RawDocument
from pincite.sections import read_document, to_document
from pincite.sections.tree import title_from_id
from pincite.types import Document, Heading, Section, Span

DATA = Path(__file__).resolve().parent.parent / "data"
LINES = st.sampled_from(
    [
        "Short Heading",
        "1. First",
        "2. Second. Then more text.",
        "ARTICLE I",
        "Exhibit B",
        "1.1 Sub",
        "• item",
        "",
        "",
        "",
        "Scroll to Top",
        "A much longer line of prose that ends as a sentence does, after quite a number of words.",
        "§ 3 Law",
        "他说过的话很多很多。",
        "IV. Roman",
        "B. Letter",
        "\t",
        "Name: ____",
    ]
)
TEXTS = st.lists(LINES | st.text(max_size=12), max_size=25).map("\n".join)


@st.composite
def marked(draw: st.DrawFn) -> RawDocument:
    text = draw(st.text(alphabet="ab #\n", min_size=1, max_size=60))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    headings = tuple(Heading(Span(a, b), draw(st.integers(1, 6))) for a, b in pairs)
    return RawDocument("a.md", text, headings=headings)


def check(document: Document) -> None:
    text, root = document.text, document.root
    assert root.span == Span(0, len(text))
    covered: list[int] = []

    def visit(section: Section) -> None:
        position = section.span.start
        if section.heading:
            assert section.span.covers(section.heading)
            covered.extend(range(section.heading.start, section.heading.end))
            position = section.heading.end
        assert section.body.start >= position
        covered.extend(range(section.body.start, section.body.end))
        position = section.body.end
        for child in section.children:
            assert child.span.start == position
            assert child.path[:-1] == section.path
            visit(child)
            position = child.span.end
        assert position == section.span.end

    visit(root)
    assert len(covered) == len(set(covered))
    furniture = {i for span in document.furniture for i in range(span.start, span.end)}
    assert {i for i, char in enumerate(text) if not char.isspace()} - furniture <= set(covered)


@given(TEXTS)
def test_plain_text_becomes_a_sound_tree(text: str) -> None:
    check(to_document(RawDocument("a.txt", text)))


@given(marked())
def test_marked_headings_become_a_sound_tree(raw: RawDocument) -> None:
    check(to_document(raw))


def headings(text: str) -> tuple[Heading, ...]:
    found, offset = [], 0
    for line in text.splitlines(keepends=True):
        level = len(line) - len(line.lstrip("#"))
        if level:
            found.append(Heading(Span(offset, offset + len(line.rstrip())), level))
        offset += len(line)
    return tuple(found)


def test_levels_nest_and_may_be_skipped() -> None:
    text = "# Top\nintro\n### Deep\nx\n## Mid\ny\n#### Low\nz\n## Last"
    root = to_document(RawDocument("a.md", text, headings=headings(text))).root
    assert [s.path for s in root.walk()] == [
        ("Top",),
        ("Top", "Deep"),
        ("Top", "Mid"),
        ("Top", "Mid", "Low"),
        ("Top", "Last"),
    ]
    assert text[root.body.start : root.body.end] == "\nintro\n"


def test_the_marks_of_a_heading_belong_to_it() -> None:
    text = "# Top #\nintro\n\nMid\nway\n---\nx\n## Low\ny"
    marks = tuple(
        Heading(Span(text.index(words), text.index(words) + len(words)), level)
        for words, level in (("Top", 1), ("Mid\nway", 2), ("Low", 2))
    )
    root = to_document(RawDocument("a.md", text, headings=marks)).root
    assert [s.title for s in root.walk()] == ["Top", "Mid way", "Low"]
    assert [text[s.heading.start : s.heading.end] for s in root.walk()] == ["# Top #", "Mid\nway\n---", "## Low"]
    assert [text[s.body.start : s.body.end] for s in root.walk()] == ["\nintro\n\n", "\nx\n", "\ny"]


def test_two_headings_of_the_highest_level_leave_the_root_to_the_title() -> None:
    text = "# A\nx\n# B\ny"
    document = to_document(RawDocument("a.md", text, title="The  Book", headings=headings(text)))
    assert [s.path for s in document.root.walk()] == [("The Book",), ("The Book", "A"), ("The Book", "B")]
    assert document.root.heading is None


def test_a_first_heading_that_repeats_the_title_is_the_root_whatever_its_rank() -> None:
    text = "# The book\nx\n# B\ny\n## C\nz"
    document = to_document(RawDocument("a.md", text, title="The  Book", headings=headings(text)))
    assert [s.path[1:] for s in document.root.walk()] == [(), ("B",), ("B", "C")]
    assert document.title == "The book"


@pytest.mark.parametrize("suffix", ["docx", "epub", "html", "pdf", "pptx"])
def test_the_title_of_a_file_is_not_its_own_subsection(suffix: str) -> None:
    document = read_document(DATA / f"handbook.{suffix}")
    assert document.title == "The Harbour Handbook"
    assert [section.title for section in document.root.children][:2] == ["Mooring", "Leaving"]


def test_text_before_the_first_heading_belongs_to_the_root() -> None:
    text = "preface\n# A\nx"
    root = to_document(RawDocument("my_file.md", text, headings=headings(text))).root
    assert (root.title, text[root.body.start : root.body.end]) == ("my file", "preface\n")


def test_furniture_before_the_title_does_not_stop_it_from_being_the_root() -> None:
    text = "Skip to content\n\n# A\nx"
    document = to_document(RawDocument("a.md", text, headings=headings(text)))
    assert document.title == "A"
    assert [document.quote(s) for s in document.furniture] == ["Skip to content"]


def test_depth_is_no_danger() -> None:
    marks = tuple(Heading(Span(2 * i, 2 * i + 1), i + 1) for i in range(300))
    assert sum(1 for _ in to_document(RawDocument("a.md", "x\n" * 300, headings=marks)).root.walk()) == 300


def test_title_from_id() -> None:
    assert title_from_id("a/annual-report_2024%20final.txt") == "annual report 2024 final"
    assert title_from_id(".txt") == ".txt"
