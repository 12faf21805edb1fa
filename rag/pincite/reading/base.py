"""What every reader makes of a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pincite.errors import DocumentTooLarge
from pincite.reading.limits import DEFAULT_MAX_CHARS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pincite.types import Heading, Page, Span


# What programs write for a document that nobody named.
_PLACEHOLDER = re.compile(
    r"[(\[<]?(?:anonymous|unknown|unspecified|(?:untitled|no title|document|presentation|slide)\s?\d*)[)\]>]?"
    r"|(?:microsoft\s)?(?:powerpoint|word|excel) (?:presentation|document)|title",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class RawDocument:
    """A source as its format marks it, before its sections are known.

    Attributes
    ----------
    doc_id
        Path relative to the folder that was given, with ``/`` on every system.
    text
        One string; every offset counts code points in it. For text and Markdown the decoded file, unchanged.
    title
        From the metadata (HTML ``<title>``, DOCX core properties, PDF information); ``None`` where unknown.
    headings
        In reading order, disjoint; ``None`` where the format marks no headings (plain text) and
        only the text's shape can tell.
    furniture
        Sorted disjoint spans that are kept in the text but never indexed: running headers, navigation.
    pages
        Pages in order; empty where the format has none.
    char_boxes
        Shape (len(text), 4), float32: left, bottom, right, top of each code point in points from the page's lower
        left corner, NaN where a code point has no box. ``None`` where the format has no layout.
    """

    doc_id: str
    text: str
    media_type: str = "text/plain"
    title: str | None = None
    headings: tuple[Heading, ...] | None = None
    furniture: tuple[Span, ...] = ()
    pages: tuple[Page, ...] = ()
    char_boxes: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file's bytes with the id its document gets and the name the user gave it, for messages.

    ``max_chars`` is how long the document's text may become.
    """

    doc_id: str
    name: str
    data: bytes = field(repr=False)
    max_chars: int = DEFAULT_MAX_CHARS

    def check_length(self, n_chars: int) -> None:
        """Raise :class:`DocumentTooLarge` where a text of so many code points is longer than allowed."""
        if n_chars > self.max_chars:
            reason = (
                f"becomes a text of more than {self.max_chars:,} characters, the limit: split it or raise the limit"
            )
            raise DocumentTooLarge(self.name, reason)


def metadata_title(title: str | None) -> str | None:
    r"""Return a title from a file's metadata on one line, or ``None`` where it is blank or a program's placeholder.

    Examples
    --------
    >>> metadata_title(" The Harbour\nHandbook"), metadata_title("(anonymous)"), metadata_title("Untitled 1")
    ('The Harbour Handbook', None, None)
    """
    words = " ".join(title.split()).encode("utf-8", "replace").decode() if title else ""
    return None if not words or _PLACEHOLDER.fullmatch(words) else words
