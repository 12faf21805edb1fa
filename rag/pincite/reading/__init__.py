"""Files, folders and text to raw documents: the text, and what the format itself says of its structure."""

from pincite.reading.base import RawDocument
from pincite.reading.files import check_doc_id, read_file, read_text
from pincite.reading.limits import DEFAULT_MAX_BYTES, DEFAULT_MAX_CHARS, ReadingLimits
from pincite.reading.sources import Source, Sources, find_sources

__all__ = [
    "DEFAULT_MAX_BYTES",
    "DEFAULT_MAX_CHARS",
    "RawDocument",
    "ReadingLimits",
    "Source",
    "Sources",
    "check_doc_id",
    "find_sources",
    "read_file",
    "read_text",
]
