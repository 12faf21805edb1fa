"""Names of uploaded files: below the folder they are put in, no longer than a file system takes, no two alike."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

MAX_STEM_BYTES = 150
"""A file system takes some 255 bytes; what is left is for the suffix, and for a number behind the name."""
MAX_SUFFIX_BYTES = 20
"""Of what stands behind the last dot; what is longer is no suffix."""
MAX_FOLDERS = 7

_UNSAFE = re.compile(r'[<>:"|?*]')
_DIGITS = 8


def safe_name(name: str) -> str:
    """Return a file's name, folders included, such that it stays below the folder it is put in and can be found there.

    A part that is too long is cut between two characters, and ends in some digits of its SHA-256: two names that only
    differ behind the cut stay two, and the same name becomes the same again.  What kind of file it is stays readable.

    Examples
    --------
    >>> safe_name("../../etc/passwd")
    'etc/passwd'
    >>> safe_name("a<b>.txt"), safe_name(".hidden.txt"), safe_name("")
    ('a_b_.txt', 'hidden.txt', 'document.txt')
    >>> safe_name(f"{'語' * 200}.pdf") == f"{'語' * 47}~f5f6671e.pdf"
    True
    """
    parts = []
    for part in unicodedata.normalize("NFC", name).replace("\\", "/").split("/"):
        shown = "".join(c if c.isprintable() else "_" for c in part)
        if kept := _short(_UNSAFE.sub("_", shown).strip(". ")):
            parts.append(kept)
    return "/".join(parts[-MAX_FOLDERS - 1 :]) or "document.txt"


def free_name(name: str, taken: Iterable[str]) -> str:
    """Return a name that is neither one of those taken, nor a folder of one, nor below one.

    Examples
    --------
    >>> free_name("a.txt", ["a.txt", "a (2).txt"]), free_name("a/b.txt", ["a"])
    ('a (3).txt', 'b (2).txt')
    """
    held = set(taken)
    folders = {above for each in held for above in _folders(each)}
    path, found, number = PurePosixPath(name), name, 1
    while found in held or found in folders or held.intersection(_folders(found)):
        number += 1
        found = path.with_name(f"{path.stem} ({number}){path.suffix}").as_posix()
        if held.intersection(_folders(found)):
            found = PurePosixPath(found).name
    return found


def _folders(name: str) -> list[str]:
    """Return the folders that a file lies in by its name.

    Examples
    --------
    >>> _folders("a/b/c.txt")
    ['a', 'a/b']
    """
    parts = name.split("/")[:-1]
    return ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]


def _short(part: str) -> str:
    stem, dot, suffix = part.rpartition(".")
    if not stem or len(_bytes(suffix)) > MAX_SUFFIX_BYTES:
        stem, dot, suffix = part, "", ""
    if len(_bytes(stem)) <= MAX_STEM_BYTES:
        return part
    digits = hashlib.sha256(_bytes(part)).hexdigest()[:_DIGITS]
    kept = _bytes(stem)[: MAX_STEM_BYTES - _DIGITS - 1].decode("utf-8", "ignore")
    return f"{kept.strip('. ')}~{digits}{dot}{suffix}"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
