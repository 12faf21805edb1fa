"""Pages of a PDF as pictures."""

from __future__ import annotations

import io
import threading
from pathlib import Path

from pincite import PinciteError

WIDTH_PX = 1100
_DRAWING = threading.Lock()  # PDFium is not safe for use by several threads.


def page_png(path: Path, number: int) -> bytes:
    """Draw a page, :data:`WIDTH_PX` wide.

    Parameters
    ----------
    number
        From 1.

    Raises
    ------
    PinciteError
        The file cannot be read as a PDF, or has no such page.
    """
    import pypdfium2

    with _DRAWING:
        try:
            document = pypdfium2.PdfDocument(path)
        except (pypdfium2.PdfiumError, OSError) as error:
            raise PinciteError(f"{path.name}: cannot be read any more: {error}") from error
        with document:
            if not 1 <= number <= len(document):
                raise PinciteError(f"{path.name}: has {len(document)} pages, asked for page {number}")
            page = document[number - 1]
            picture = page.render(scale=WIDTH_PX / page.get_width()).to_pil()
            held = io.BytesIO()
            picture.save(held, "PNG")
            return held.getvalue()
