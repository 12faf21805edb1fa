"""From headings with levels to a tree of sections."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import PurePosixPath

from pincite.sections.furniture import outside
from pincite.sections.lines import WIKI_HEADING
from pincite.types import Heading, Section, Span

MAX_DEPTH = 64
"""Sections are nested no deeper: what is ranked below is ranked as this.  A path grows with its depth, so a file of
nothing but ever deeper headings would else take memory with the square of its size."""
_SPACE = re.compile(r"\s+")
_MARKS_BEFORE = re.compile(r"(?:^|(?<=[\r\n]))[ \t]{0,3}#{1,6}[ \t]+\Z")
_MARKS_AFTER = re.compile(
    r"[ \t]+#+(?=[ \t]*(?:[\r\n]|\Z))|[ \t]*(?:\r\n|\r|\n)[ \t]{0,3}(?:=+|-+)(?=[ \t]*(?:[\r\n]|\Z))"
)
_MARKUP = re.compile(r"^#{1,6}\s++|(?<!\s)\s++#++$|[*_`]{2,}|(?<!\s)[^\S\r\n]*+[\r\n]\s*+(?:=++|-++)\s*+$")


def build_tree(
    text: str, headings: Sequence[Heading], *, doc_id: str, title: str | None, furniture: Sequence[Span]
) -> Section:
    """Nest headings by level; skipped levels are fine.

    A first heading that stands before everything else is the root if it is alone at its level, or says what ``title``
    does.  Otherwise the root has no heading in the text and is called ``title``, else what the file's name says.

    Returns
    -------
    Section
        The root, whose span is the whole text.  Every character that is not blank and not furniture lies in exactly
        one heading or body of the tree.
    """
    headings = _with_marks(text, [h for h in headings if text[h.span.start : h.span.end].strip()])
    if _has_root(text, headings, furniture, title):
        first, rest = headings[0], headings[1:]
        path = (heading_title(text, first.span),)
        children = _children(text, rest, len(text), path)
        body = Span(first.span.end, children[0].span.start if children else len(text))
        return Section(path=path, span=Span(0, len(text)), heading=first.span, body=body, children=children)
    path = (_SPACE.sub(" ", title).strip() if title and title.strip() else title_from_id(doc_id),)
    children = _children(text, headings, len(text), path)
    body = Span(0, children[0].span.start if children else len(text))
    return Section(path=path, span=Span(0, len(text)), heading=None, body=body, children=children)


def _with_marks(text: str, headings: Sequence[Heading]) -> list[Heading]:
    """Widen headings to the marks that make them ("## Words", underlines), so that these fall to no other section."""
    widened: list[Heading] = []
    for heading, following in zip_longest(headings, headings[1:]):
        floor = max(widened[-1].span.end if widened else 0, heading.span.start - 12)
        ceiling = following.span.start if following else len(text)
        before = _MARKS_BEFORE.search(text[floor : heading.span.start])
        after = _MARKS_AFTER.match(text, heading.span.end)
        start = heading.span.start - len(before.group()) if before else heading.span.start
        end = after.end() if after and after.end() <= ceiling else heading.span.end
        widened.append(Heading(Span(start, end), heading.level))
    return widened


def heading_title(text: str, span: Span) -> str:
    """Return a heading on one line, without the marks of its markup."""
    words = text[span.start : span.end].strip()
    if wiki := WIKI_HEADING.fullmatch(words):
        words = wiki["title"]
    return _SPACE.sub(" ", _MARKUP.sub("", words)).strip() or "(untitled)"


def title_from_id(doc_id: str) -> str:
    """Make a readable title of a file's name: ``reports/annual-report_2024.txt`` is "annual report 2024"."""
    stem = PurePosixPath(doc_id).stem
    return _SPACE.sub(" ", re.sub(r"[_\-]+|%20", " ", stem)).strip() or doc_id


def _has_root(text: str, headings: Sequence[Heading], furniture: Sequence[Span], title: str | None) -> bool:
    if not headings:
        return False
    first = headings[0]
    if any(text[start:end].strip() for start, end in outside(0, first.span.start, furniture)):
        return False
    named = " ".join((title or "").split()).casefold() == heading_title(text, first.span).casefold()
    return named or all(heading.level > first.level for heading in headings[1:])


def _children(text: str, headings: Sequence[Heading], end: int, path: tuple[str, ...]) -> tuple[Section, ...]:
    """Make sections of the headings of one extent: each takes all that follow it at deeper levels.

    A stack instead of recursion, so that no depth of nesting can exhaust the interpreter's.
    """
    done: list[list[Section]] = [[]]  # finished sections of each open level
    open_: list[tuple[Heading, tuple[str, ...]]] = []

    def close(at: int) -> None:
        heading, own_path = open_.pop()
        children = tuple(done.pop())
        body = Span(heading.span.end, children[0].span.start if children else at)
        done[-1].append(Section(own_path, Span(heading.span.start, at), heading.span, body, children))

    for heading in headings:
        while open_ and (open_[-1][0].level >= heading.level or len(open_) >= MAX_DEPTH):
            close(heading.span.start)
        parent = open_[-1][1] if open_ else path
        open_.append((heading, (*parent, heading_title(text, heading.span))))
        done.append([])
    while open_:
        close(end)
    return tuple(done[0])
