"""Plain text and Markdown: the decoded file, unchanged."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pincite.errors import EmptyDocument
from pincite.reading.base import RawDocument
from pincite.reading.decoding import decode
from pincite.types import Heading, Span

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

    from pincite.reading.base import SourceFile

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_ATX = re.compile(r"[ \t]*#{1,6}[ \t]+(?P<text>.*?)(?:[ \t]+#+)?[ \t]*$")
_FRONT_MATTER = re.compile(
    r"---[ \t]*(?P<eol>\r\n|\r|\n)(?P<yaml>[\w-]+[ \t]*:.*?)(?P=eol)(?:---|\.\.\.)[ \t]*(?=[\r\n]|\Z)", re.S
)
_TITLE = re.compile(r"^title[ \t]*:[ \t]*(?P<quote>[\"']?)(?P<title>[^\r\n]+?)(?P=quote)[ \t]*\r?$", re.M)


def read_plain(file: SourceFile) -> RawDocument:
    """Read plain text; its headings are left to be told from its shape."""
    return plain_document(decode(file), doc_id=file.doc_id, name=file.name)


def read_markdown(file: SourceFile) -> RawDocument:
    """Read Markdown with the exact spans of its headings."""
    return markdown_document(decode(file), doc_id=file.doc_id, name=file.name)


def plain_document(text: str, *, doc_id: str, name: str) -> RawDocument:
    """Wrap text as a document without marked headings.

    Raises
    ------
    EmptyDocument
        The text is blank.
    """
    _refuse_blank(text, name)
    return RawDocument(doc_id, text)


def markdown_document(text: str, *, doc_id: str, name: str) -> RawDocument:
    """Wrap Markdown text; YAML front matter is furniture.

    Raises
    ------
    EmptyDocument
        The text is blank.
    """
    _refuse_blank(text, name)
    front = _FRONT_MATTER.match(text)
    titled = _TITLE.search(front["yaml"]) if front else None
    return RawDocument(
        doc_id,
        text,
        "text/markdown",
        title=titled["title"].strip() if titled else None,
        headings=markdown_headings(text, start=front.end() if front else 0),
        furniture=(Span(0, front.end()),) if front else (),
    )


def markdown_headings(text: str, *, start: int = 0) -> tuple[Heading, ...]:
    """Return the headings from ``start`` on: their words, without ``#`` marks and underlines.

    Headings in code fences are none; nor are those quoted in lists and block quotes, which open no section.
    """
    lines = [match.span() for match in _LINE.finditer(text, start)]
    headings = []
    for token in _block_parser().parse(text[start:]):
        if token.type != "heading_open" or token.level or token.map is None:
            continue
        first, after = token.map
        if token.markup.startswith("#"):
            line_start, line_end = lines[first]
            found = _ATX.match(text[line_start:line_end].rstrip("\r\n"))
            begin, end = (line_start + found.start("text"), line_start + found.end("text")) if found else (0, 0)
        else:
            # A setext heading may run over several lines; the last line of the map is the underline.
            begin, end = lines[first][0], lines[after - 2][1]
            words = text[begin:end]
            begin, end = begin + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
        if begin < end:
            headings.append(Heading(Span(begin, end), int(token.tag[1:])))
    return tuple(headings)


@cache
def _block_parser() -> MarkdownIt:
    """Return a CommonMark parser that stops at blocks: lines are all we ask of it."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _refuse_blank(text: str, name: str) -> None:
    if not text.strip():
        raise EmptyDocument(name, "holds no text: nothing to index")
