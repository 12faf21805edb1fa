"""How the time of reading a file of each kind, with its sections and chunks, grows with its length."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from pincite import ReadError
from pincite.chunking import chunk_document
from pincite.encoding.hashing import HashingEncoder
from pincite.reading import read_file
from pincite.sections import to_document
from pincite_evals.growth.shapes import PAGES, RICH_TEXTS, TABLES, TEXTS, Shape
from pincite_evals.growth.timing import Growth, doubled_growth

FEW = (
    "prose", "paragraphs", "one word", "digits behind a label", "a Roman numeral", "spaces", "line breaks",
    "closed lines", "stops and spaces", "short lines", "plain headings", "numbered headings", "page controls", "bars",
    "Chinese sentences",
)  # fmt: skip
"""What is put into containers: their text goes the same way as that of plain files, which meet all."""
MAX_CHARS, MAX_TOKENS = 1000, 180
"""Of a chunk, as an index has them."""


def _plain(text: str) -> bytes:
    return text.encode()


def _page(text: str) -> bytes:
    return f"<html><body><p>{escape(text)}</p></body></html>".encode()


def _rich(text: str) -> bytes:
    made = _escape_rtf(text)
    return f"{{\\rtf1\\ansi {made}}}".encode("ascii")


def _escape_rtf(text: str) -> str:
    """Return text as RTF writes it."""
    marked = text.translate({ord(mark): f"\\{mark}" for mark in "\\{}"}).replace("\n", "\\par\n")
    return "".join(char if char.isascii() else f"\\u{ord(char)}?" for char in marked)


def _rich_source(source: str) -> bytes:
    return f"{{\\rtf1\\ansi {source}}}".encode("latin-1")


def _notebook(text: str) -> bytes:
    return json.dumps({"cells": [{"cell_type": "markdown", "source": text}], "nbformat": 4}).encode()


def _notebook_of_cells(text: str) -> bytes:
    cells = [{"cell_type": "markdown", "source": part} for part in text.split("\n\n")]
    return json.dumps({"cells": cells, "nbformat": 4}).encode()


def _zipped(parts: Mapping[str, str | bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return made.getvalue()


def _xml_safe(text: str) -> str:
    return escape("".join(char for char in text if char in "\t\n\r" or char >= " "))


def _with_part(package: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """Return a package of a library's own making with one part changed."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        parts: dict[str, str | bytes] = {part: archive.read(part) for part in archive.namelist()}
    parts[name] = change(_as_text(parts[name]))
    return _zipped(parts)


def _as_text(part: str | bytes) -> str:
    """Return a part of a package as text."""
    return part if isinstance(part, str) else part.decode()


def _document(text: str) -> bytes:
    import docx

    made = io.BytesIO()
    docx.Document().save(made)
    lines = (line for line in text.splitlines() if line.strip())
    body = "".join(f'<w:p><w:r><w:t xml:space="preserve">{_xml_safe(line)}</w:t></w:r></w:p>' for line in lines)
    return _with_part(made.getvalue(), "word/document.xml", lambda xml: xml.replace("<w:body>", f"<w:body>{body}", 1))


def _presentation(text: str) -> bytes:
    from pptx import Presentation

    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.placeholders[1].text = "PLACE"
    made = io.BytesIO()
    deck.save(made)
    lines = (line for line in text.splitlines() if line.strip())
    body = "".join(f"<a:p><a:r><a:t>{_xml_safe(line)}</a:t></a:r></a:p>" for line in lines)
    return _with_part(
        made.getvalue(),
        "ppt/slides/slide1.xml",
        lambda xml: xml.replace("<a:p><a:r><a:t>PLACE</a:t></a:r></a:p>", body or "<a:p/>", 1),
    )


