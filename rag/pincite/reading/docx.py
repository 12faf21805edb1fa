"""Word documents: paragraphs, headings, lists, tables and notes in document order."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from pincite.errors import DamagedDocument
from pincite.reading.archives import open_office
from pincite.reading.builder import TextBuilder
from pincite.reading.docx_lists import ListNumbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pincite.reading.base import RawDocument, SourceFile

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_HEADING_STYLE = re.compile(r"heading (\d)", re.I)
_BODY_TEXT_LEVEL = 9
"""The outline level that Word writes for text that is no heading; 0 to 8 are headings."""
_NOTE_KINDS = ("footnote", "endnote")
_NOTE_REFERENCES = {f"{_W}{kind}Reference": kind for kind in _NOTE_KINDS}
_CHARACTERS = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
# Deleted and moved-away text, fallbacks for old programs, and boxes, which are read as blocks of their own.
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SKIPPED = frozenset({f"{_W}del", f"{_W}moveFrom", f"{_W}txbxContent", f"{_W}rPr", f"{_W}pPr", _FALLBACK})


def read_docx(file: SourceFile) -> RawDocument:
    """Read a Word document; tracked changes are taken as accepted, hidden text is left out.

    Raises
    ------
    DamagedDocument
        The package holds no document.
    """
    stream = open_office(file)
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    try:
        document = docx.Document(stream)
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise DamagedDocument(file.name, f"not a Word document ({error})") from error
    out = TextBuilder(file)
    reader = _Reader(out, document)
    reader.blocks(document.element.body)
    reader.notes(document.part)
    return out.build(file, _MEDIA_TYPE, title=document.core_properties.title)


class _Reader:
    def __init__(self, out: TextBuilder, document: Any) -> None:
        self._out = out
        self._styles = {style.get(f"{_W}styleId"): style for style in document.styles.element.iter(f"{_W}style")}
        self._levels = {style_id: self._style_level(style_id) for style_id in self._styles}
        self._has_title = any(
            self._style_name(style) == "title" for style in document.element.body.iterfind(f".//{_W}pStyle")
        )
        self._numbers = ListNumbers(document)
        self._notes = _note_numbers(document.element.body)
        self._in_list = False

    def blocks(self, container: Any) -> None:
        """Append the paragraphs and tables of a body, a cell or a box."""
        for element in container:
            if element.tag == f"{_W}p":
                self._paragraph(element)
            elif element.tag == f"{_W}tbl":
                self._in_list = False
                for index, row in enumerate(self._rows(element)):
                    self._out.block(" | ".join(row).rstrip(" |"), tight=index > 0)
            elif element.tag == f"{_W}sdt":
                for content in element.iterfind(f"{_W}sdtContent"):
                    self.blocks(content)
            elif element.tag in {f"{_W}ins", f"{_W}moveTo", f"{_W}customXml", f"{_W}smartTag"}:
                self.blocks(element)

    def notes(self, part: Any) -> None:
        """Append footnotes and endnotes after the text, each with its number as the text refers to it."""
        from docx.oxml.parser import parse_xml

        for kind in _NOTE_KINDS:
            for relation in part.rels.values():
                if relation.is_external or not relation.reltype.endswith(f"/{kind}s"):
                    continue
                for note in parse_xml(relation.target_part.blob).iterfind(f"{_W}{kind}"):
                    text = " ".join(self._text(paragraph) for paragraph in note.iter(f"{_W}p"))
                    # Notes that nothing refers to are the lines that separate notes from text.
                    number = self._notes.get((kind, note.get(f"{_W}id")))
                    if number is not None and text.strip():
                        self._out.block(f"[{number}] {text.strip()}")

    def _text(self, paragraph: Any) -> str:
        """Return a paragraph's visible text, through links, fields, content controls and insertions."""
        return "".join(_pieces(paragraph, self._notes))

    def _rows(self, table: Any) -> Iterator[list[str]]:
        """Yield each row's cells; a nested table's words stay in its cell."""
        for row in table.iter(f"{_W}tr"):
            if next(row.iterancestors(f"{_W}tbl")) is table:
                cells = (cell for cell in row.iter(f"{_W}tc") if next(cell.iterancestors(f"{_W}tr")) is row)
                yield [" ".join(" ".join(self._text(p) for p in cell.iter(f"{_W}p")).split()) for cell in cells]

    def _paragraph(self, paragraph: Any) -> None:
        text = self._text(paragraph)
        level = self._level(paragraph)
        label = self._numbers.label(paragraph) if text.strip() else None
        in_list = label is not None and level is None
        self._out.block((label or "") + text, level=level, tight=in_list and self._in_list)
        if text.strip():
            self._in_list = in_list
        for box in _boxes(paragraph):
            self.blocks(box)

    def _level(self, paragraph: Any) -> int | None:
        """Return a paragraph's heading level; below a title the first rank of headings is 2."""
        properties = paragraph.find(f"{_W}pPr")
        if properties is None:
            return None
        own = properties.find(f"{_W}outlineLvl")
        style = properties.find(f"{_W}pStyle")
        if style is not None and self._style_name(style) == "title":
            return 1
        level = (
            _outline(own) if own is not None else self._levels.get(style.get(f"{_W}val")) if style is not None else None
        )
        return level + self._has_title if level else None

    def _style_name(self, reference: Any) -> str:
        style = self._styles.get(reference.get(f"{_W}val"))
        name = style.find(f"{_W}name") if style is not None else None
        return (name.get(f"{_W}val") or "").lower() if name is not None else ""

    def _style_level(self, style_id: str) -> int | None:
        """Return the heading level that a style has by its name, its outline level, or the style it is based on."""
        seen = set()
        while style_id in self._styles and style_id not in seen:
            seen.add(style_id)
            style = self._styles[style_id]
            name = style.find(f"{_W}name")
            named = _HEADING_STYLE.fullmatch(name.get(f"{_W}val") or "") if name is not None else None
            if named:
                return int(named[1])
            outline = style.find(f"{_W}pPr/{_W}outlineLvl")
            if outline is not None:
                return _outline(outline)
            base = style.find(f"{_W}basedOn")
            style_id = base.get(f"{_W}val") if base is not None else ""
        return None


