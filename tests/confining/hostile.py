"""Small files that were made to take memory, time or characters without end."""

from __future__ import annotations

import io
import zipfile

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def wide_header_csv() -> bytes:
    """Return 208 kB of which every short row repeats a long name: 400 million characters."""
    return ("n" * 200_000 + ",b\n" + "1,2\n" * 2_000).encode()


def wider_header_csv() -> bytes:
    """Return 1.4 MB of the same: 48 billion characters."""
    return ("n" * 1_200_000 + ",b\n" + "1,2\n" * 40_000).encode()


def nested_forms_pdf(depth: int = 9, width: int = 10) -> bytes:
    """Return a PDF whose page draws a form that draws another ten times, and so on."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Resources 6 0 R >>",
        _stream(b"/F Do"),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /XObject << /F 7 0 R >> /Font << /H 5 0 R >> >>",
    ]
    for level in range(depth):
        number = 7 + level
        inner = b"BT /H 9 Tf 10 10 Td (The harbour is open every day of the year.) Tj ET"
        resources = b"/Font << /H 5 0 R >>"
        if level < depth - 1:
            inner = b"/F Do " * width
            resources = b"/XObject << /F %d 0 R >>" % (number + 1)
        form = b"/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << " + resources + b" >>"
        objects.append(_stream(inner, form))
    return _pdf(objects)


def many_elements_docx(n: int = 15_000_000) -> bytes:
    """Return a DOCX of some hundred kB that holds millions of empty runs."""
    body = b"<w:p>" + b"<w:r/>" * n + b"<w:r><w:t>Harbour</w:t></w:r></w:p>"
    document = b'<w:document xmlns:w="' + W.encode() + b'"><w:body>' + body + b"</w:body></w:document>"
    return _package(
        "word/document.xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        {"word/document.xml": document},
    )


def shared_string_xlsx(n_cells: int = 10_000) -> bytes:
    """Return a workbook of some kB: one text of 400 kB, to which thousands of cells point."""
    strings = f'<sst xmlns="{SHEET}"><si><t>{"harbour " * 50_000}</t></si></sst>'
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, n_cells + 1))
    return _package(
        "xl/workbook.xml",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
        {
            "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">'
            f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>',
            "xl/sharedStrings.xml": strings,
        },
        {
            "xl/worksheets/sheet1.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml",
            "xl/sharedStrings.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml",
        },
    )


def repeated_chapter_epub(n: int = 10_000) -> bytes:
    """Return a book of some ten kB that names one chapter thousands of times."""
    chapter = "<html><body><h1>Tide</h1>" + "<p>The tide comes in twice a day.</p>" * 2_000 + "</body></html>"
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><manifest>'
        '<item id="c" href="c.xhtml" media-type="application/xhtml+xml"/></manifest><spine>'
        + '<itemref idref="c"/>' * n
        + "</spine></package>"
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
        '<rootfile full-path="p.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    return _zip({"META-INF/container.xml": container, "p.opf": package, "c.xhtml": chapter})


BOMBS = {
    "wide.csv": wide_header_csv,
    "wider.csv": wider_header_csv,
    "forms.pdf": nested_forms_pdf,
    "elements.docx": many_elements_docx,
    "strings.xlsx": shared_string_xlsx,
    "chapters.epub": repeated_chapter_epub,
}
"""Each file's name and what makes it."""


def _stream(data: bytes, more: bytes = b"") -> bytes:
    return b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(data), more, data)


def _package(main: str, kind: str, parts: dict[str, str | bytes], kinds: dict[str, str] | None = None) -> bytes:
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{each}"/>' for name, each in {main: kind, **(kinds or {})}.items()
    )
    return _zip(
        {
            "[Content_Types].xml": f'<Types xmlns="{CONTENT_TYPES}">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
            "_rels/.rels": f'<Relationships xmlns="{RELATIONS}">'
            f'<Relationship Id="r" Type="{OFFICE}/officeDocument" Target="{main}"/></Relationships>',
            **parts,
        }
    )


def _zip(parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, held in parts.items():
            archive.writestr(name, held)
    return out.getvalue()


def high_page() -> bytes:
    """Return a PDF with a page a point wide and 14,400 high: drawn as wide as others it would take 70 GB."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 1 14400]>>"
    return _pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page])


def _pdf(objects: list[bytes]) -> bytes:
    made, places = b"%PDF-1.5\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj%sendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return made + head + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(made))
