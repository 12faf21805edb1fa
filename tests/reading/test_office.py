"""Word, PowerPoint, RTF, EPUB and notebooks, as pandoc writes them and as attackers might."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from pincite.errors import DamagedDocument, DocumentTooLarge, EncryptedDocument, UnsupportedFormat
from pincite.reading import RawDocument, archives, docx_lists, read_file

SECTIONS = [(2, "Mooring"), (3, "Lines and knots"), (3, "Tides"), (2, "Leaving")]
PROSE = "Boats moor at the north quay. The fee is 12 euros a night."


def test_word_keeps_levels_lists_tables_and_notes(data: Path, headings: Callable[[RawDocument], list[Any]]) -> None:
    document = read_file(data / "handbook.docx")
    assert headings(document) == [(1, "The Harbour Handbook"), *SECTIONS]
    assert document.title == "The Harbour Handbook"
    assert f"{PROSE}[1]\n\nLines and knots\n\nUse these knots:\n\n1. bowline\n2. clove hitch\n" in document.text
    assert "Port | High water | Range\nBrest | 05:12 | 6.1 m\nRoscoff | 06:03 | 8.4 m\n\nLeaving" in document.text
    assert document.text.endswith("[1] Paid at the kiosk.")


def test_word_takes_changes_as_accepted_and_leaves_hidden_text_out(tmp_path: Path) -> None:
    word = docx.Document()
    body = word.element.body
    body.insert(
        0,
        parse_xml(
            f"<w:p {nsdecls('w')}><w:r><w:t xml:space='preserve'>kept </w:t></w:r>"
            "<w:ins><w:r><w:t>added</w:t></w:r></w:ins>"
            "<w:del><w:r><w:delText>deleted</w:delText></w:r></w:del><w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>"
            "<w:r><w:tab/><w:t>after</w:t></w:r></w:p>"
        ),
    )
    body.insert(
        1,
        parse_xml(
            f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>in a control</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        ),
    )
    path = tmp_path / "a.docx"
    word.save(str(path))
    assert read_file(path).text == "kept added\tafter\n\nin a control"


def test_word_heading_levels_come_from_outline_levels_too(
    tmp_path: Path, headings: Callable[[RawDocument], list[Any]]
) -> None:
    word = docx.Document()
    paragraph = word.add_paragraph("Clause")
    paragraph._p.get_or_add_pPr().append(parse_xml(f"<w:outlineLvl {nsdecls('w')} w:val='2'/>"))
    word.add_heading("Heading", 2)
    word.add_paragraph("Text")
    path = tmp_path / "a.docx"
    word.save(str(path))
    assert headings(read_file(path)) == [(3, "Clause"), (2, "Heading")]


@pytest.mark.parametrize(
    ("count", "style", "shown"),
    [
        (27, "lowerLetter", "aa"),
        (3, "upperLetter", "C"),
        (14, "lowerRoman", "xiv"),
        (4, "upperRoman", "IV"),
        (7, "decimalZero", "07"),
        (12, "decimal", "12"),
        (10**12, "lowerLetter", "1000000000000"),
    ],
)
def test_word_numbers_are_written_as_word_shows_them(count: int, style: str, shown: str) -> None:
    assert docx_lists._format(count, style) == shown


def test_slides_are_pages_with_titles(data: Path, headings: Callable[[RawDocument], list[Any]]) -> None:
    document = read_file(data / "handbook.pptx")
    assert headings(document) == [(1, title) for title in ("The Harbour Handbook", "Mooring", "Leaving", "Notes")]
    assert [document.text[page.span.start :].split("\n")[0] for page in document.pages] == [
        "The Harbour Handbook",
        "Mooring",
        "Leaving",
        "Notes",
    ]
    assert {(page.width, page.height) for page in document.pages} == {(720, 405)}
    assert "Brest | 05:12 | 6.1 m" in document.text


def test_a_book_is_read_along_its_spine(data: Path, headings: Callable[[RawDocument], list[Any]]) -> None:
    document = read_file(data / "handbook.epub")
    assert headings(document)[1:] == [(level - 1, words) for level, words in SECTIONS]
    assert document.title == "The Harbour Handbook"


def test_xhtml_may_close_any_element_in_its_tag(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    with zipfile.ZipFile(data / "handbook.epub") as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name.endswith("ch001.xhtml"):
                part = part.replace(b"<head>", b"<head><title/><script src='x'/>")
            target.writestr(name, part)
    assert PROSE in read_file(path).text


def test_rtf_has_its_words_and_outline(
    data: Path, tmp_path: Path, headings: Callable[[RawDocument], list[Any]]
) -> None:
    document = read_file(data / "handbook.rtf")
    assert PROSE in document.text
    assert headings(document) == [(level - 1, words) for level, words in SECTIONS]
    path = tmp_path / "a.rtf"
    path.write_bytes((data / "handbook.rtf").read_bytes()[:900])
    with pytest.raises(DamagedDocument, match="truncated"):
        read_file(path)


def test_rtf_without_outline_is_plain_text(tmp_path: Path) -> None:
    path = tmp_path / "a.rtf"
    path.write_text(r"{\rtf1\ansi {\stylesheet{\s1\outlinelevel0 heading 1;}}\pard\outlinelevel9 Port \'e9 x\par}")
    document = read_file(path)
    assert (document.text.strip(), document.headings) == ("Port é x", None)


def test_a_notebook_has_its_markdown_code_and_outputs(
    tmp_path: Path, headings: Callable[[RawDocument], list[Any]]
) -> None:
    outputs = [
        {"output_type": "stream", "text": ["4\n"]},
        {"output_type": "execute_result", "data": {"text/plain": "42"}},
    ]
    cells = [
        {"cell_type": "markdown", "source": ["\n# Tides\n", "Prose\n", "## Range"]},
        {"cell_type": "code", "source": "# no heading\nprint(4)", "outputs": outputs},
        {"cell_type": "markdown", "source": "## Winds"},
    ]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "cells": cells}))
    document = read_file(path)
    assert document.text == "\n# Tides\nProse\n## Range\n\n# no heading\nprint(4)\n\n4\n\n42\n\n## Winds"
    assert headings(document) == [(1, "Tides"), (2, "Range"), (2, "Winds")]


def test_pandoc_notebook(data: Path, headings: Callable[[RawDocument], list[Any]]) -> None:
    assert headings(read_file(data / "handbook.ipynb")) == [(level - 1, words) for level, words in SECTIONS]


def test_pandoc_page(data: Path, headings: Callable[[RawDocument], list[Any]]) -> None:
    assert headings(read_file(data / "handbook.html")) == [(level - 1, words) for level, words in SECTIONS]


def _zip(**parts: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/") + ".xml", part)
    return stream.getvalue()


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><w>&b;</w>"""
OLE = bytes.fromhex("d0cf11e0a1b11ae1")


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".xlsx"])
@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (_zip(word__document=LAUGHS), DamagedDocument, "declares entities"),
        (_zip(word__document=LAUGHS.decode().encode("utf-16")), DamagedDocument, "declares entities"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), EncryptedDocument, "password"),
        (OLE + bytes(600), DamagedDocument, "old binary"),
        (_zip(other=b"<x/>"), DamagedDocument, "not "),
        (b"PK\x03\x04 cut off", DamagedDocument, "truncated"),
        (b"no zip at all", DamagedDocument, "not what its name says"),
    ],
)
def test_bad_packages_are_named(
    tmp_path: Path, suffix: str, content: bytes, error: type[Exception], message: str
) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    with pytest.raises(error, match=message) as caught:
        read_file(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_zip_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 1_000_000)
    path = tmp_path / "a.epub"
    path.write_bytes(_zip(big=bytes(2_000_000)))
    with pytest.raises(DocumentTooLarge, match="unpacks to 2,000,000 bytes"):
        read_file(path)


def test_old_office_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(OLE)
    with pytest.raises(UnsupportedFormat, match=r"save it as \.xlsx"):
        read_file(path)


def test_a_box_inside_a_box_is_read_once(tmp_path: Path) -> None:
    def boxed(inner: str) -> str:
        return f"<w:p><w:r><w:pict><w:txbxContent>{inner}</w:txbxContent></w:pict></w:r></w:p>"

    xml = "<w:p><w:r><w:t>The light is red.</w:t></w:r></w:p>"
    for _ in range(12):
        xml = boxed(xml)
    document = docx.Document()
    document.element.body.insert(0, parse_xml(xml.replace("<w:p>", f"<w:p {nsdecls('w')}>", 1)))
    document.save(str(tmp_path / "a.docx"))
    assert read_file(tmp_path / "a.docx").text.count("The light is red.") == 1
