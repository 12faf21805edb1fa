"""Small files that become large when they are read, each made by hand: no program writes such."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument"
_LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))


def zipped(parts: dict[str, str | bytes], level: int = 6) -> bytes:
    """Return a zip of parts."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in parts.items():
            # Of no date: the same parts make the same file.
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, level)
    return held.getvalue()


def package(main: str, kind: str, parts: dict[str, str | bytes], extra: str = "") -> bytes:
    """Return an Office Open XML file whose main part is ``main``."""
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{main}" ContentType="{_TYPES}.{kind}"/>{extra}</Types>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{_RELATIONS}/officeDocument" Target="{main}"/></Relationships>'
    )
    return zipped({"[Content_Types].xml": types, "_rels/.rels": relations, **parts})


def docx(body: str | bytes, prolog: str = "") -> bytes:
    """Return a Word document with this body."""
    held = body if isinstance(body, bytes) else body.encode()
    content = f"{prolog}<w:document {_W}><w:body>".encode() + held + b"</w:body></w:document>"
    return package("word/document.xml", "wordprocessingml.document.main+xml", {"word/document.xml": content})


def xlsx(rows: str, strings: str = "", prolog: str = "") -> bytes:
    """Return a workbook of one sheet with these rows and shared strings."""
    links = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts: dict[str, str | bytes] = {
        "xl/workbook.xml": f'{prolog}<workbook {_SHEET} xmlns:r="{_RELATIONS}"><sheets>'
        '<sheet name="Sheet" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{links}">'
        f'<Relationship Id="r1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{_RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {_SHEET}><sheetData>{rows}</sheetData></worksheet>",
        "xl/sharedStrings.xml": f"<sst {_SHEET}>{strings}</sst>",
    }
    kinds = "".join(
        f'<Override PartName="/xl/{part}" ContentType="{_TYPES}.spreadsheetml.{kind}+xml"/>'
        for part, kind in (("worksheets/sheet1.xml", "worksheet"), ("sharedStrings.xml", "sharedStrings"))
    )
    return package("xl/workbook.xml", "spreadsheetml.sheet.main+xml", parts, kinds)


def epub(chapter: str, times: int = 1, package_prolog: str = "") -> bytes:
    """Return a book that names one chapter so many times."""
    container = '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    opf = 'xmlns="http://www.idpf.org/2007/opf"'
    return zipped(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": f'{container}<rootfile full-path="a.opf"/></rootfiles></container>',
            "a.opf": f"{package_prolog}<package {opf}><manifest><item id='c' href='c.xhtml' "
            "media-type='application/xhtml+xml'/></manifest><spine>"
            + "<itemref idref='c'/>" * times
            + "</spine></package>",
            "c.xhtml": chapter,
        }
    )


def pdf(objects: list[bytes]) -> bytes:
    """Return a PDF of numbered objects, the first its catalogue."""
    held, places = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(held))
        held += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(held))
    return held + b"xref\n0 %d\n0000000000 65535 f \n%b%b" % (len(objects) + 1, table, end)


def stream(content: bytes, entries: bytes = b"", *, packed: bool = False) -> bytes:
    """Return a PDF's stream."""
    held = zlib.compress(content, 9) if packed else content
    entries += b"/Filter/FlateDecode" if packed else b""
    return b"<</Length %d%b>>\nstream\n%b\nendstream" % (len(held), entries, held)


