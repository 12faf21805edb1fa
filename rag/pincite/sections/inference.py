"""Headings of plain text, from its shape.

A heading is a short line without closing punctuation, set off from the prose that it stands over; or a numbered line or
clause title whose number continues a sequence.  Levels come from the numbering, and from text that announces what
follows: a heading whose own text names at least two of the headings after it is their parent.

A text that marks its headings as a wiki does ("== Plot ==") is taken at its word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, zip_longest

from pincite.sections.lines import (
    MAX_HEADING_WORDS,
    STRICT,
    WIKI_HEADING,
    Line,
    Number,
    Style,
    is_heading_text,
    is_title_case,
    parse_numbers,
    run_in_title,
    split_lines,
)
from pincite.types import Heading, Span

_LIST_LENGTH = 3
"""So many heading-like lines in a row are a list, an address or a table of contents."""
_LARGEST_GAP = 3
"""A number continues a sequence when it is at most this far on (clauses are deleted, or lost in conversion)."""
_FEW_TITLES = 16
_PROSE_WIDTH = 80
_ANNEX_KIND = "annex"
_PLAIN_KIND = ""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A line that may be a heading: lines ``[first, last]`` of the list, the heading's span, and its number."""

    first: int
    last: int
    span: Span
    number: Number | None = None
    run_in: bool = False
    bare_label: bool = False


def infer_headings(text: str, furniture: Sequence[Span] = ()) -> tuple[Heading, ...]:
    """Return the headings of a plain text in reading order; the document's title has level 0.

    Parameters
    ----------
    text
        The whole text.
    furniture
        Sorted disjoint spans to be passed over.
    """
    lines = split_lines(text, furniture)
    if marked := tuple(_wiki_headings(lines)):
        return marked
    candidates = _without_lists(_join_labels(lines, _candidates(lines)))
    candidates = _join_labels(lines, _standing_over_text(lines, _without_initials(_unrepeated(text, candidates))))
    if not candidates:
        return ()
    levels = _levels(text, candidates)
    first = candidates[0]
    if first.first == 0 and (first.number is None or first.number.style is Style.ANNEX):
        levels[0] = 0
    return tuple(Heading(c.span, level) for c, level in zip(candidates, levels, strict=True))


def _wiki_headings(lines: list[Line]) -> Iterator[Heading]:
    for line in lines:
        if match := WIKI_HEADING.fullmatch(line.text):
            yield Heading(Span(line.start, line.end), match["marks"].count("="))


def _candidates(lines: list[Line]) -> list[_Candidate]:
    found: list[_Candidate] = []
    last_of: dict[tuple[str, tuple[int, ...]], int] = {}
    before: tuple[int, str] | None = None  # the last numbered line that is no heading
    sentences: Counter[tuple[str, tuple[int, ...]]] = Counter()  # such lines, by their place in the numbering
    for i, line in enumerate(lines):
        number = _in_sequence(line, last_of)
        if number is not None:
            last_of[number.kind, number.parts[:-1]] = number.parts[-1]
            # Directly below an item of the same kind that is no heading, it is an item as well.
            item_above = before == (i - 1, number.kind) and not line.gap_before
            before = (i, number.kind)
            if not item_above and (candidate := _numbered(lines, i, number)):
                found.append(candidate)
                before = None
                continue
            sentences[number.kind, number.parts[:-1]] += 1
        if number is None and _is_set_off(lines, i, found) and is_heading_text(line.text):
            found.append(_Candidate(i, i, Span(line.start, line.end)))
    return _without_clauses(lines, found, sentences)


def _without_clauses(
    lines: list[Line], candidates: list[_Candidate], sentences: Counter[tuple[str, tuple[int, ...]]]
) -> list[_Candidate]:
    """Drop closed lines that look like titles where most lines numbered like them are sentences."""

    def place(candidate: _Candidate) -> tuple[str, tuple[int, ...]]:
        return (candidate.number.kind, candidate.number.parts[:-1]) if candidate.number else ("", ())

    titles = Counter(map(place, candidates))
    return [
        c
        for c in candidates
        if c.run_in or not c.number or not lines[c.last].closed or titles[place(c)] > sentences[place(c)]
    ]


