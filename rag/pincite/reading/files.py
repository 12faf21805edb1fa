"""One file to one document: checks, then the reader of its kind."""

from __future__ import annotations

import stat
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pincite.errors import DamagedDocument, DocumentTooLarge, EmptyDocument, ReadError, UnsupportedFormat
from pincite.reading.base import SourceFile
from pincite.reading.limits import DEFAULT_MAX_BYTES, DEFAULT_MAX_CHARS

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from pincite.reading.base import RawDocument

# Suffix to module and function; a module is imported when the first file of its kind is read.
READERS = {
    ".txt": "plain:read_plain",
    ".text": "plain:read_plain",
    ".log": "plain:read_plain",
    ".rst": "plain:read_plain",
    ".md": "plain:read_markdown",
    ".markdown": "plain:read_markdown",
    ".html": "html:read_html",
    ".htm": "html:read_html",
    ".xhtml": "html:read_html",
    ".pdf": "pdf:read_pdf",
    ".docx": "docx:read_docx",
    ".docm": "docx:read_docx",
    ".pptx": "pptx:read_pptx",
    ".xlsx": "tables:read_xlsx",
    ".xlsm": "tables:read_xlsx",
    ".csv": "tables:read_csv",
    ".tsv": "tables:read_tsv",
    ".rtf": "rtf:read_rtf",
    ".epub": "epub:read_epub",
    ".ipynb": "notebook:read_notebook",
}
LEGACY = {".doc": ".docx", ".ppt": ".pptx", ".xls": ".xlsx"}


def unsupported_reason(suffix: str) -> str | None:
    """Return why files with this suffix (lower case, with its dot) cannot be read, or ``None`` if they can."""
    if suffix in READERS:
        return None
    if suffix in LEGACY:
        return f"the old binary format {suffix} is not read: save it as {LEGACY[suffix]}"
    what = f"no reader for {suffix} files" if suffix else "no reader for files without a suffix"
    return f"{what}: expected one of {', '.join(sorted(READERS))}"


def read_file(
    path: str | os.PathLike[str],
    *,
    doc_id: str | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    max_chars: int = DEFAULT_MAX_CHARS,
) -> RawDocument:
    """Read one file, in this process, by the kind that its suffix names.

    What a file made to do harm can take of time and memory has no bound here; in :mod:`pincite.confining` it has.

    Parameters
    ----------
    doc_id
        The document's id; the file's name where it is not given.
    max_bytes
        Larger files are refused.
    max_chars
        So are files that become a longer text.

    Raises
    ------
    ReadError
        The file cannot be read; the subclass says why.  Nothing else is raised for a bad file.
    """
    path = Path(path)
    name, data = str(path), read_bytes(path, max_bytes)
    try:
        return read_source(SourceFile(doc_id if doc_id is not None else path.name, name, data, max_chars), path.suffix)
    except MemoryError as error:
        raise DocumentTooLarge(name, "needs more memory than there is: split it") from error


def read_bytes(path: Path, max_bytes: int) -> bytes:
    """Return the bytes of a file of a kind that can be read.

    Raises
    ------
    ReadError
        There is no reader for it, it is no file, cannot be opened, is empty or too large.
    """
    reason = unsupported_reason(path.suffix.lower())
    if reason:
        raise UnsupportedFormat(path, reason)
    data = _read_bytes(path, max_bytes)
    if not data:
        raise EmptyDocument(path, "0 bytes: nothing to index")
    return data


def read_source(file: SourceFile, suffix: str) -> RawDocument:
    """Read a file's bytes by the kind that its suffix names.

    Raises
    ------
    ReadError
        They cannot be read.
    MemoryError
        There is not enough of it.
    """
    try:
        document = _reader(suffix.lower())(file)
        # Half a surrogate pair is no character: it could be neither stored nor shown.
        document.text.encode("utf-8")
    except (ReadError, MemoryError):
        raise
    except RecursionError as error:
        raise DamagedDocument(file.name, "nested too deeply: damaged, or made to do harm") from error
    except Exception as error:
        # Readers meet files made by anyone; what their libraries raise is not ours to enumerate.
        detail = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise DamagedDocument(file.name, f"truncated or not what its name says ({detail})") from error
    file.check_length(len(document.text))
    return document


def read_text(text: str, *, doc_id: str, media_type: str = "text/plain") -> RawDocument:
    """Make a document of text from Python.

    Parameters
    ----------
    media_type
        ``text/plain``, ``text/markdown`` or ``text/html``.

    Raises
    ------
    ReadError
        The id is blank, or holds characters that cannot be printed.
    EmptyDocument
        The text is blank.
    DamagedDocument
        The text holds half a surrogate pair.
    UnsupportedFormat
        Another media type.
    """
    from pincite.reading import plain
    from pincite.reading.html import html_document

    check_doc_id(doc_id)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise DamagedDocument(doc_id, f"half a surrogate pair at character {error.start}: not valid text") from error
    match media_type:
        case "text/plain":
            return plain.plain_document(text, doc_id=doc_id, name=doc_id)
        case "text/markdown":
            return plain.markdown_document(text, doc_id=doc_id, name=doc_id)
        case "text/html":
            return html_document(text, SourceFile(doc_id, doc_id, b"", max_chars=sys.maxsize))
        case _:
            expected = "text/plain, text/markdown or text/html"
            raise UnsupportedFormat(doc_id, f"expected media type {expected}, got {media_type}")


def check_doc_id(doc_id: str) -> None:
    """Raise :class:`ReadError` where an id could not be shown or stored: blank, control characters, half surrogates."""
    if not doc_id.strip() or not doc_id.isprintable():
        raise ReadError(ascii(doc_id), "expected an id of printable characters, not blank: give the document another")


def _reader(suffix: str) -> Callable[[SourceFile], RawDocument]:
    module, function = READERS[suffix].split(":")
    return cast("Callable[[SourceFile], RawDocument]", getattr(import_module(f"pincite.reading.{module}"), function))


def _read_bytes(path: Path, max_bytes: int) -> bytes:
    try:
        status = path.stat()
        # A pipe or a device could block for ever or never end.
        if not stat.S_ISREG(status.st_mode):
            raise ReadError(path, "expected a file, found a folder, pipe or device")
        if status.st_size <= max_bytes:
            with path.open("rb") as stream:
                # One byte more tells that the file has grown since.
                data = stream.read(max_bytes + 1)
            if len(data) <= max_bytes:
                return data
    except (OSError, ValueError) as error:
        raise ReadError(path, f"cannot be opened ({getattr(error, 'strerror', None) or error})") from error
    reason = f"{status.st_size:,} bytes, the limit is {max_bytes:,}: split it or raise the limit"
    raise DocumentTooLarge(path, reason)
