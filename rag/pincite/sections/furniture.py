"""Page furniture: controls and notices that a page carries around its text."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from pincite.types import Span

# Known phrases, and only where they stand alone on a line.  What this matches is never found: rather too little than
# too much ("We use cookies to ..." is a banner only with its button; else it is a line of a privacy policy).
_FURNITURE = re.compile(
    r"""^[ \t]*(?P<phrase>(?:[↑▲⬆»←→|•][ \t]*)?(?:
        (?:scroll|back|return|go|jump)\ (?:back\ )?to\ (?:the\ )?top(?:\ of\ (?:the\ )?page)?
      | (?:skip|jump)\ to\ (?:the\ )?(?:main\ )?(?:content|navigation)
      | share\ (?:this|on)(?:\ (?:page|article|post|story|facebook|twitter|linkedin|x))?
      | (?:print|email|bookmark)\ this(?:\ (?:page|article|post|story))?
      | (?:leave\ a\ (?:comment|reply)|cancel\ reply|post\ comment|load\ more)
      | click\ to\ (?:share|print|enlarge)[^\r\n]{0,60}?
      | (?:toggle|open|close|show|hide)\ (?:the\ )?(?:main\ )?(?:navigation|menu|sidebar)(?:\ menu)?
      | (?:previous|next)\ (?:post|article|page)
      | (?:accept|reject|allow|decline)\ (?:all\ )?cookies
      | (?:we\ use|this\ (?:web\ ?)?site\ uses)\ cookies\b[^\r\n]{0,160}?\b(?:accept(?:\ all)?|ok|okay|got\ it)
      | subscribe\ to\ (?:our|the)\ newsletter
      | page\ \d+\ of\ \d+
    )(?:[ \t]*[:.!↑▲⬆«→←|…]+)?)[ \t]*\r?$""",
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)


def find_furniture(text: str) -> tuple[Span, ...]:
    """Return the spans of known page controls that stand alone on a line ("Scroll to Top"), sorted and disjoint."""
    return tuple(Span(*match.span("phrase")) for match in _FURNITURE.finditer(text))


def merge_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return sorted disjoint spans that cover exactly what the given ones do; empty ones are dropped."""
    merged: list[Span] = []
    for span in sorted(spans):
        if not len(span):
            continue
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def clear_of(spans: Sequence[Span], others: Sequence[Span]) -> tuple[Span, ...]:
    """Return those of the spans that overlap none of the ``others``, which are sorted and disjoint."""
    starts = [other.start for other in others]

    def overlaps(span: Span) -> bool:
        before = bisect_left(starts, span.end)  # the last that begins before the span ends
        return before > 0 and others[before - 1].overlaps(span)

    return tuple(span for span in spans if not overlaps(span))


def outside(start: int, end: int, furniture: Sequence[Span]) -> list[tuple[int, int]]:
    """Return what is left of ``[start, end)`` without the sorted disjoint ``furniture``, in order."""
    left: list[tuple[int, int]] = []
    for at in range(bisect_right(furniture, start, key=lambda span: span.end), len(furniture)):
        span = furniture[at]
        if span.start >= end:
            break
        if span.start > start:
            left.append((start, span.start))
        start = max(start, span.end)
    if start < end:
        left.append((start, end))
    return left
