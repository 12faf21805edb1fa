"""Rich Text Format: its words; headings are told from their shape, as in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pincite.errors import DamagedDocument, EmptyDocument
from pincite.reading.base import RawDocument

if TYPE_CHECKING:
    from pincite.reading.base import SourceFile


def read_rtf(file: SourceFile) -> RawDocument:
    """Read an RTF file.

    Raises
    ------
    DamagedDocument
        The file does not begin as RTF, or its last group is not closed.
    """
    from striprtf.striprtf import rtf_to_text

    if not file.data.lstrip().startswith(b"{\\rtf"):
        raise DamagedDocument(file.name, "expected RTF, which begins with {\\rtf")
    if not file.data.rstrip(b"\x00 \t\r\n").endswith(b"}"):
        raise DamagedDocument(file.name, "truncated: its last group is not closed")
    # RTF is ASCII with escapes; Latin-1 lets every byte through to the library, which knows the code page.
    text: str = rtf_to_text(file.data.decode("latin-1"), errors="replace")  # type: ignore[no-untyped-call]
    text = text.replace("\x00", "")
    if not text.strip():
        raise EmptyDocument(file.name, "holds no text: nothing to index")
    return RawDocument(file.doc_id, text, "application/rtf")
