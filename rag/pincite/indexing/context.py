"""What is embedded and put in the lexical index: where a chunk stands, followed by the chunk."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import unquote

from pincite.types import Chunk

_JOINTS = re.compile(r"[\s_\-]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

_LONGEST_PART = 2_000
"""Characters of a title or heading; an encoder's window ends far before, and each passage carries them all."""


def context(chunk: Chunk) -> str:
    """Return where the chunk stands, in one line: title, the file's name in words, headings.

    A file's name often says what the title does not, such as who made the agreement; it is left out where it only
    repeats words of the title.
    """
    title, *headings = (part[:_LONGEST_PART] for part in chunk.section)
    name = " ".join(_JOINTS.sub(" ", unquote(PurePosixPath(chunk.doc_id).stem)).split())
    repeats = set(name.casefold().split()) <= set(title.casefold().split())
    parts = [title] if repeats else [title, name]
    return " > ".join((*parts, *headings))
