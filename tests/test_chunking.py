from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pincite.chunking import chunk_document
from pincite.reading.base import RawDocument
from pincite.sections import to_document
from pincite.types import Chunk, Document, Heading, Page, Span

TEXT = st.lists(
    st.sampled_from(
        [
            "Heading Line",
            "Some words here. And more, of them; yes.",
            "\n",
            "\n\n",
            "• item\n",
            "1. Term. It is.",
            "你好吗。",
            "这是没有标点的长句子",
            "x" * 50,
            "\u200b",
            "\r\n\r\n",
            "Scroll to Top",
            "  ",
            "```\na = 1\nb = 2\n```\n",
        ]
    )
    | st.text(max_size=8),
    max_size=25,
).map("".join)


def words(text: str) -> list[Span]:
    """Tokenise as a word-piece model does: pieces of up to four characters, CJK and punctuation singly."""
    return [Span(*m.span()) for m in re.finditer(r"[a-zA-Z0-9]{1,4}|[^\w\s\u200b]|[^\W\da-zA-Z]|_", text)]


def leading_space(text: str) -> list[Span]:
    """Tokenise as byte-level models do: the space belongs to the word, a rare character is several tokens."""
    spans = []
    for m in re.finditer(r"\s?[^\s]+|\s+", text):
        spans += [Span(*m.span())] * (1 if m.group().isascii() else 2)
    return spans


def document(text: str, **more: object) -> Document:
    return to_document(RawDocument("d.txt", text, **more))


def check(doc: Document, chunks: tuple[Chunk, ...]) -> None:
    covered = [i for chunk in chunks for i in range(chunk.span.start, chunk.span.end)]
    assert covered == sorted(set(covered))
    furniture = {i for span in doc.furniture for i in range(span.start, span.end)}
    assert furniture.isdisjoint(covered)
    assert {i for i, char in enumerate(doc.text) if not char.isspace()} - furniture <= set(covered)
    own = [(s.path, Span((s.heading or s.body).start, s.body.end)) for s in doc.root.walk()]
    for chunk in chunks:
        assert chunk.text == doc.text[chunk.span.start : chunk.span.end] == chunk.text.strip() != ""
        assert chunk.chunk_id == f"d.txt#{chunk.span.start}-{chunk.span.end}"
        assert any(path == chunk.section and span.covers(chunk.span) for path, span in own), chunk


@given(TEXT, st.sampled_from([1, 3, 8, 40]), st.sampled_from([None, 1, 30]))
def test_every_indexed_character_lies_in_exactly_one_chunk_within_the_limits(text, max_tokens, max_chars) -> None:
    doc = document(text)
    chunks = chunk_document(doc, token_spans=words, max_tokens=max_tokens, max_chars=max_chars)
    check(doc, chunks)
    for chunk in chunks:
        assert len(words(chunk.text)) <= max_tokens, chunk
        assert len(chunk.text) <= (max_chars or 10 * max_tokens), chunk


@given(TEXT)
def test_tokens_that_hold_spaces_or_share_a_character_lose_nothing(text) -> None:
    doc = document(text)
    check(doc, chunk_document(doc, token_spans=leading_space, max_tokens=6))


def texts(text: str, max_tokens: int, **more: object) -> list[str]:
    return [chunk.text for chunk in chunk_document(document(text, **more), token_spans=words, max_tokens=max_tokens)]


def test_cuts_fall_between_sentences_not_after_abbreviations() -> None:
    text = "Mr. Fox of the U.S. won it all. He went to bed by ten, then rose. It was not a dream."
    assert texts(text, 14) == [
        "Mr. Fox of the U.S. won it all.",
        "He went to bed by ten, then rose.",
        "It was not a dream.",
    ]


def test_small_paragraphs_are_packed_and_large_ones_cut_evenly() -> None:
    assert texts("One two.\n\nThree four.\n\nFive six.", 40) == ["One two.\n\nThree four.\n\nFive six."]
    pieces = texts(" ".join(f"Word numb {i:03}." for i in range(22)), 50)
    assert [len(words(piece)) for piece in pieces] == [44, 44]


def test_a_heading_goes_with_its_text_and_one_without_text_stays_in_its_own_section() -> None:
    text = "T\n\nA\n\nB\n\none two\n\nC\n\nthree"
    marks = tuple(Heading(Span(text.index(c), text.index(c) + 1), level) for c, level in (("A", 1), ("B", 2), ("C", 1)))
    chunks = chunk_document(document(text, headings=marks), token_spans=words, max_tokens=20)
    assert [(c.section[1:], c.text) for c in chunks] == [
        ((), "T"),
        (("A",), "A"),
        (("A", "B"), "B\n\none two"),
        (("C",), "C\n\nthree"),
    ]


def test_a_heading_is_never_alone_when_a_sentence_fits_beside_it() -> None:
    text = "Head Line\n\nOne two three. Four five six. Seven nine ten."
    assert texts(text, 8, headings=(Heading(Span(0, 9), 1),))[0] == "Head Line\n\nOne two three."


def test_a_list_stays_with_the_line_that_introduces_it() -> None:
    text = "One two three. Four five six.\n\nIt has these:\n\n• aa bb\n• cc dd\n"
    assert texts(text, 12) == ["One two three. Four five six.", "It has these:\n\n• aa bb\n• cc dd"]


def test_code_and_tables_are_cut_between_lines() -> None:
    assert texts("```\na = b. C\nd = e. F\n```", 9) == ["```\na = b. C", "d = e. F\n```"]
    rows = texts("| a | b. C |\n| d | e. F |\n| g | h. I |", 8)
    assert rows == ["| a | b. C |", "| d | e. F |", "| g | h. I |"]
    rows = texts("A: a | B: b. C\nA: d | B: e. F\nA: g | B: h. I", 9)
    assert rows == ["A: a | B: b. C", "A: d | B: e. F", "A: g | B: h. I"]


def test_scripts_without_spaces_are_cut_at_sentence_ends() -> None:
    assert texts("他说得很好。你听到了吗？我没有。", 8) == ["他说得很好。", "你听到了吗？", "我没有。"]


def test_furniture_is_left_out_and_the_page_is_known() -> None:
    text = "First page text\n\nScroll to Top\n\nSecond page text"
    pages = (Page(1, Span(0, 17), 1, 1), Page(2, Span(17, len(text)), 1, 1))
    chunks = chunk_document(document(text, headings=(), pages=pages), token_spans=words, max_tokens=50)
    assert [(c.text, c.page) for c in chunks] == [("First page text", 1), ("Second page text", 2)]


def test_a_text_the_encoder_gives_up_on_is_cut_all_the_same() -> None:
    chunks = chunk_document(document("y" * 5000), token_spans=lambda text: [Span(0, len(text))], max_tokens=10)
    assert "".join(chunk.text for chunk in chunks) == "y" * 5000
    assert max(len(chunk.text) for chunk in chunks) <= 100


def test_an_empty_text_has_no_chunks() -> None:
    assert texts(" \n\n", 10) == []


def test_a_limit_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="max_tokens=0"):
        chunk_document(document("a"), token_spans=words, max_tokens=0)
