"""Numbers with what they count, how often, and whether they are the least or the most: "up to £2 million a year"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pincite.checking import english
from pincite.checking.times import Found, any_of, clocks, dates

_YEAR = re.compile(r"(?:19|20)\d\d")
_AHEAD = re.compile(r" (?:before|prior|ahead|in advance)\b", re.IGNORECASE)
_SIDE = re.compile(
    r"['’]? (?:(?P<before>before|prior to|ahead of|in advance)|(?:after|from|following|of))\b", re.IGNORECASE
)
_LATER_THAN = re.compile(r"(?:no|not) (?:later|earlier) than|not before|not after", re.IGNORECASE)
_WORDS = "|".join(english.NUMERALS)
_NUMBER = (
    r"(?P<digits>\d{1,3}(?:[, \u00a0\u202f]\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?)"
    rf"|(?P<word>(?:{_WORDS})(?:-(?:{_WORDS}))?|(?:a )?dozen|(?:half|a quarter)(?= (?:an? |of |the )?\w)|twice"
    r"|once|(?:a|one) half)"
)
_QUANTITY = re.compile(
    rf"(?<![\w.,/-])(?P<sign>[-−])?(?P<before>[£€$¥₹] ?|(?:US|CA|AU)\$ ?|\b(?:EUR|USD|GBP|CHF) )?(?:{_NUMBER})"
    rf"(?P<ordinal>st|nd|rd|th)?(?![\d])"
    rf"(?:[ -]?(?P<magnitude>{any_of(frozenset(english.MAGNITUDES))}|m(?=\b(?<=\dm)))\b)?"
    r"(?P<again>(?: (?:thousand|million|billion))*)",
    re.IGNORECASE,
)
_UNIT = re.compile(
    rf"[ \u00a0-]?(?:(?:consecutive|calendar|full|further|equal|whole|more|additional|extra|different|a|an|of|the) )*"
    rf"(?P<unit>{any_of(frozenset(english.UNITS) | frozenset(english.CURRENCIES))})(?![\w²³])",
    re.IGNORECASE,
)
_CASED = {"mW": "mw", "MW": "megawatt", "Mb": "mb"}
_PERIOD = any_of(
    frozenset(name for name, (kind, _) in english.UNITS.items() if kind in ("time", "months"))
    - english.LETTERS_ONLY_AFTER_DIGITS
)
_ONE = re.compile(
    r"\b(?:within|after|for|less than|more than|at least|at most|up to|over|under|about|than) "
    rf"(?P<a>an?) (?P<unit>{_PERIOD})\b",
    re.IGNORECASE,
)
_EVERY = re.compile(
    r"\b(?:for |in |of )?(?:(?P<lead>per|each|every|in each|in every|in any|in a|an?|/)[ ]?)"
    r"(?:(?:calendar|full|working|business) )?"
    rf"(?:(?P<n>\d+|{_WORDS}|other|second) )?(?P<unit>{_PERIOD}|night|quarter|term)\b"
    rf"|/ ?(?P<slashed>{_PERIOD}|h|night|kilometre|km)\b|\bper (?P<other>\w+)\b"
    rf"|\b(?P<adverb>{any_of(frozenset(english.PERIODIC))})\b",
    re.IGNORECASE,
)
_BOUND_BEFORE = re.compile(
    rf"\b(?:(?P<low>{any_of(english.LOWER_BOUNDS)})|(?P<high>{any_of(english.UPPER_BOUNDS)}))\b", re.I
)
_BOUND_AFTER = re.compile(
    rf"[ ,]*(?:(?P<low>{any_of(english.LOWER_AFTER)})|(?P<high>{any_of(english.UPPER_AFTER)}))\b", re.IGNORECASE
)
_BOUND_ENDS = re.compile(rf"(?<![ ,])[ ,]*(?:{any_of(english.LOWER_AFTER | english.UPPER_AFTER)})\Z", re.IGNORECASE)
_BETWEEN = re.compile(r"\b(?:between|from)[ ](?:about )?\Z", re.IGNORECASE)
_TO = re.compile(r"\A ?(?:\w+ ){0,3}(?:to|and|until|till|–|-)\s*(?:about )?\Z", re.IGNORECASE)
_RANGE = frozenset((" to ", "-", "–", " – ", " or "))
_JOINED = re.compile(r"(?: \w+)? (?:and|or) ")
_DENIES = re.compile(r"no|not|never|cannot", re.IGNORECASE)
_DENIED_BEFORE = re.compile(r"\b(?:not|never|no)(?: \w+){1,2} \Z", re.IGNORECASE)
_BOUND_REACH = 26  # characters before a number in which its bound stands


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, date or time of day as it is meant.

    Attributes
    ----------
    value
        In the smallest unit of its dimension; of a date (day, month, year), 0 where it is not said.
    dimension
        "" for a mere count; "money" takes its currency with it ("money pound").
    period
        How often, in seconds or months ("months 12" for a year); "" where it is not said.
    bound
        "+" for the least, "-" for the most, "" where it is neither.
    weak
        Whether the bound says little, such as "within".
    start, end
        Its characters, bound and unit among them.
    at
        Where the number itself begins.
    raw
        The number as it is written, whatever its unit.
    side
        "before" or "after" where it is a time before or after something.
    """

    value: tuple[float, ...]
    dimension: str
    period: str
    bound: str
    weak: bool
    start: int
    end: int
    at: int
    raw: float
    side: str


