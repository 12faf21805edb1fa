"""PDF: lines, paragraphs, boxes, headings and running heads, of files made by reportlab and WeasyPrint."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate

from pincite.errors import DamagedDocument, EmptyDocument, EncryptedDocument
from pincite.reading import RawDocument, read_file

PROSE = "The tide runs north for six hours and then turns south, slowly at first. Boats wait at the quay for it. " * 4
Marks = Callable[[RawDocument], list[Any]]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> RawDocument:
    """Return a report of three chapters with running head and page numbers, and no outline."""
    styles = getSampleStyleSheet()
    story: list[Any] = [Paragraph("The Harbour Report", styles["Title"])]
    for number in (1, 2, 3):
        story += [
            Paragraph(f"{number}. Chapter {'abc'[number - 1]}", styles["Heading1"]),
            Paragraph(f"{number}.1 Part of it", styles["Heading2"]),
            Paragraph(PROSE, styles["BodyText"]),
            Paragraph(PROSE, styles["BodyText"]),
            PageBreak(),
        ]

    def decorate(canvas: Canvas, _: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(72, A4[1] - 40, "Harbour Report, third edition")
        canvas.drawString(300, 30, f"Page {canvas.getPageNumber()} of 3")

    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    SimpleDocTemplate(str(path), pagesize=A4, title="Of harbours").build(
        story, onFirstPage=decorate, onLaterPages=decorate
    )
    return read_file(path)


def test_headings_are_told_from_their_type(report: RawDocument, headings: Marks) -> None:
    expected = [(1, "The Harbour Report")]
    for number, letter in enumerate("abc", start=1):
        expected += [(2, f"{number}. Chapter {letter}"), (3, f"{number}.1 Part of it")]
    assert headings(report) == expected
    assert report.title == "Of harbours"


def test_a_title_that_no_one_gave_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    canvas.drawString(72, 72, PROSE)
    canvas.save()
    assert b"/Title (untitled)" in path.read_bytes()
    assert read_file(path).title is None


def test_running_heads_are_furniture(report: RawDocument, furniture: Marks) -> None:
    expected = [words for page in (1, 2, 3) for words in ("Harbour Report, third edition", f"Page {page} of 3")]
    assert furniture(report) == expected


def test_paragraphs_are_set_off_and_lines_are_real(report: RawDocument) -> None:
    blocks = [" ".join(block.split()) for block in report.text.split("\n\n")]
    assert blocks.count(PROSE.strip()) == 6
    assert report.text.count("\n") > 2 * len(blocks)


def test_pages_and_boxes_agree_with_the_text(report: RawDocument) -> None:
    boxes = report.char_boxes
    assert boxes is not None
    assert boxes.shape == (len(report.text), 4)
    assert boxes.dtype == np.float32
    assert [page.number for page in report.pages] == [1, 2, 3]
    assert [round(page.height) for page in report.pages] == [842] * 3
    for index, character in enumerate(report.text):
        if character == "\n":
            assert np.isnan(boxes[index]).all()
        elif not character.isspace():
            left, bottom, right, top = boxes[index]
            assert 0 <= left < right <= A4[0]
            assert 0 <= bottom < top <= A4[1]
    assert [report.text[page.span.start : page.span.end].count("Chapter") for page in report.pages] == [1, 1, 1]


def test_outline_gives_levels_where_there_is_one(data: Path, headings: Marks, furniture: Marks) -> None:
    document = read_file(data / "handbook.pdf")
    below = [(2, "Mooring"), (3, "Lines and knots"), (3, "Tides"), (2, "Leaving")]
    assert headings(document) == [(1, "The Harbour\nHandbook"), *below]
    assert sorted(furniture(document)) == ["1", "2", "Harbour Handbook", "Harbour Handbook"]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_lie_where_the_page_shows_the_character(tmp_path: Path, rotation: int) -> None:
    import pypdfium2

    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path), pagesize=(400, 300))
    canvas.setPageRotation(rotation)
    canvas.setFont("Helvetica", 40)
    canvas.drawString(250, 200, "X")
    canvas.save()
    document = read_file(path)
    assert document.char_boxes is not None
    left, bottom, right, top = document.char_boxes[document.text.index("X")]
    with pypdfium2.PdfDocument(path) as pdf:
        dark = np.argwhere(pdf[0].render().to_numpy().mean(axis=2) < 128)
    (page,) = document.pages
    rows, columns = dark.min(axis=0), dark.max(axis=0)
    assert left - 1 <= rows[1] <= columns[1] <= right + 1
    assert bottom - 1 <= page.height - columns[0] <= page.height - rows[0] <= top + 1
    assert max(right - left, top - bottom) < 60


def test_words_stay_hyphenated_as_printed(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path))
    canvas.drawString(72, 700, "The harbour master is respon-")
    canvas.drawString(72, 686, "sible for the moorings.")
    canvas.save()
    assert read_file(path).text == "The harbour master is respon-\nsible for the moorings."


def _pdf(draw: Callable[[Canvas], None] = lambda canvas: canvas.drawString(72, 700, "text"), **options: Any) -> bytes:
    stream = io.BytesIO()
    canvas = Canvas(stream, **options)
    draw(canvas)
    canvas.save()
    return stream.getvalue()


def _no_pages() -> bytes:
    body = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    xref = b"xref\n0 3\n0000000000 65535 f \n%010d 00000 n \n%010d 00000 n \n" % (
        body.index(b"1 0"),
        body.index(b"2 0 obj"),
    )
    return body + xref + b"trailer<</Size 3/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (_pdf(encrypt=StandardEncryption("secret", ownerPassword="owner")), EncryptedDocument, "password"),
        (_pdf(lambda canvas: canvas.rect(10, 10, 50, 50)), EmptyDocument, "ocrmypdf"),
        (_no_pages(), EmptyDocument, "0 pages"),
        (_pdf()[:-40], DamagedDocument, "truncated"),
        (_pdf()[:300], DamagedDocument, "truncated"),
        (b"%PDF-1.4 nothing else\nstartxref\n0\n%%EOF", DamagedDocument, "not a PDF"),
        (b"Dear all", DamagedDocument, "expected a PDF"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, content: bytes, error: type[Exception], message: str) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    with pytest.raises(error, match=message):
        read_file(path)


def test_threads_do_not_meet_in_the_library(data: Path) -> None:
    texts: list[str] = []
    threads = [threading.Thread(target=lambda: texts.append(read_file(data / "handbook.pdf").text)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts) == 8
    assert len(set(texts)) == 1