_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def one_page(content: bytes, *, packed: bool = False, kids: int = 1) -> bytes:
    """Return a PDF whose one page, named ``kids`` times, holds this content."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
    pages = b"<</Type/Pages/Count %d/Kids[%b]>>" % (kids, b"3 0 R " * kids)
    return pdf([b"<</Type/Catalog/Pages 2 0 R>>", pages, page, stream(content, packed=packed), _FONT])


def nested_forms(depth: int = 7, fold: int = 10) -> bytes:
    """Return a PDF whose page draws a form that draws another ten times, and so on: ten to the ``depth`` words."""
    resources = b"/Resources<</Font<</F 5 0 R>>/XObject<</X %d 0 R>>>>"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R" + resources % 6 + b">>",
        stream(b"/X Do " * fold),
        _FONT,
    ]
    for level in range(depth):
        form = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]" + resources % (7 + level)
        objects.append(stream(b"/X Do " * fold, form))
    text = b"BT /F 12 Tf 72 700 Td (Many words are drawn here again.) Tj ET"
    objects.append(stream(text, b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]" + resources % 5))
    return pdf(objects)


def repeated_head(size: int, head: int) -> bytes:
    """Return a CSV whose long head names the one cell of each short row."""
    names = ("Name of a column " * head)[:head]
    return (names + ",b\n" + "1,2\n" * ((size - head) // 4)).encode()


def overlapping(copies: int = 1_500, size: int = 20_000_000) -> bytes:
    """Return a zip whose directory names one packed part so often, under other names (Fifield, 2019)."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packed.compress(b"<" * size) + packed.flush()
    crc = zlib.crc32(b"<" * size)
    sizes = struct.pack("<III", crc, len(data), size)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 0x21) + sizes + struct.pack("<HH", 1, 0) + b"a" + data
    entries = b""
    for number in range(copies):
        name = b"word/%d.xml" % number
        entry = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 0x21) + sizes
        entries += entry + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, copies, copies, len(entries), len(local), 0)
    return local + entries + end