def _in_sequence(line: Line, last_of: dict[tuple[str, tuple[int, ...]], int]) -> Number | None:
    """Return the line's number if it begins or continues a sequence; a table's or an address's number does not."""
    for number in parse_numbers(line.text):
        last = last_of.get((number.kind, number.parts[:-1]))
        continues = last is not None and last < number.parts[-1] <= last + _LARGEST_GAP
        if continues or number.parts[-1] == 1 or number.style is Style.ANNEX:
            return number
    return None


def _numbered(lines: list[Line], i: int, number: Number) -> _Candidate | None:
    line = lines[i]
    title = line.text[number.length :]
    if not title:
        bare = number.style in {Style.LABEL, Style.ANNEX}
        return _Candidate(i, i, Span(line.start, line.end), number, bare_label=True) if bare else None
    alone = line.gap_after or i + 1 == len(lines) or lines[i + 1].is_prose or bool(parse_numbers(lines[i + 1].text))
    unclosed = title.rstrip(".:")
    length = run_in_title(title)
    if length is not None and unclosed != title:
        return _Candidate(i, i, Span(line.start, line.start + number.length + length), number, run_in=True)
    if alone and is_heading_text(unclosed) and (unclosed == title or is_title_case(title, share=STRICT)):
        return _Candidate(i, i, Span(line.start, line.end), number)
    if length is not None:
        return _Candidate(i, i, Span(line.start, line.start + number.length + length), number, run_in=True)
    return None


def _is_set_off(lines: list[Line], i: int, found: list[_Candidate]) -> bool:
    """Tell whether blank lines, or much longer prose below it, set a line off."""
    line = lines[i]
    if line.gap_before and line.gap_after:
        return True
    if i + 1 == len(lines) or line.gap_after:
        return False
    follows_heading = bool(found) and found[-1].last == i - 1 and not found[-1].run_in
    begins = line.gap_before or follows_heading or lines[i - 1].closed
    return begins and lines[i + 1].width >= max(_PROSE_WIDTH, 2 * line.width)


def _join_labels(lines: list[Line], candidates: list[_Candidate]) -> list[_Candidate]:
    """Join "ARTICLE IV" with the title on the next line, and the lines of a title that was broken."""
    joined: list[_Candidate] = []
    for candidate in candidates:
        before = joined[-1] if joined else None
        if before and candidate.first == before.last + 1 and candidate.number is None:
            broken = before.first == 0 and before.number is None and not lines[before.last].gap_after
            if before.bare_label or broken:
                span = Span(before.span.start, candidate.span.end)
                joined[-1] = replace(before, last=candidate.last, span=span, bare_label=False)
                continue
        joined.append(candidate)
    return joined


def _without_lists(candidates: list[_Candidate]) -> list[_Candidate]:
    """Drop runs of heading-like lines with nothing between them, except the first of a document and what leads on.

    The last line of a run stands over what follows the run, so it stays unless the run is a numbered list.
    """
    kept: list[_Candidate] = []
    run: list[_Candidate] = []

    def close() -> None:
        if len(run) < _LIST_LENGTH:
            kept.extend(run)
        elif run[0].number is None:
            kept.extend([*(run[:1] if run[0].first == 0 else []), run[-1]])
        run.clear()

    for candidate in candidates:
        same = run and candidate.first == run[-1].last + 1 and _kind(candidate) == _kind(run[-1]) and not run[-1].run_in
        if run and not same:
            close()
        run.append(candidate)
    close()
    return kept


def _kind(candidate: _Candidate) -> str:
    return candidate.number.kind if candidate.number else ""


def _unrepeated(text: str, candidates: list[_Candidate]) -> list[_Candidate]:
    """Drop unnumbered lines that stand in many places: running headers, signature pages, refrains."""
    titles = [_words(text[c.span.start : c.span.end]) if c.number is None else "" for c in candidates]
    count = Counter(titles)
    return [c for c, title in zip(candidates, titles, strict=True) if not title or count[title] < _LIST_LENGTH]


