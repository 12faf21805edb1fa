"""Every document becomes a tree of sections."""

from __future__ import annotations

from pincite.reading.base import RawDocument
from pincite.sections.furniture import find_furniture, merge_spans, outside
from pincite.sections.inference import infer_headings
from pincite.sections.tree import build_tree
from pincite.types import Document

__all__ = ["outside", "to_document"]


def to_document(raw: RawDocument) -> Document:
    """Give a source its tree of sections.

    Headings that the format marks are taken at their word; plain text (``raw.headings is None``) gets those
    that its shape shows.  Known page controls that stand alone on a line become furniture.
    """
    headings = raw.headings
    found = find_furniture(raw.text)
    if headings:
        found = tuple(span for span in found if not any(span.overlaps(heading.span) for heading in headings))
    furniture = merge_spans((*raw.furniture, *found))
    if headings is None:
        headings = infer_headings(raw.text, furniture)
    return Document(
        doc_id=raw.doc_id,
        text=raw.text,
        root=build_tree(raw.text, headings, doc_id=raw.doc_id, title=raw.title, furniture=furniture),
        media_type=raw.media_type,
        furniture=furniture,
        pages=raw.pages,
        char_boxes=raw.char_boxes,
    )