def lying() -> bytes:
    """Return a Word document whose directory says that a part of 300 MB has ten bytes."""
    held = bytearray(docx(b"<w:p/>" * 50_000_000))
    at = held.rfind(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<I", held, at + 24, 10)
        at = held.rfind(b"PK\x01\x02", 0, at)
    return bytes(held)


def _cells(row: int, n: int, first: str) -> str:
    return f'<row r="{row}">' + f'<c r="{first}{row}" t="s"><v>0</v></c>' * n + "</row>"


def _shared(length: int, rows: int) -> bytes:
    return xlsx("".join(_cells(n, 1, "A") for n in range(1, rows + 1)), f"<si><t>{'word ' * (length // 5)}</t></si>")


def _slides(times: int) -> bytes:
    main = "http://schemas.openxmlformats.org/presentationml/2006/main"
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/main"
    links = "http://schemas.openxmlformats.org/package/2006/relationships"
    ids = "".join(f'<p:sldId id="{256 + n}" r:id="r1"/>' for n in range(times))
    text = f"<a:p><a:r><a:t>{'word ' * 10_000}</a:t></a:r></a:p>"
    slide = (
        f'<p:sld xmlns:p="{main}" xmlns:a="{drawing}"><p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id="1" name=""/>'
        "<p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/><p:sp><p:nvSpPr>"
        '<p:cNvPr id="2" name="t"/><p:cNvSpPr/><p:nvPr/>'
        f"</p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/>{text}</p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
    )
    relations = (
        f'<Relationships xmlns="{links}"><Relationship Id="r1" Type="{_RELATIONS}/slide" Target="slides/s.xml"/>'
    )
    show = f'<p:presentation xmlns:p="{main}" xmlns:r="{_RELATIONS}"><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>'
    kind = f'<Override PartName="/ppt/slides/s.xml" ContentType="{_TYPES}.presentationml.slide+xml"/>'
    return package(
        "ppt/presentation.xml",
        "presentationml.presentation.main+xml",
        {
            "ppt/presentation.xml": show,
            "ppt/_rels/presentation.xml.rels": f"{relations}</Relationships>",
            "ppt/slides/s.xml": slide,
        },
        kind,
    )


BOMBS: dict[str, Callable[[], bytes]] = {
    "head of 208 kB repeated.csv": lambda: repeated_head(208_000, 8_000),
    "head of 1.4 MB repeated.csv": lambda: repeated_head(1_400_000, 20_000),
    "half of it head.csv": lambda: repeated_head(400_000, 200_000),
    "commas.csv": lambda: b"a" + b",b" * 700_000 + b"\n" + b"," * 700_000 + b"1\n",
    "head repeated.tsv": lambda: repeated_head(208_000, 8_000).replace(b",", b"\t"),
    "nested forms.pdf": nested_forms,
    "deeply nested forms.pdf": lambda: nested_forms(27, 2),
    "one page 100,000 times.pdf": lambda: one_page(b"BT /F 12 Tf 72 700 Td (Words are here.) Tj ET", kids=100_000),
    "packed text.pdf": lambda: one_page(b"BT /F 1 Tf (word) Tj ET " * 4_000_000, packed=True),
    "packed spaces.pdf": lambda: one_page(b" " * 400_000_000, packed=True),
    "paragraphs of 350 MB.docx": lambda: docx(b"<w:p><w:r><w:t>a</w:t></w:r></w:p>" * 10_000_000),
    "empty paragraphs.docx": lambda: docx(b"<w:p/>" * 30_000_000),
    "deeply nested.docx": lambda: docx("<w:ins>" * 200_000 + "</w:ins>" * 200_000),
    "nested tables.docx": lambda: docx("<w:tbl><w:tr><w:tc>" * 3_000 + "</w:tc></w:tr></w:tbl>" * 3_000),
    "a laugh a billion times.docx": lambda: docx("<w:p><w:r><w:t>&a9;</w:t></w:r></w:p>", f"{_LAUGHS}]>"),
    "overlapping parts.docx": overlapping,
    "a part that lies of its size.docx": lying,
    "a shared string of 1 MB.xlsx": lambda: _shared(1_000_000, 4_500),
    "a shared string of 4 kB.xlsx": lambda: _shared(4_000, 200_000),
    "the last column in 50,000 rows.xlsx": lambda: xlsx(
        "".join(_cells(n, 1, "XFD") for n in range(1, 50_001)), "<si><t>x</t></si>"
    ),
    "the last row.xlsx": lambda: xlsx('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'),
    "a row beyond the last.xlsx": lambda: xlsx('<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>'),
    "a laugh a billion times.xlsx": lambda: xlsx(_cells(1, 1, "A"), "<si><t>&a9;</t></si>", f"{_LAUGHS}]>"),
    "one slide 10,000 times.pptx": lambda: _slides(10_000),
    "one chapter 10,000 times.epub": lambda: epub(f"<html><body><p>{'word ' * 20_000}</p></body></html>", 10_000),
    "one short chapter 1,000,000 times.epub": lambda: epub("<html><body><p>word</p></body></html>", 1_000_000),
    "a laugh a billion times.epub": lambda: epub("<p>word</p>", 1, f"{_LAUGHS}]>"),
    "a chapter of 390 MB.epub": lambda: epub("<p>word</p>" * 35_000_000),
    "deeply nested.html": lambda: b"<div>" * 1_000_000 + b"words",
    "nested tables.html": lambda: b"<table><tr><td>" * 20_000 + b"words",
    "nested lists.html": lambda: b"<ul><li>" * 200_000 + b"words",
    "a cell over a billion columns.html": lambda: b"<table><tr><td colspan=1000000000 rowspan=1000000000>words</table>",
    "headings.html": lambda: b"<h1>a</h1>" * 400_000,
    "nested arrays.ipynb": lambda: b'{"cells": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}",
    "a million cells.ipynb": lambda: b'{"cells": [' + b'{"cell_type":"raw","source":"a"},' * 999_999 + b"{}]}",
    "deeply nested.rtf": lambda: b"{\\rtf1 " + b"{" * 1_000_000 + b"words" + b"}" * 1_000_000 + b"}",
    "binary of 2 GB.rtf": lambda: b"{\\rtf1 \\bin2000000000 words}",
    "skipping.rtf": lambda: b"{\\rtf1 \\uc999999999 \\u97 " + b"words " * 1_000 + b"}",
    "nested quotes.md": lambda: b">" * 400_000 + b" words",
    "nested lists.md": lambda: b"".join(b" " * (2 * n) + b"- a\n" for n in range(1_500)),
    "headings.md": lambda: b"# a\n\nb\n\n" * 150_000,
    "headings.txt": lambda: b"Article 1. On words\n\nWords.\n\n" * 40_000,
    "one line of 20 MB.txt": lambda: b"word" * 5_000_000,
    "empty lines.txt": lambda: b"a" + b"\n" * 50_000_000 + b"b",
    "references.md": lambda: b"[a]: /b\n" * 300_000,
}
"""By file name: what makes them.  Those of the first report stand first in each kind."""

SHORT = (
    "head of 208 kB repeated.csv",
    "nested forms.pdf",
    "a shared string of 1 MB.xlsx",
    "one chapter 10,000 times.epub",
    "a laugh a billion times.docx",
    "nested arrays.ipynb",
)
"""Those that a short run reads."""
