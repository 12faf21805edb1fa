"""Text and Markdown: unchanged, with exact headings."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pincite.errors import DamagedDocument, EmptyDocument, UnsupportedFormat
from pincite.reading import RawDocument, read_file, read_text


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
    ],
)
def test_text_is_the_decoded_file_unchanged_but_for_the_mark(tmp_path: Path, encoding: str, mark: bytes) -> None:
    text = "First\r\nsecond\rthird\n\n\tnaïve 😀 \u2028 end \n"
    path = tmp_path / "a.txt"
    path.write_bytes(mark + text.encode(encoding))
    document = read_file(path)
    assert document.text == text
    assert document.doc_id == "a.txt"
    assert document.headings is None


GERMAN = "Die Größe der Häuser – „über“ Straßen führt zu Änderungen, die wir für möglich hielten.\n" * 4
ENGLISH = "The naïve façade of a résumé, in a long English text with few accents in its many words.\n" * 4
JAPANESE = "港の潮汐表によると、満潮は午前五時です。船は北岸に係留します。\n" * 5


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(GERMAN, "cp1252"), (ENGLISH, "cp1252"), (JAPANESE, "shift_jis")],
    ids=lambda value: value[:9],
)
def test_other_encodings_are_read_where_they_are_certain(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    assert read_file(path).text == text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"caf\xe9", "cannot be told"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "binary"),
        (b"all well\x00until here", "binary"),
        (b"\xff\xfea\x00b", "truncated"),
        (b"%PDF-1.7 text", "rename it to .pdf"),
        (b"\x01\x02\x03\x04 text", "binary"),
    ],
)
def test_what_is_no_certain_text_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(DamagedDocument, match=message):
        read_file(path)


@pytest.mark.parametrize("data", [b"", b" \r\n\t\n", codecs.BOM_UTF8])
def test_blank_is_empty(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(data)
    with pytest.raises(EmptyDocument):
        read_file(path)


def test_markdown_headings_are_exact(tmp_path: Path, headings: Callable[[RawDocument], list[Any]]) -> None:
    text = (
        "# One ##\r\ntext\r\n```\r\n# in a fence\r\n```\r\nSet\r\next\r\n===\r\n> # quoted\r\n- # listed\r\n\r\n#\r\n"
        "   ### Three `x` #\r\n    # code\r\n\r\nTwo\r\n---\r\n#no space\r\n"
    )
    path = tmp_path / "a.md"
    path.write_bytes(text.encode())
    document = read_file(path)
    assert document.text == text
    assert headings(document) == [(1, "One"), (1, "Set\r\next"), (3, "Three `x`"), (2, "Two")]


def test_front_matter_is_furniture_and_names_the_title(
    headings: Callable[[RawDocument], list[Any]], furniture: Callable[[RawDocument], list[Any]]
) -> None:
    text = "---\ntitle: 'The Harbour'\ntags: [a]\n---\n# Mooring\n"
    document = read_text(text, doc_id="a", media_type="text/markdown")
    assert (document.title, furniture(document)) == ("The Harbour", [text[: text.index("\n# Mooring")]])
    assert headings(document) == [(1, "Mooring")]


def test_a_rule_at_the_start_is_no_front_matter(headings: Callable[[RawDocument], list[Any]]) -> None:
    document = read_text("---\nSome prose.\n\n---\n# One\n", doc_id="a", media_type="text/markdown")
    assert document.furniture == ()
    assert headings(document) == [(1, "One")]


def test_text_from_python_is_checked() -> None:
    assert read_text("Hello", doc_id="a").text == "Hello"
    with pytest.raises(DamagedDocument, match="surrogate"):
        read_text("a\ud800", doc_id="a")
    with pytest.raises(UnsupportedFormat, match="text/markdown"):
        read_text("a", doc_id="a", media_type="image/png")
    with pytest.raises(EmptyDocument):
        read_text(" ", doc_id="a")