def quantities(text: str) -> tuple[Quantity, ...]:
    """Return the quantities of a sentence, in order.

    Examples
    --------
    >>> [(q.value, q.dimension, q.period, q.bound) for q in quantities("It pays up to £2 million a year for 2 weeks.")]
    [((2000000.0,), 'money pound', 'months 12', '-'), ((1209600.0,), 'time', '', '')]
    """
    found: list[Found] = []
    taken = 0
    for each in sorted([*dates(text), *clocks(text), *_numbers(text), *_single(text)], key=_place):
        if each[0] >= taken:
            found.append(each)
            taken = each[1]
    return tuple(_with_bounds(text, _compound(text, found)))


def periods(text: str) -> tuple[tuple[str, int, int], ...]:
    """Return how often things happen, with where that is said: "per month", "annually", "every 2 weeks"."""
    return tuple((period, found.start(), found.end()) for found in _EVERY.finditer(text) if (period := _period(found)))


def _compound(text: str, found: Sequence[Found]) -> list[Found]:
    """Return "2 hours and 15 minutes" as one, and the first of "2 to 8 °C" with its unit."""
    made: list[Found] = []
    for each in found:
        last = made[-1] if made else None
        if (
            last is not None
            and not last[3]
            and each[3] in english.RANGED
            and text[last[1] : each[0]] in _RANGE
            and each[4]
        ):
            made[-1] = last = (last[0], last[1], (round(last[4] * each[2][0] / each[4], 6),), each[3], last[4])
        if (
            last is not None
            and last[3] == each[3]
            and each[3] in english.COMPOUND
            and text[last[1] : each[0]] in (" and ", " ", ", ")
            and each[2][0] < last[2][0] / max(last[4], 1.0)
        ):
            made[-1] = (last[0], each[1], (last[2][0] + each[2][0],), last[3], last[4])
        else:
            made.append(each)
    return made


def _place(found: Found) -> tuple[int, int]:
    return found[0], -found[1]


def _numbers(text: str) -> list[Found]:
    found: list[Found] = []
    for match in _QUANTITY.finditer(text):
        value = _value(match)
        end = match.end()
        if value is None or (match["ordinal"] and not match["before"]):
            if value is not None and match["ordinal"]:
                found.append((match.start(), end, (value,), "ordinal", value))
            continue
        if (
            match["word"]
            and match["word"].casefold() == "one"
            and re.match(r" (?:of|another|or|can|may)\b", text[end:])
        ):
            continue
        if end < len(text) and text[end].isalnum() and not _UNIT.match(text, end):
            continue  # "300km" has its unit at once; "4x" is no number
        word = (match["word"] or "").casefold()
        if word in ("once", "twice"):
            found.append((match.start(), end, (value,), "times", value))
            continue
        dimension, factor = "", 1.0
        if match["before"]:
            sign = match["before"].strip()
            dimension = f"money {english.CURRENCIES[sign[-1] if sign[-1] in '£€$¥₹' else sign.casefold()]}"
        unit = _UNIT.match(text, end)
        if not dimension and unit is not None:
            name = _CASED.get(unit["unit"], unit["unit"].casefold().replace("-", " "))
            short = name in english.LETTERS_ONLY_AFTER_DIGITS and not match["digits"]
            if name in english.CURRENCIES and not short:
                dimension, end = f"money {english.CURRENCIES[name]}", unit.end()
            elif name in english.UNITS and not short:
                (dimension, factor), end = english.UNITS[name], unit.end()
        if word.startswith(("half", "a quarter")) and not dimension:
            continue
        if not dimension and _YEAR.fullmatch(match.group()):
            found.append((match.start(), end, (0.0, 0.0, value), "date", value))
            continue
        found.append((match.start(), end, (round(value * factor, 6),), dimension, value))
    return found


def _single(text: str) -> list[Found]:
    """Return what "a" counts: "within a month"."""
    found: list[Found] = []
    for match in _ONE.finditer(text):
        dimension, factor = english.UNITS[match["unit"].casefold()]
        found.append((match.start("a"), match.end(), (factor,), dimension, 1.0))
    return found


