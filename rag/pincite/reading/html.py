"""HTML: readable text with block line breaks, headings, lists and tables; page furniture marked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pincite.errors import DamagedDocument
from pincite.reading.builder import TextBuilder
from pincite.reading.decoding import declared_charset, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from pincite.reading.base import RawDocument, SourceFile

# fmt: off
_DROPPED = frozenset({
    "script", "style", "template", "noscript", "head", "svg", "iframe", "object", "embed", "canvas", "audio", "video",
    "select", "datalist", "textarea",
})
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup",
    "hr", "legend", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul",
})
# fmt: on
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_ALWAYS_FURNITURE = frozenset({"nav", "aside"})
_PAGE_FURNITURE = frozenset({"header", "footer"})
_FURNITURE_ROLES = frozenset({"navigation", "banner", "contentinfo", "complementary", "search"})
_SECTIONING = frozenset({"article", "main", "section"})
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_NESTING_TAG = re.compile(r"<(/?)(?:div|span|section|article|blockquote|ul|ol|table|font|b|i|em|strong|center)\b", re.I)
MAX_NESTING = 2_000
"""Deepest open tags that are parsed; the parser's time grows with the square of the depth."""
_MAX_INDENT = 8
_SPACES = re.compile(r"[ \t\n\r\f]+")


def read_html(file: SourceFile) -> RawDocument:
    """Read an HTML page."""
    return html_document(decode(file, declared=declared_charset(file.data)), file)


def html_document(html: str, file: SourceFile) -> RawDocument:
    """Turn HTML into a document whose text is what a reader of the page sees.

    Raises
    ------
    EmptyDocument
        Nothing on the page can be read.
    """
    out = TextBuilder(file)
    title = append_html(html, out, file)
    return out.build(file, "text/html", title=title)


def append_html(html: str, out: TextBuilder, file: SourceFile, *, furniture: bool = False) -> str | None:
    """Append a page's readable text to ``out`` and return its title.

    Parameters
    ----------
    furniture
        Take the whole page as furniture, such as a book's table of contents.

    Raises
    ------
    DamagedDocument
        Tags are nested deeper than ``MAX_NESTING``.
    """
    from selectolax.lexbor import LexborHTMLParser

    depth = 0
    for tag in _NESTING_TAG.finditer(html):
        depth = max(0, depth + (-1 if tag[1] else 1))
        if depth > MAX_NESTING:
            raise DamagedDocument(file.name, f"tags are nested over {MAX_NESTING} deep: this is no page to read")
    parser = LexborHTMLParser(html)
    title = parser.css_first("head > title")
    if parser.body is not None:
        _Renderer(out, has_main_title=_has_main_title(parser), furniture=furniture).render(parser.body)
    return title.text() if title is not None else None