def _outline(element: Any) -> int | None:
    value = int(element.get(f"{_W}val") or _BODY_TEXT_LEVEL)
    return value + 1 if value < _BODY_TEXT_LEVEL else None


def _note_numbers(body: Any) -> dict[tuple[str, str], int]:
    """Return the shown number of each note, counted by kind in the order in which the text refers to them."""
    numbers: dict[tuple[str, str], int] = {}
    for kind in _NOTE_KINDS:
        ids = dict.fromkeys(reference.get(f"{_W}id") for reference in body.iter(f"{_W}{kind}Reference"))
        numbers |= {(kind, note_id): number for number, note_id in enumerate(ids, start=1)}
    return numbers


def _pieces(element: Any, notes: dict[tuple[str, str], int]) -> Iterator[str]:
    for child in element:
        if child.tag == f"{_W}t":
            yield child.text or ""
        elif child.tag in _CHARACTERS:
            yield _CHARACTERS[child.tag]
        elif child.tag in _NOTE_REFERENCES:
            yield f"[{notes[_NOTE_REFERENCES[child.tag], child.get(f'{_W}id')]}]"
        elif not _is_skipped(child):
            yield from _pieces(child, notes)


def _is_skipped(element: Any) -> bool:
    if element.tag == f"{_W}r":
        return element.find(f"{_W}rPr/{_W}vanish") is not None
    return element.tag in _SKIPPED or not isinstance(element.tag, str)


def _boxes(paragraph: Any) -> Iterator[Any]:
    """Yield the text boxes anchored in a paragraph, without the copies made for old programs.

    A box inside a box belongs to the paragraph that it is anchored in: given here too, it would be read twice, and
    what lies in n boxes 2 to the power of n times.
    """
    for box in paragraph.iter(f"{_W}txbxContent"):
        around = {parent.tag for parent in itertools.takewhile(lambda each: each is not paragraph, box.iterancestors())}
        if not around & {_FALLBACK, f"{_W}txbxContent"}:
            yield box