def _workbook(text: str) -> bytes:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Dues")
    for line in text.splitlines():
        # A cell holds at most 32,767 characters.
        pieces = [line[at : at + 32_000] for at in range(0, len(line), 32_000)]
        sheet.append(["".join(char for char in piece if char >= " ") for piece in pieces])
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _book(text: str) -> bytes:
    container = '<container><rootfiles><rootfile full-path="p.opf"/></rootfiles></container>'
    package = (
        '<package><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    )
    paragraphs = "".join(f"<p>{_xml_safe(line)}</p>" for line in text.split("\n\n"))
    page = f"<html><body>{paragraphs}</body></html>"
    return _zipped({"META-INF/container.xml": container, "p.opf": package, "a.xhtml": page})


def _pdf(text: str) -> bytes:
    """Return a PDF of pages of fifty lines of at most ninety characters, in Latin letters alone."""
    lines = [line[at : at + 90] for line in text.splitlines() for at in range(0, max(1, len(line)), 90)]
    pages = [lines[at : at + 50] for at in range(0, len(lines), 50)] or [[]]
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Kids[{kids}]/Count {len(pages)}>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    no_marks = str.maketrans("()\\", "   ")
    for n, page in enumerate(pages):
        shown = "".join(f"({line.encode('ascii', 'replace').decode().translate(no_marks)})Tj T*\n" for line in page)
        stream = f"BT /F 10 Tf 12 TL 50 800 Td\n{shown}ET".encode("ascii")
        bodies.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>"
            + f"/Contents {5 + 2 * n} 0 R>>".encode()
        )
        bodies.append(f"<</Length {len(stream)}>>stream\n".encode() + stream + b"\nendstream")
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(bodies, start=1):
        places.append(len(made))
        made += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    made += (
        f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}"
        f"trailer<</Size {len(bodies) + 1}/Root 1 0 R>>\nstartxref\n{len(made)}\n%%EOF"
    ).encode()
    return bytes(made)


_FEW: dict[str, Shape] = {name: TEXTS[name] for name in FEW}
Maker = Callable[[str], bytes]
READERS: dict[str, list[tuple[Maker, Mapping[str, Shape]]]] = {
    ".txt": [(_plain, TEXTS)],
    ".md": [(_plain, TEXTS)],
    ".html": [(_plain, PAGES), (_page, _FEW)],
    ".rtf": [(_rich_source, RICH_TEXTS), (_rich, _FEW)],
    ".csv": [(_plain, TABLES), (_plain, _FEW)],
    ".ipynb": [
        (_notebook, {**_FEW, "headings": TEXTS["headings"]}),
        (_notebook_of_cells, {"cells": TEXTS["headings"]}),
    ],
    ".docx": [(_document, _FEW)],
    ".pptx": [(_presentation, _FEW)],
    ".xlsx": [(_workbook, {**_FEW, "rows": TABLES["rows"]})],
    ".epub": [(_book, _FEW), (_book, {"headings": TEXTS["headings"]})],
    ".pdf": [(_pdf, _FEW)],
}
"""By suffix: what makes a file of a text, and the texts."""


def documents(suffix: str) -> Iterator[tuple[str, Callable[[int], bytes]]]:
    """Yield the name and the maker of each adversarial file of a kind."""
    for make, shapes in READERS[suffix]:
        for name, shape in shapes.items():
            yield name, lambda length, make=make, shape=shape: make(shape(length))  # type: ignore[misc]


def document_growth(suffix: str, make: Callable[[int], bytes], name: str) -> Growth:
    """Return how the time from file to chunks grows with the length of what is in it.

    A file that is refused counts with the time that the refusal takes.
    """
    encoder = HashingEncoder()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"file{suffix}")

        def run(length: int) -> Callable[[], object]:
            path.write_bytes(make(length))
            return lambda: read_and_cut(path, encoder)

        return doubled_growth(run, f"{suffix}: {name}")


def read_and_cut(path: Path, encoder: HashingEncoder) -> int:
    """Do all that indexing does with a file before the encoder comes; return the number of chunks."""
    try:
        document = to_document(read_file(path))
    except ReadError:
        return 0
    chunks = chunk_document(document, token_spans=encoder.token_spans, max_tokens=MAX_TOKENS, max_chars=MAX_CHARS)
    return len(chunks)
