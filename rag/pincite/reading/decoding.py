"""Bytes to text: UTF-8 first, then a byte-order mark's word, then a confident guess, else a refusal."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

from pincite.errors import DamagedDocument

if TYPE_CHECKING:
    from pincite.reading.base import SourceFile

# UTF-32 before UTF-16: its little-endian mark begins with the other's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SIGNATURES = (
    (b"%PDF-", "a PDF", ".pdf"),
    (b"PK\x03\x04", "a zip-based file", ".docx, .xlsx, .pptx or .epub"),
    (b"{\\rtf", "RTF", ".rtf"),
)
_GUESS_BYTES = 65_536
"""Enough to guess an encoding from; guessing reads the sample many times."""
# fmt: off
_CANDIDATES = [
    "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r",
    "cp932", "euc_jp", "gb18030", "big5", "cp949",
]
# fmt: on
"""What people still save text in; among all of Python's encodings some rare one always fits by chance."""
_MAX_CHAOS = 0.05
_MIN_COHERENCE = 0.3
_MIN_COHERENCE_ALONE = 0.1
"""charset-normalizer's measures of mess and of likeness to a language, both in [0, 1].

In doubt we refuse: a wrong guess would put wrong characters into quotes.  The lower bound holds where no other
encoding makes clean text of the bytes, as with Chinese and Japanese.
"""
_TIE = 0.01
_COMMONEST = "cp1252"
_MAX_CONTROLS = 0.02
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_META_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*+=\s*+(?:["']\s*+)?([\w.:-]+)""", re.I
)


def decode(file: SourceFile, *, declared: str | None = None) -> str:
    """Return the file's text, unchanged but for a leading byte-order mark, which is dropped as editors do.

    Parameters
    ----------
    declared
        An encoding that the file itself names, tried where the bytes are not UTF-8.

    Raises
    ------
    DamagedDocument
        The file is binary, or its encoding cannot be told for certain.
    """
    data = file.data
    for signature, what, suffix in _SIGNATURES:
        if data.startswith(signature):
            raise DamagedDocument(file.name, f"expected text, found {what}: rename it to {suffix}")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(file, _decode_as(file, data[len(mark) :], encoding))
    try:
        return _checked(file, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        if b"\x00" in data:
            raise DamagedDocument(file.name, "expected text, found a binary file") from error
        encoding = _known(declared) or _guess(data) or ""
        if not encoding:
            reason = f"not UTF-8 (byte {error.start}), and its encoding cannot be told: save it as UTF-8"
            raise DamagedDocument(file.name, reason) from error
        return _checked(file, _decode_as(file, data, encoding))


def declared_charset(data: bytes) -> str | None:
    """Return the encoding that an HTML or XML file names in its first 1024 bytes, if any."""
    found = _META_CHARSET.search(data[:1024])
    return found.group(1).decode("ascii", "replace") if found else None


def _decode_as(file: SourceFile, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        reason = f"not valid {encoding.upper()} (byte {error.start}): truncated, or save it as UTF-8"
        raise DamagedDocument(file.name, reason) from error


def _checked(file: SourceFile, text: str) -> str:
    """Refuse what decodes but is no text."""
    controls = sum(1 for _ in _CONTROLS.finditer(text))
    if "\x00" in text or controls > _MAX_CONTROLS * len(text):
        raise DamagedDocument(file.name, "expected text, found a binary file")
    return text


def _known(encoding: str | None) -> str | None:
    """Return Python's name of an encoding; as browsers do, Latin-1 and ASCII are read as Windows-1252."""
    try:
        name = codecs.lookup(encoding).name if encoding else None
        # Some codecs, such as zip or rot13, do not make text of bytes.
        b"".decode(name or "ascii")
    except LookupError:
        return None
    return "cp1252" if name in {"iso8859-1", "ascii"} else name if name != "utf-8" else None


def _guess(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    # Cut at a line's end, so as not to cut a character in two.
    sample = data if len(data) <= _GUESS_BYTES else data[:_GUESS_BYTES].rpartition(b"\n")[0]
    clean = [match for match in from_bytes(sample, cp_isolation=_CANDIDATES) if match.chaos <= _MAX_CHAOS]
    best = max((match.coherence for match in clean), default=0.0)
    if best < (_MIN_COHERENCE_ALONE if len(clean) == 1 else _MIN_COHERENCE):
        return None
    tied = [match for match in clean if match.coherence >= best - _TIE]
    # English with a few accents is as likely in several encodings of Europe: of those, only the commonest is taken.
    if any(_COMMONEST in (match.encoding, *match.could_be_from_charset) for match in tied):
        return _COMMONEST
    return tied[0].encoding if len(tied) == 1 else None
