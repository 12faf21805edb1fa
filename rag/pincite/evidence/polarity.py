"""Whether two wordings deny each other: a small lexicon of negations and opposites."""

from __future__ import annotations

import re
from functools import cache

from pincite.storing.terms import terms

_DENIAL = re.compile(
    r"\b(?:not|no|never|without|except|neither|nor|unlike|cannot|none|hardly|rather|instead)\b|(?<=\w)n[’']t\b",
    re.IGNORECASE,
)
# "Not longer than 5 m", "no more than 3": a bound, which answers "how long" and "how many".
_BOUND = re.compile(r"\b(?:not|no|never)\b(?:[ ]\w+){0,3}[ ](?:more|less|fewer|\w+er)[ ]than(?=[ ](?:\w+[ ])?\d)", re.I)
_OPPOSITES = """
    first/last first/final first/second first/third second/third increase/decrease more/less more/fewer most/least
    largest/smallest highest/lowest higher/lower before/after above/below north/south east/west northern/southern
    eastern/western win/lose won/lost begin/end began/ended start/end start/stop support/oppose always/never
    majority/minority early/late earlier/later earliest/latest old/new older/younger oldest/newest oldest/youngest
    rich/poor good/bad best/worst strong/weak public/private male/female men/women maximum/minimum upper/lower
    long/short positive/negative same/different easy/difficult simple/complex cause/prevent include/exclude
    allow/forbid accept/reject inside/outside internal/external major/minor success/failure import/export rise/fall
    open/closed gain/loss attack/defend buy/sell ancient/modern enemy/ally permanent/temporary
"""


def denies(text: str) -> bool:
    """Tell whether a text holds a negation."""
    return _DENIAL.search(text) is not None


def without_bounds(text: str) -> str:
    """Return a text without negations that only set a bound to a number.

    Examples
    --------
    >>> denies(without_bounds("The hose must not be longer than 5 m."))
    False
    """
    return _BOUND.sub(" at most", text)


def opposites(stem: str) -> frozenset[str]:
    """Return the stems of the words that say the opposite; empty for most words."""
    return _lexicon().get(stem, frozenset())


@cache
def _lexicon() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in _OPPOSITES.split():
        one, other = ((terms(word) or [word])[0] for word in pair.split("/"))
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {stem: frozenset(others) for stem, others in found.items()}
