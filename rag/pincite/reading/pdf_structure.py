"""What a PDF's layout says of its structure: paragraphs, running headers and footers, headings."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pincite.types import Heading, Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pincite.reading.pdf_lines import Line

# Proportions of type and line spacing as typesetters use them; checked on PDFs made by reportlab, groff and WeasyPrint.
_NORMAL_PITCH_PERCENTILE = 30
_DEFAULT_PITCH = 1.2
_PARAGRAPH_GAP = 1.2
_PUSHED_GAP = 1.6
_SIZE_TOLERANCE = 0.05
_HEADING_SIZE = 1.08
_MARGIN = 0.13
"""Share of the page's height at its top and bottom in which running headers and footers stand."""
_EDGE_LINES = 3
_MOST_DIGITS = 9
_SAME_PLACE = 4.0
_REPEATED_SHARE = 0.4
"""Of the pages from first to last; below a half, since left and right pages often differ."""
_MAX_HEADING_LINES = 3
_MAX_HEADING_CHARS = 200
_TABLE_GAP = 2.5
_NOT_WORDS = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b", re.I)
_NUMBERED = re.compile(r"(?:(?:chapter|part|section|article)\s+)?(?:\d+|[ivxlc]+)\b", re.I)
_FINISHED = re.compile(r"[.!?:;][\"'”’)]*$")
_SENTENCE_END = re.compile(r"[.;,]$")


@dataclass(frozen=True, slots=True)
class Bookmark:
    """An entry of a PDF's outline: its level from 1 and the index of its page from 0."""

    title: str
    level: int
    page: int


def is_paragraph_break(lines: Sequence[Line]) -> list[bool]:
    """Tell for each line whether a paragraph begins with it.

    It does after a gap wider than the usual line spacing, where the type changes, and where a line is indented after
    a finished sentence.  A line that stands higher than the one before is taken as the next column's.
    """
    usual = _usual_pitch(lines)
    breaks = [False] * len(lines)
    for index in range(1, len(lines)):
        before, line = lines[index - 1], lines[index]
        if before.page != line.page:
            breaks[index] = True
            continue
        pitch = (before.bottom - line.bottom) / max(before.size, line.size, 0.1) / usual
        after = lines[index + 1] if index + 1 < len(lines) else line
        indented = (
            0.8 * line.size < line.left - before.left < 6 * line.size
            and abs(after.left - before.left) < 0.3 * line.size
            and bool(_FINISHED.search(before.text))
        )
        # A raised note mark or a formula pushes lines apart within a sentence.
        pushed = pitch < _PUSHED_GAP and line.text[0].islower() and not _FINISHED.search(before.text)
        breaks[index] = (
            (pitch > _PARAGRAPH_GAP and not pushed) or not _same_type(before, line) or (indented and pitch > 0)
        )
    return breaks


def find_furniture(lines: Sequence[Line], pages: Sequence[tuple[float, float]]) -> list[bool]:
    """Tell for each line whether it is a running header, footer or page number.

    Those are lines near the edge of the page that stand at the same place on most pages between the first and the last
    of them, with the same words up to numbers; and bare numbers that grow with the pages.
    """
    candidates: dict[str, list[int]] = defaultdict(list)
    by_page = itertools.groupby(range(len(lines)), key=lambda index: lines[index].page)
    for page, group in by_page:
        height = pages[page][1]
        ranked = sorted(group, key=lambda index: lines[index].bottom)
        for index in {*ranked[:_EDGE_LINES], *ranked[-_EDGE_LINES:]}:
            if not _MARGIN * height < lines[index].bottom < (1 - _MARGIN) * height:
                candidates[_NUMBER.sub("#", lines[index].text).casefold()].append(index)
    furniture = [False] * len(lines)
    for indexes in candidates.values():
        ranked = sorted(indexes, key=lambda index: lines[index].bottom)
        for alike, middle in _at_one_place(lines, ranked):
            found = {lines[other].page for other in alike}
            repeated = len(found) >= _REPEATED_SHARE * (max(found) - min(found) + 1)
            enough = len(found) >= max(2, min(3, len(pages)))
            ahead = Counter(_ahead(lines[other]) for other in alike)
            for index in middle:
                # A number that grows with the pages, as on the first pages of chapters.
                own = _ahead(lines[index])
                furniture[index] = enough and (repeated or (own is not None and ahead[own] >= 3))
    return furniture


def _at_one_place(lines: Sequence[Line], ranked: Sequence[int]) -> Iterator[tuple[Sequence[int], Sequence[int]]]:
    """Yield the lines that stand near enough to one height, and those of them that stand at that height.

    ``ranked`` is sorted by height.  Lines that have the same ones near them are given together: of a header that stands
    on every page, all at once.
    """
    bottoms = [lines[index].bottom for index in ranked]
    places = [
        (bisect_right(bottoms, bottom - _SAME_PLACE), bisect_left(bottoms, bottom + _SAME_PLACE)) for bottom in bottoms
    ]
    for (first, last), middle in itertools.groupby(range(len(ranked)), key=places.__getitem__):
        yield ranked[first:last], [ranked[at] for at in middle]


def _ahead(line: Line) -> int | None:
    """Return how far a page's number is ahead of its place in the file; ``None`` where the line is no such number."""
    return int(line.text) - line.page if line.text.isdecimal() and len(line.text) <= _MOST_DIGITS else None