class _Renderer:
    """Walks a page once, gathering inline text until a block begins or ends."""

    def __init__(self, out: TextBuilder, *, has_main_title: bool, furniture: bool) -> None:
        self._out = out
        self._has_main_title = has_main_title
        self._inline: list[str] = []
        self._level: int | None = None
        self._furniture = int(furniture)
        self._sectioning = 0
        self._pre = 0
        # One entry for each open list: the number of its next item, or None for bullets.
        self._lists: list[int | None] = []
        self._bullet = ""
        self._tight = False

    def render(self, body: LexborNode) -> None:
        for node, entering in _walk(body, opaque=_is_data_table):
            tag = node.tag
            if node.is_text_node:
                self._add_text(node.text_content or "")
            elif tag == "br":
                self._inline.append("\n" if entering else "")
            elif tag == "table" and _is_data_table(node):
                if entering:
                    self._table(node)
            elif tag in _BLOCKS:
                self._flush()
                (self._enter if entering else self._leave)(node)
        self._flush()

    def _enter(self, node: LexborNode) -> None:
        tag = node.tag or ""
        self._furniture += self._is_furniture(node)
        self._sectioning += tag in _SECTIONING
        self._pre += tag == "pre"
        self._level = _HEADINGS.get(tag, self._level)
        if tag in {"ul", "ol"}:
            start = node.attributes.get("start") or "1"
            self._tight = bool(self._lists)
            self._lists.append((int(start) if start.isdecimal() else 1) if tag == "ol" else None)
        elif tag == "li" and self._lists:
            number = self._lists[-1]
            self._bullet = "  " * min(len(self._lists) - 1, _MAX_INDENT) + ("- " if number is None else f"{number}. ")
            self._lists[-1] = None if number is None else number + 1

    def _leave(self, node: LexborNode) -> None:
        tag = node.tag or ""
        self._sectioning -= tag in _SECTIONING
        self._furniture -= self._is_furniture(node)
        self._pre -= tag == "pre"
        if tag in _HEADINGS:
            self._level = None
        elif tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
            self._tight = bool(self._lists)
        elif tag in {"li", "dt"}:
            self._tight = True

    def _is_furniture(self, node: LexborNode) -> bool:
        """Tell page furniture; an article's own header or footer is no furniture of the page."""
        tag = node.tag
        if tag in _PAGE_FURNITURE:
            return not self._sectioning
        return tag in _ALWAYS_FURNITURE or (node.attributes.get("role") or "") in _FURNITURE_ROLES

    def _add_text(self, text: str) -> None:
        self._inline.append(text if self._pre else _SPACES.sub(" ", text))

    def _flush(self) -> None:
        """Append the gathered inline text as one block."""
        text = "".join(self._inline)
        self._inline.clear()
        if not self._pre:
            text = "\n".join(line.strip(" \t") for line in text.split("\n")).strip("\n")
        if not text.strip():
            return
        # Where no other heading of first rank exists, the one in the page's header is the title.
        furniture = bool(self._furniture) and (self._level != 1 or self._has_main_title)
        self._out.block(self._bullet + text, level=self._level, furniture=furniture, tight=self._tight)
        self._bullet, self._tight = "", False

    def _table(self, table: LexborNode) -> None:
        """Append a table row by row."""
        self._flush()
        cells: list[str] = []
        words: list[str] = []
        for node, entering in _walk(table):
            if node.is_text_node:
                words.append(node.text_content or "")
            elif node.tag in {"td", "th", "caption"} and not entering:
                cells.append(" ".join("".join(words).split()))
                words.clear()
            elif node.tag in _BLOCKS or node.tag == "br":
                words.append(" ")
            if node.tag in {"tr", "caption"} and not entering:
                row = " | ".join(cells) if any(cells) else ""
                self._out.block(self._bullet + row if row else "", furniture=bool(self._furniture), tight=self._tight)
                self._tight = self._tight or bool(row)
                self._bullet = "" if row else self._bullet
                cells.clear()
        self._tight = False


def _walk(
    root: LexborNode, *, opaque: Callable[[LexborNode], bool] = lambda _: False
) -> Iterator[tuple[LexborNode, bool]]:
    """Yield every visible node below ``root`` on entering it, and every element again on leaving it.

    What ``opaque`` holds is entered and left but not descended into.  No recursion: pages nest as deep as they like.
    """
    node = root.child
    depth = 0
    while node is not None:
        visible = node.is_text_node or (node.is_element_node and not _is_hidden(node))
        if visible:
            yield node, True
            if node.child is not None and not opaque(node):
                node, depth = node.child, depth + 1
                continue
            if node.is_element_node:
                yield node, False
        while node is not None and node.next is None and depth:
            node, depth = node.parent, depth - 1
            if node is not None:
                yield node, False
        node = node.next if node is not None else None


def _is_hidden(node: LexborNode) -> bool:
    if node.tag in _DROPPED:
        return True
    attributes = node.attributes
    return (
        ("hidden" in attributes and attributes["hidden"] != "until-found")
        or attributes.get("aria-hidden") == "true"
        or (node.tag == "dialog" and "open" not in attributes)
        or bool(_HIDDEN_STYLE.search(attributes.get("style") or ""))
    )


def _is_data_table(node: LexborNode) -> bool:
    """Tell a table of data from one that lays a page out, which is read as plain blocks."""
    if node.tag != "table" or node.attributes.get("role") == "presentation":
        return False
    return node.css_first("table table, h1, h2, h3, h4, h5, h6, pre, ul, ol") is None


def _has_main_title(parser: LexborHTMLParser) -> bool:
    """Tell whether a first-rank heading stands outside the page's furniture."""
    # What lies around an element, by its place in memory: a way up is gone only once, whatever stands below it.
    around: dict[int, frozenset[str]] = {}
    kinds = _ALWAYS_FURNITURE | _PAGE_FURNITURE | _SECTIONING
    for heading in parser.css("h1"):
        node, way = heading.parent, []
        while node is not None and node.mem_id not in around:
            way.append(node)
            node = node.parent
        within = around[node.mem_id] if node is not None else frozenset()
        for each in reversed(way):
            within = within | ({each.tag or ""} & kinds)
            around[each.mem_id] = within
        in_section = not _SECTIONING.isdisjoint(within)
        if _ALWAYS_FURNITURE.isdisjoint(within) and (in_section or _PAGE_FURNITURE.isdisjoint(within)):
            return True
    return False
