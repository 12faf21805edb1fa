"""Every document becomes a tree of sections."""

from __future__ import annotations

import os
import re

from pincite.reading import DEFAULT_MAX_BYTES, RawDocument, read_file, read_text
from pincite.sections.furniture import clear_of, find_furniture, merge_spans, outside
from pincite.sections.inference import infer_headings
from pincite.sections.tree import build_tree
from pincite.types import Document, Span

__all__ = ["make_document", "outside", "read_document", "to_document"]

_FENCED_CODE = re.compile(r"^[ ]{0,3}(?P<fence>```|~~~).*?(?:^[ ]{0,3}(?P=fence)|\Z)", re.MULTILINE | re.DOTALL)


def read_document(
    path: str | os.PathLike[str], *, doc_id: str | None = None, max_bytes: int = DEFAULT_MAX_BYTES
) -> Document:
    """Read one file, in this process, and find its sections.

    A file made to do harm can take memory and time without end here; where files come from strangers, take
    :class:`pincite.ConfinedReader`, as :func:`pincite.update_index` does.

    Parameters
    ----------
    doc_id
        By default the file's name.
    max_bytes
        A larger file is refused.

    Raises
    ------
    ReadError
        The file cannot be read.
    """
    return to_document(read_file(path, doc_id=doc_id, max_bytes=max_bytes))


def make_document(text: str, *, doc_id: str, media_type: str = "text/plain") -> Document:
    """Make a document of text from Python and find its sections.

    Parameters
    ----------
    media_type
        ``text/plain``, ``text/markdown`` or ``text/html``.

    Raises
    ------
    ReadError
        The text is blank or not valid, or of another media type.
    """
    return to_document(read_text(text, doc_id=doc_id, media_type=media_type))


def to_document(raw: RawDocument) -> Document:
    """Give a source its tree of sections.

    Headings that the format marks are taken at their word; plain text (``raw.headings is None``), and Markdown that
    marks none, gets those that its shape shows.  Known page controls that stand alone on a line become furniture.
    """
    headings = raw.headings
    found = find_furniture(raw.text)
    if headings:
        found = clear_of(found, [heading.span for heading in headings])
    furniture = merge_spans((*raw.furniture, *found))
    if headings is None:
        headings = infer_headings(raw.text, furniture)
    elif not headings and raw.media_type == "text/markdown":
        code = (Span(*match.span()) for match in _FENCED_CODE.finditer(raw.text))
        headings = infer_headings(raw.text, merge_spans((*furniture, *code)))
    return Document(
        doc_id=raw.doc_id,
        text=raw.text,
        root=build_tree(raw.text, headings, doc_id=raw.doc_id, title=raw.title, furniture=furniture),
        media_type=raw.media_type,
        furniture=furniture,
        pages=raw.pages,
        char_boxes=raw.char_boxes,
    )