def _without_initials(candidates: list[_Candidate]) -> list[_Candidate]:
    """Drop an "A." or "I." that no heading of the kind follows: "A. Writer" is a name."""
    count = Counter(map(_kind, candidates))
    initials = {("LETTER", (1,)), ("ROMAN", (1,))}
    return [
        c for c in candidates if not c.number or count[_kind(c)] > 1 or (c.number.kind, c.number.parts) not in initials
    ]


def _standing_over_text(lines: list[Line], candidates: list[_Candidate]) -> list[_Candidate]:
    """Keep the headings that have prose or a list below them, or another heading at once."""
    kept: list[_Candidate] = []
    for candidate, following in zip_longest(candidates, candidates[1:]):
        end = following.first if following else len(lines)
        below = lines[candidate.last + 1 : end]
        over_heading = following is not None and not below
        over_text = any(line.is_prose for line in below) and not below[0].is_form
        if candidate.run_in or over_heading or over_text:
            kept.append(candidate)
    return kept


def _levels(text: str, candidates: list[_Candidate]) -> list[int]:
    """Return each heading's level, from 1."""
    levels: list[int] = []
    open_kinds: list[str] = []  # of numbering, outermost first
    seen: set[str] = set()
    nested_in = _announcers(text, candidates)
    for i, candidate in enumerate(candidates):
        number = candidate.number
        if number is None:
            in_annex = open_kinds[:1] == [_ANNEX_KIND]
            levels.append(1 + nested_in[i] + in_annex)
            following = candidates[i + 1].number if i + 1 < len(candidates) else None
            if following and following.kind in seen and following.parts == (1,):
                open_kinds = [*open_kinds[:in_annex], _PLAIN_KIND]  # the numbering begins anew under this heading
            continue
        if number.style is Style.ANNEX:
            open_kinds = [_ANNEX_KIND]
        elif number.kind in open_kinds:
            del open_kinds[open_kinds.index(number.kind) + 1 :]
        else:
            if number.style is Style.DECIMAL:  # 2. after 1.1, where 1. had no title
                open_kinds = [k for k in open_kinds if not k.startswith(Style.DECIMAL.name) or k < number.kind]
            open_kinds.append(number.kind)
        seen.add(number.kind)
        levels.append(len(open_kinds))
    return levels


def _announcers(text: str, candidates: list[_Candidate]) -> list[int]:
    """Return how many headings announce each one, directly or through its parent.

    Read from the end, so that a heading's own announced ones are known, and passed over, when a heading before it
    announces it.
    """
    deeper = [0] * (len(candidates) + 1)  # where a nesting begins, and where it ends
    subtree_end = list(range(1, len(candidates) + 1))
    for i in range(len(candidates) - 2, 0 if candidates[0].first == 0 else -1, -1):
        if candidates[i].number is not None:
            continue
        own = _Named(_words(text[candidates[i].span.end : candidates[i + 1].span.start]))
        j, announced = i + 1, 0
        while j < len(candidates) and candidates[j].number is None:
            title = _words(text[candidates[j].span.start : candidates[j].span.end])
            if title not in own:
                break
            announced += 1
            j = subtree_end[j]
        if announced >= 2:
            deeper[i + 1] += 1
            deeper[j] -= 1
            subtree_end[i] = j
    return list(accumulate(deeper[:-1]))


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


class _Named:
    """The words of a text, asked many times whether they hold others in the same order.

    Searching the whole text for each of many titles would take the product of the two: so after a few, all runs of as
    many words as the title has are gathered once.
    """

    def __init__(self, words: str) -> None:
        self._text = f" {words} "
        self._searched = 0
        self._runs: dict[int, frozenset[str]] = {}

    def __contains__(self, title: str) -> bool:
        length = title.count(" ") + 1
        if self._searched < _FEW_TITLES or length > MAX_HEADING_WORDS:
            self._searched += 1
            return f" {title} " in self._text
        if length not in self._runs:
            words = self._text.split()
            self._runs[length] = frozenset(" ".join(words[at : at + length]) for at in range(len(words)))
        return title in self._runs[length]