def _value(match: re.Match[str]) -> float | None:
    if match["digits"]:
        value = float(re.sub(r"[,\s]", "", match["digits"]))
    else:
        word = match["word"].casefold()
        tens, _, ones = word.partition("-")
        if word.endswith("dozen"):
            value = 12.0
        elif word in ("once", "twice"):
            value = 1.0 + (word == "twice")
        elif "half" in word:
            value = 0.5
        elif word.startswith("a quarter"):
            value = 0.25
        elif tens in english.NUMERALS:
            value = float(english.NUMERALS[tens] + english.NUMERALS.get(ones, 0))
        else:
            return None
    for said in (match["magnitude"] or "", *(match["again"] or "").split()):
        name = said.casefold()
        value *= 1e6 if name == "m" else english.MAGNITUDES.get(name, 1.0)
    return -value if match["sign"] else value


def _period(found: re.Match[str]) -> str:
    if found["adverb"]:
        n, unit = 1.0, english.PERIODIC[found["adverb"].casefold()]
        if unit.startswith("2 "):
            n, unit = 2.0, unit[2:]
    elif found["slashed"] or found["other"]:
        n, unit = 1.0, (found["slashed"] or found["other"]).casefold()
    else:
        said = (found["n"] or "1").casefold()
        n = (
            2.0
            if said in ("other", "second")
            else float(english.NUMERALS.get(said, 0) or (said.isdigit() and int(said)) or 1)
        )
        unit = found["unit"].casefold()
    unit = "day" if unit == "night" else unit
    dimension, factor = english.UNITS.get(unit, (unit, 1.0))
    return f"{dimension} {n * factor:g}"


def _with_bounds(text: str, found: Sequence[Found]) -> list[Quantity]:
    made: list[Quantity] = []
    for n, (start, end, value, dimension, raw) in enumerate(found):
        stop = end
        since = found[n - 1][1] if n else 0
        lead = text[max(since, start - _BOUND_REACH) : start]
        bound, weak, begin = "", False, start
        stated = [each for each in _BOUND_BEFORE.finditer(lead) if _reaches(lead[each.end() :])]
        after = _BOUND_AFTER.match(text, end)
        if stated:
            last = stated[-1]
            bound = "+" if last["low"] else "-"
            weak = last.group().casefold() in english.WEAK_BOUNDS
            begin = start - len(lead) + last.start()
            if _LATER_THAN.fullmatch(last.group()) and _AHEAD.match(text, end):
                bound = "+" if bound == "-" else "-"  # not later than a month before is a month before at least
            if last.group().casefold().endswith("than") and not _DENIES.match(last.group()):
                bound, begin = _turned(text, begin, bound)
        elif n and _BETWEEN.search(text[: found[n - 1][0]][-14:]) and _TO.match(text[since:start]):
            bound, weak = "-", True
        elif _BETWEEN.search(lead):
            bound, weak = "+", True
        if not bound and after is None and made and made[-1].bound and _JOINED.fullmatch(text[since:start]):
            bound, weak = made[-1].bound, True  # "up to 6 metres long and 2 metres high"
        if not bound and after is not None:
            bound, stop = "+" if after["low"] else "-", after.end()
        following = _EVERY.match(text, stop + (text[stop : stop + 1] == " "))
        period = _period(following) if following is not None else ""
        made.append(Quantity(value, dimension, period, bound, weak, begin, stop, start, raw, _side(text[stop:])))
    return made


def _side(following: str) -> str:
    match = _SIDE.match(following)
    return "" if match is None else "before" if match["before"] else "after"


def _reaches(between: str) -> bool:
    """Tell whether a bound reaches over these words to its number."""
    return re.fullmatch(r"[ (]*(?:(?:about|a|an|the|of|all|further|first|last|worth|room) )*", between) is not None


def _turned(text: str, begin: int, bound: str) -> tuple[str, int]:
    """Turn "longer than" about where it is denied some words before: "must not be longer than"."""
    before = _DENIED_BEFORE.search(text[:begin])
    return (bound, begin) if before is None else ("-" if bound == "+" else "+", before.start())


def without_bounds(text: str, counted: Sequence[Quantity]) -> str:
    """Return a text, as long as before, whose bounds are blanks: "no more than 3" denies nothing.

    Examples
    --------
    >>> text = "It is no longer than 3 m."
    >>> without_bounds(text, quantities(text))
    'It is                3 m.'
    """
    for each in counted:
        if each.bound:
            text = text[: each.start] + " " * (each.at - each.start) + text[each.at :]
            after = _BOUND_ENDS.search(text, each.at, each.end)
            if after is not None:
                text = text[: after.start()] + " " * (each.end - after.start()) + text[each.end :]
    return text
