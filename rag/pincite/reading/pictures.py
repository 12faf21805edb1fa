"""Pages of a PDF as pictures."""

from __future__ import annotations

import io

from pincite.errors import DamagedDocument, MissingExtra
from pincite.reading.base import SourceFile

MOST_HEIGHT_PX = 8_000
"""A page that is far higher than wide is drawn smaller."""


def page_png(file: SourceFile, number: int, width_px: int) -> bytes:
    """Draw a page; for one thread at a time, as PDFium keeps global state.

    Parameters
    ----------
    number
        From 1.
    width_px
        How wide the picture is to be.

    Raises
    ------
    DamagedDocument
        The file cannot be read as a PDF, or has no such page.
    MissingExtra
        Pillow, which writes the picture, is not installed.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(file.data)
    except pypdfium2.PdfiumError as error:
        raise DamagedDocument(file.name, f"not a PDF that can be opened ({error})") from error
    with document:
        if not 1 <= number <= len(document):
            raise DamagedDocument(file.name, f"has {len(document)} pages, asked for page {number}")
        try:
            page = document[number - 1]
            width, height = page.get_size()
            scale = min(width_px / max(width, 1), MOST_HEIGHT_PX / max(height, 1))
            picture = page.render(scale=scale).to_pil()
        except pypdfium2.PdfiumError as error:
            raise DamagedDocument(file.name, f"page {number} cannot be drawn ({error})") from error
        except ImportError as error:
            raise MissingExtra("pictures of pages need Pillow: pip install 'pincite[ui]'") from error
        held = io.BytesIO()
        picture.save(held, "PNG")
        return held.getvalue()
