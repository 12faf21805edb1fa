"""What a single line of plain text looks like: a heading, a numbered clause, or neither."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from pincite.types import Span

MAX_HEADING_CHARS = 100
MAX_HEADING_WORDS = 14
MAX_SENTENCE_CASE_WORDS = 8
"""A line written like a sentence must be shorter than a title to pass as a heading."""

STRICT = 0.75
"""Share of capitalised words that makes a title of what might be a sentence."""

WIKI_HEADING = re.compile(
    r"(?P<marks>={2,6}|=(?:[ ]=){0,5}(?=[ \t]))[ \t]*(?P<title>[^=;\s](?:[^;\r\n]{0,98}[^=;\s])?)[ \t]*(?P=marks)"
)
"""A heading as a wiki marks it, "== Plot ==", and as corpora of wiki text space it, "= = Plot = ="."""

_CLOSING = tuple(".!?:;,…。！？：；，、—-")
_LINE = re.compile(r"[^\r\n]+")
_BULLET = re.compile(r"(?:[-*+•◦▪‣·–—●○■□➢✓>|]|\(?[a-zA-Z]{1,4}\)|\(?\d{1,3}\))\s*\S")
_FIELD = re.compile(
    r"""(?:name|title|by|dated?|address|attn|attention|tel(?:ephone)?|phone|fax|facsimile|e-?mail|its|signed
        |signature|state\ of|county\ of|print(?:ed)?\ name|source|re|cc|from|to|subject|and|or|between|witness(?:ed)?
      )\b\s*(?::|\Z)
      | _{3,} | /s/""",
    re.VERBOSE | re.IGNORECASE,
)
_NOT_HEADING = re.compile(
    r"""@ | https?: | www\. | _{2,} | \.{3,} | …{2} | \t\S | \| | [<>={}$\\] | \S[ ]{3,}\S  # links, columns
      | ^(?:please|dear)\b                                                                     # letters and forms
      | \b[A-Z]{2}\ +\d{5}\b | \b[A-Z]\d[A-Z]\ ?\d[A-Z]\d\b                                     # postal codes
      | \b\d+\ (?:[\w.]+\ ){0,4}(?:street|st|avenue|ave|boulevard|blvd|road|rd|drive|lane|suite|floor|plaza|way)\b
      | \[\s*\] | ^\(.*\)\Z | (?<!\S)\)  # captions, seals
      | ^(?:\d{1,2}\ )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\ [\d,\ ]+\Z # a date alone
      | ^(?:page\ )?[-–\s]*[\divxlc]+[-–\s]*\Z                                                  # a page number
    """,
    re.VERBOSE | re.IGNORECASE,
)
_LABEL_WORDS = "article|chapter|part|section|clause|book|appendix|annex|annexure|exhibit|schedule|attachment"
_LABELLED = re.compile(
    rf"(?P<word>{_LABEL_WORDS})\s+(?P<number>\d+(?:\.\d+)*|[IVXLC]+|[A-Z])(?:\([\w.]+\))*(?![\w])[.:)]?\s*[-–—]?\s*",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?P<sign>§\s*)?(?P<number>\d{1,3}(?:\.\d{1,3})*)(?:\.(?!\d)|(?=\s)|(?<=\.\d))\s*(?=\S)")
_ROMAN_OR_LETTER = re.compile(r"(?P<number>[IVXLC]+|[A-Z])\.\s+(?=\S)")
_RUN_IN = re.compile(r"(?P<title>[^.:;\n]{2,70}?)\s?(?:\.|:|\s[-–—])(?=\s+[\"“‘'(\[]*[A-Z])")
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_MOST_DIGITS = 9
_MOST_PARTS = 20
"""A longer number counts nothing that a reader could follow: such a line is no heading."""
_WORD = re.compile(r"[^\W\d_][\w'’-]*")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that holds text: its span without white space, and whether blank lines set it off."""

    start: int
    end: int
    text: str
    gap_before: bool
    gap_after: bool

    @property
    def width(self) -> int:
        """Columns: characters of East Asian scripts count twice."""
        return len(self.text) + sum(unicodedata.east_asian_width(char) in "WF" for char in self.text[:200])

    @property
    def closed(self) -> bool:
        """Whether the line ends like a sentence or an introduction to a list."""
        return _is_closed(self.text)

    @property
    def is_bullet(self) -> bool:
        """Whether the line is a list item or a row of a table."""
        return _BULLET.match(self.text) is not None

    @property
    def is_form(self) -> bool:
        """Whether the line is to be filled in or signed."""
        return _FIELD.match(self.text) is not None

    @property
    def is_prose(self) -> bool:
        """Whether the line is something that a heading may stand over."""
        return self.width >= 60 or self.closed or self.is_bullet


class Style(Enum):
    """Kinds of numbering; see :attr:`Number.kind` for their depth."""

    DECIMAL = "1.2"
    PARAGRAPH = "§"
    ROMAN = "IV."
    LETTER = "B."
    LABEL = "Article 4"
    ANNEX = "Exhibit A"


