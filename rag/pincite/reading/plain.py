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
_ATX_MARKS = re.compile(r"[ \t]*+#{1,6}+[ \t]++")
_FRONT_MATTER = re.compile(
    r"---[ \t]*(?P<eol>\r\n|\r|\n)(?P<yaml>[\w-]+[ \t]*:.*?)(?P=eol)(?:---|\.\.\.)[ \t]*(?=[\r\n]|\Z)", re.S
)
_TITLE = re.compile(r"^title[ \t]*+:(?P<title>[^\r\n]++)\r?$", re.M)


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
        title=_unquoted(titled["title"]) if titled else None,
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
            begin, end = _atx_words(text, *lines[first])
        else:
            # A setext heading may run over several lines; the last line of the map is the underline.
            begin, end = lines[first][0], lines[after - 2][1]
            words = text[begin:end]
            begin, end = begin + len(words) - len(words.lstrip()), end - len(words) + len(words.rstrip())
        if begin < end:
            headings.append(Heading(Span(begin, end), int(token.tag[1:])))
    return tuple(headings)


def _atx_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the extent of a heading's words in its line, the closing ``#`` marks left out; empty without words."""
    marks = _ATX_MARKS.match(text, start, end)
    if marks is None:
        return start, start
    words = text[marks.end() : end].rstrip("\r\n").rstrip(" \t")
    unmarked = words.rstrip("#")
    if unmarked != words and unmarked.endswith((" ", "\t")):
        words = unmarked.rstrip(" \t")
    return marks.end(), marks.end() + len(words)


def _unquoted(value: str) -> str:
    value = value.strip(" \t")
    if len(value) > 2 and value[0] in "\"'" and value[-1] == value[0]:
        value = value[1:-1]
    return value.strip()


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
