"""Opens zip-based files without being fooled: bombs, encrypted office files and forbidden XML are refused."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from pincite.errors import DamagedDocument, DocumentTooLarge, EncryptedDocument

if TYPE_CHECKING:
    from pincite.reading.base import SourceFile

MAX_UNPACKED_BYTES = 400_000_000
"""Largest sum of a zip's unpacked parts: four times the default limit of a file."""
MAX_PARTS = 65_535
"""As many parts as a zip of the original format can hold."""
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_PROLOG_BYTES = 4_096


def open_zip(file: SourceFile) -> zipfile.ZipFile:
    """Open a zip held in memory.

    Raises
    ------
    EncryptedDocument
        A password is needed.
    DocumentTooLarge
        The parts unpack to more than ``MAX_UNPACKED_BYTES`` or are too many.
    DamagedDocument
        The file is no zip, or it is truncated.
    """
    if file.data.startswith(_OLE):
        # An encrypted .docx, .xlsx or .pptx is wrapped in the container of the old binary formats.
        if "EncryptedPackage".encode("utf-16-le") in file.data:
            raise EncryptedDocument(file.name, "a password is needed: save it without one")
        raise DamagedDocument(file.name, "holds an old binary office file: save it anew as .docx, .xlsx or .pptx")
    try:
        archive = zipfile.ZipFile(io.BytesIO(file.data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise DamagedDocument(file.name, f"truncated or not what its name says ({error})") from error
    parts = archive.infolist()
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED_BYTES or len(parts) > MAX_PARTS:
        limits = f"the limits are {MAX_UNPACKED_BYTES:,} and {MAX_PARTS:,}"
        reason = f"unpacks to {unpacked:,} bytes in {len(parts):,} parts, {limits}"
        raise DocumentTooLarge(file.name, reason)
    if any(part.flag_bits & 0x1 for part in parts):
        raise EncryptedDocument(file.name, "a password is needed: save it without one")
    return archive


def open_office(file: SourceFile) -> io.BytesIO:
    """Check an Office Open XML file and return it as a stream for the library that reads it.

    Raises
    ------
    DamagedDocument
        Besides the reasons of :func:`open_zip`: a part declares a document type, which the format forbids
        (ECMA-376 part 2, 6.3.2.2.2) and which is how entity bombs are made.
    """
    with open_zip(file) as archive:
        for part in archive.infolist():
            if not part.filename.endswith((".xml", ".rels")):
                continue
            with archive.open(part) as stream:
                # Dropping the zeros reads UTF-16 well enough to find the word.
                prolog = stream.read(_PROLOG_BYTES).replace(b"\x00", b"")
            if b"<!DOCTYPE" in prolog or b"<!ENTITY" in prolog:
                raise DamagedDocument(file.name, f"part {part.filename} declares entities, which the format forbids")
    return io.BytesIO(file.data)