def find_headings(lines: Sequence[Line], bookmarks: Sequence[Bookmark], *, title: str | None) -> tuple[Heading, ...]:
    """Return the headings: those of the outline if most of it stands in the text, else those the type shows.

    Parameters
    ----------
    lines
        Without furniture, with their offsets.
    title
        From the document's information; the first heading, if it says the same, is above all others.
    """
    outlined = _from_outline(lines, bookmarks, title)
    by_type = _from_type(lines, title)
    if not outlined or len(outlined) * 2 < len(bookmarks):
        return tuple(by_type)
    # An outline seldom lists the document's own title, which stands before its first entry in larger type.
    first = outlined[0]
    before = [heading for heading in by_type if heading.span.end <= first.span.start and heading.level == 1]
    if len(before) == 1 and not any(heading.level == 1 for heading in by_type if heading not in before):
        return (before[0], *(Heading(heading.span, heading.level + 1) for heading in outlined))
    return tuple(outlined)


def _usual_pitch(lines: Sequence[Line]) -> float:
    """Return the usual distance of lines as a multiple of the type size."""
    pitches = [
        (before.bottom - line.bottom) / line.size
        for before, line in itertools.pairwise(lines)
        if before.page == line.page and line.size > 0 and _same_type(before, line)
    ]
    plausible = [pitch for pitch in pitches if 0.8 < pitch < 3]
    return float(np.percentile(plausible, _NORMAL_PITCH_PERCENTILE)) if plausible else _DEFAULT_PITCH


def _same_type(one: Line, other: Line) -> bool:
    return abs(one.size - other.size) <= _SIZE_TOLERANCE * max(one.size, other.size) and one.bold == other.bold


def _from_outline(lines: Sequence[Line], bookmarks: Sequence[Bookmark], title: str | None) -> list[Heading]:
    """Find each entry's words on its page, at or after the entry before it."""
    by_page: dict[int, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        by_page[line.page].append(index)
    found: list[tuple[Span, Bookmark]] = []
    end = 0
    for bookmark in bookmarks:
        wanted = _NOT_WORDS.sub("", bookmark.title).casefold()
        for index in by_page[bookmark.page]:
            span = _match(lines, index, wanted) if wanted and lines[index].start >= end else None
            if span:
                found.append((span, bookmark))
                end = span.end
                break
    levels = _below_title([entry.title for _, entry in found], [entry.level for _, entry in found], title)
    return [Heading(span, level) for (span, _), level in zip(found, levels, strict=True)]


def _match(lines: Sequence[Line], index: int, wanted: str) -> Span | None:
    """Return the span of the lines from ``index`` on whose words are those wanted, a number before them aside."""
    found = ""
    for at, line in enumerate(lines[index : index + _MAX_HEADING_LINES], start=index):
        if at > index and not _runs_on(lines[at - 1], line):
            return None
        found += _NOT_WORDS.sub("", line.text).casefold()
        rest = found.removesuffix(wanted)
        if found == wanted or (rest != found and re.fullmatch(r"(?:chapter|section|part|appendix)?[\divxlc]*", rest)):
            return Span(lines[index].start, line.span.end)
        if len(found) > len(wanted) + 16:
            return None
    return None


def _from_type(lines: Sequence[Line], title: str | None) -> list[Heading]:
    """Return short lines set in larger or bolder type than the body; levels by size, then weight."""
    weights: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        weights[line.size, line.bold] += len(line.text)
    if not weights:
        return []
    body_size, body_bold = weights.most_common(1)[0][0]

    def stands_out(line: Line) -> bool:
        larger = line.size >= _HEADING_SIZE * body_size
        bolder = line.bold and not body_bold and line.size >= (1 - _SIZE_TOLERANCE) * body_size
        return (larger or bolder) and line.widest_gap < _TABLE_GAP * line.size

    headings: list[tuple[Span, str, float, bool]] = []
    index = 0
    while index < len(lines):
        group = [lines[index]]
        while index + len(group) < len(lines) and _runs_on(group[-1], lines[index + len(group)]):
            group.append(lines[index + len(group)])
        index += len(group)
        words = " ".join(line.text for line in group)
        if (
            len(group) <= _MAX_HEADING_LINES
            and all(map(stands_out, group))
            and len(words) <= _MAX_HEADING_CHARS
            and any(map(str.isalpha, words))
            and not _SENTENCE_END.search(words)
        ):
            headings.append((Span(group[0].start, group[-1].span.end), words, group[0].size, group[0].bold))
    # Sizes that differ by rounding are one rank.
    looks = sorted({(round(size * 2) / 2, bold) for *_, size, bold in headings}, reverse=True)
    levels = [looks.index((round(size * 2) / 2, bold)) + 1 for *_, size, bold in headings]
    levels = _below_title([words for _, words, _, _ in headings], levels, title)
    return [Heading(span, level) for (span, *_), level in zip(headings, levels, strict=True)]


def _below_title(words: Sequence[str], levels: Sequence[int], title: str | None) -> list[int]:
    """Return the levels, all but the first lowered by one where the first heading is the document's title.

    It is, though it has the rank of others, if it says what the document's information says, or if it alone of its
    rank has no number.
    """
    peers = [text for text, level in zip(words, levels, strict=True) if level == 1][1:]
    if not peers or levels[0] != 1:
        return list(levels)
    named = _NOT_WORDS.sub("", words[0]).casefold() == _NOT_WORDS.sub("", title or "").casefold()
    alone = not _NUMBERED.match(words[0]) and all(map(_NUMBERED.match, peers))
    return [levels[0], *(level + (named or alone) for level in levels[1:])]


def _runs_on(before: Line, line: Line) -> bool:
    """Tell whether a line continues the one before: next below it, in the same type, with no blank line between."""
    adjacent = before.page == line.page and line.start - before.span.end == len("\n")
    return adjacent and before.bottom > line.bottom and _same_type(before, line)
