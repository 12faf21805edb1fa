"""Presentations: each slide a page, its title a heading, its speaker's notes below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pincite.errors import DamagedDocument
from pincite.reading.archives import open_office
from pincite.reading.builder import TextBuilder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pincite.reading.base import RawDocument, SourceFile

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_EMU_PER_POINT = 12_700


def read_pptx(file: SourceFile) -> RawDocument:
    """Read a presentation's visible slides.

    Raises
    ------
    DamagedDocument
        The package holds no presentation.
    """
    stream = open_office(file)
    from pptx import Presentation
    from pptx.exc import PackageNotFoundError

    try:
        deck = Presentation(stream)
    except (PackageNotFoundError, KeyError, ValueError) as error:
        raise DamagedDocument(file.name, f"not a presentation ({error})") from error
    out = TextBuilder(file)
    width, height = (deck.slide_width or 0) / _EMU_PER_POINT, (deck.slide_height or 0) / _EMU_PER_POINT
    for slide in deck.slides:
        start = out.end
        if slide.element.get("show") != "0":
            _append_slide(slide, out)
        # Hidden slides keep their number, as a blank page.
        out.page(start, width=width, height=height)
    return out.build(file, _MEDIA_TYPE, title=deck.core_properties.title)


def _append_slide(slide: Any, out: TextBuilder) -> None:
    title = slide.shapes.title
    if title is not None:
        out.block(title.text_frame.text, level=1)
    for shape in _flat(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if shape.has_text_frame:
            furniture = _is_furniture(shape)
            for index, paragraph in enumerate(shape.text_frame.paragraphs):
                indent = "  " * paragraph.level
                out.block(indent + _clean(paragraph.text), furniture=furniture, tight=index > 0)
        elif shape.has_table:
            for index, row in enumerate(shape.table.rows):
                cells = (" ".join(cell.text.split()) for cell in row.cells)
                out.block(" | ".join(cells).rstrip(" |"), tight=index > 0)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        out.block(_clean(slide.notes_slide.notes_text_frame.text))


def _flat(shapes: Any) -> Iterator[Any]:
    """Yield shapes in their order, those of groups in place."""
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _flat(shape.shapes)
        else:
            yield shape


def _is_furniture(shape: Any) -> bool:
    """Tell a slide's date, footer and number."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    furniture = {PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.HEADER}
    return bool(shape.is_placeholder and shape.placeholder_format.type in furniture)


def _clean(text: str) -> str:
    """Return text with PowerPoint's line breaks, vertical tabs, as line breaks."""
    return text.replace("\v", "\n")