@dataclass(frozen=True, slots=True)
class Number:
    """The number at the start of a line.

    Attributes
    ----------
    kind
        Style, with the label's word or the depth: headings of one kind are of one level.
    parts
        Such as (1, 2) for "1.2" or "Section 1.2".
    length
        Characters of the line up to the title.
    """

    style: Style
    kind: str
    parts: tuple[int, ...]
    length: int


def split_lines(text: str, furniture: Sequence[Span]) -> list[Line]:
    """Return the lines that hold text and are not furniture, in order."""
    found: list[tuple[int, int]] = []
    position = 0
    for match in _LINE.finditer(text):
        stripped = match.group().strip()
        if not stripped:
            continue
        start = match.start() + len(match.group()) - len(match.group().lstrip())
        end = start + len(stripped)
        while position < len(furniture) and furniture[position].end <= start:
            position += 1
        if position == len(furniture) or furniture[position].start >= end:
            found.append((start, end))
    breaks = [True, *(_is_gap(text[a[1] : b[0]]) for a, b in pairwise(found)), True]
    return [Line(a, b, text[a:b], breaks[i], breaks[i + 1]) for i, (a, b) in enumerate(found)]


def parse_numbers(line: str) -> list[Number]:
    """Return what number a line begins with; two readings where a letter may be Roman; none for most lines."""
    if match := _LABELLED.match(line):
        word = match["word"].lower()
        number = match["number"]
        if not line[0].isupper() or (number.isalpha() and not number.isupper()):
            return []
        if _is_endless(number):
            return []
        annex = word in {"appendix", "annex", "annexure", "exhibit", "schedule", "attachment"}
        parts = _parts(number) or (ord(number) - 64,)
        style = Style.ANNEX if annex else Style.LABEL
        return [Number(style, f"{word}{len(parts)}", parts, match.end())]
    if match := _NUMBERED.match(line):
        if _is_endless(match["number"]):
            return []
        parts = _parts(match["number"])
        style = Style.PARAGRAPH if match["sign"] else Style.DECIMAL
        return [Number(style, f"{style.name}{len(parts)}", parts, match.end())]
    if match := _ROMAN_OR_LETTER.match(line):
        readings = []
        if roman := _parts(match["number"]):
            readings.append(Number(Style.ROMAN, "ROMAN", roman, match.end()))
        if len(match["number"]) == 1:
            readings.append(Number(Style.LETTER, "LETTER", (ord(match["number"]) - 64,), match.end()))
        return readings
    return []


def is_heading_text(text: str) -> bool:
    """Tell whether a line, its number removed, reads like a heading."""
    words = _WORD.findall(text)
    if len(text) > MAX_HEADING_CHARS or not words or len(words) > MAX_HEADING_WORDS:
        return False
    if _is_closed(text) or _FIELD.match(text) or _NOT_HEADING.search(text) or _BULLET.match(text):
        return False
    first = words[0][0]
    if first.islower() or sum(map(len, words)) < len(text) / 2:
        return False
    return is_title_case(text) or len(words) <= MAX_SENTENCE_CASE_WORDS


def is_title_case(text: str, *, share: float = 0.6) -> bool:
    """Tell whether most of the longer words are capitalised, or the script knows no capitals."""
    words = _WORD.findall(text)
    long = [word for word in words if len(word) > 3] or words
    return (
        bool(words) and not words[0][0].islower() and sum(not word[0].islower() for word in long) >= share * len(long)
    )


def run_in_title(text: str) -> int | None:
    """Return the length of the title that a clause begins with ("Term. This Agreement ..."), full stop included."""
    match = _RUN_IN.match(text)
    if match is None or not is_title_case(match["title"], share=STRICT) or not is_heading_text(match["title"]):
        return None
    return match.end() if len(_WORD.findall(match["title"])) <= MAX_SENTENCE_CASE_WORDS else None


def _is_closed(text: str) -> bool:
    return text.rstrip("\"'”’»)]").endswith(_CLOSING) or text.endswith(_CLOSING)


def _is_gap(between: str) -> bool:
    """Tell whether two lines are set apart: by a blank line, or by furniture."""
    return between.replace("\r\n", "\n").replace("\r", "\n").count("\n") > 1


def _is_endless(number: str) -> bool:
    return number.count(".") >= _MOST_PARTS or (number[0].isdigit() and max(map(len, number.split("."))) > _MOST_DIGITS)


def _parts(number: str) -> tuple[int, ...]:
    """Read "1.2" as (1, 2) and "IV" as (4,); other letters as ()."""
    if number[0].isdigit():
        return tuple(int(part) for part in number.split("."))
    if not set(number) <= _ROMAN.keys():
        return ()
    total = largest = 0
    for char in reversed(number):  # a letter before a larger one is taken from it
        value = _ROMAN[char]
        largest = max(largest, value)
        total += value if value == largest else -value
    return (total,)
