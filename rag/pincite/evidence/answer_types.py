"""What kind of thing a question asks for, and whether a sentence offers one.

"How many troops?" is not answered by a sentence without a number, however close its words are.  The patterns are
English; a question of another language asks for no particular kind, and then every sentence will do.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import Enum, auto

from pincite.storing.terms import terms


class AnswerType(Enum):
    """Kinds of answer that leave a mark in the text; ``OTHER`` for all that do not."""

    DATE = auto()
    DURATION = auto()
    FREQUENCY = auto()
    MONEY = auto()
    PERCENT = auto()
    NUMBER = auto()
    PERSON = auto()
    PLACE = auto()
    OTHER = auto()


# A question word asks only where it stands first or opens a clause: "people who ..." and "..., when it rains" do not.
_OPENS = r"(?:^|[,;:]\s*|\b(?:and|but|or|by|to|of|for|from|with|since|until|at|in|on|during)\s+)"
_WHICH = r"\b(?:what|which|whch|wich|whih|wat)\s+(?:\w+\s+)?"
# From the first "what" of a line on, not from each: else a question of nothing but "what" takes quadratic time.
_HOW_MUCH = r"(?m:^)(?>.*?\bhow much (?:did|does|do|will|would) ).*\b(?:cost|pay|spend|earn|charge)\b"
_WHAT_COST = r"(?m:^)(?>.*?\bwhat).*\b(?:cost|price|budget|salary|fee|revenue|profits?|spending)\b"

# The first kind that matches is asked for.
_ASKED: dict[AnswerType, tuple[str, ...]] = {
    AnswerType.MONEY: (
        r"\bhow (?:much money|expensive)\b",
        _HOW_MUCH,
        _WHAT_COST,
    ),
    AnswerType.PERCENT: (r"\bper ?cent(?:age)?\b", r"\bwhat (?:proportion|share|fraction)\b"),
    AnswerType.FREQUENCY: (r"\bhow (?:often|frequently|many times)\b",),
    AnswerType.DURATION: (r"\bhow long\b(?! ago)", r"\bfor how many (?:years|days|months|weeks|hours)\b"),
    AnswerType.NUMBER: (
        r"\bhow (?:many|much|far|old|tall|large|big|high|deep|fast|wide|heavy)\b",
        r"\bwhat (?:(?:is|was|are|were) )?(?:the )?(?:total )?(?:number|amount|population|distance|ratio|rank)\b",
        r"\b(?:numbers|headcount)$",
    ),
    AnswerType.DATE: (
        _OPENS + r"when\b",
        _WHICH + r"(?:year|date|day|month|century|decade)\b",
        r"\byear$",
        r"\bhow long ago\b",
        r"\bwhat (?:is|was) the (?:year|date)\b",
    ),
    AnswerType.PLACE: (
        _OPENS + r"where\b",
        _WHICH + r"(?:city|cities|country|countries|states?|town|continent|county|province|region)\b",
        r"\baddress$",
    ),
    AnswerType.PERSON: (
        _OPENS + r"(?:who|whom|whose)\b",
        _WHICH + r"(?:person|people|man|woman|leader|king|queen)\b",
    ),
}
_ASKED_PATTERNS = {kind: re.compile("|".join(asked), re.IGNORECASE) for kind, asked in _ASKED.items()}

_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "Jan\\.|Feb\\.|Mar\\.|Apr\\.|Aug\\.|Sept?\\.|Oct\\.|Nov\\.|Dec\\."
)
_DATE = re.compile(
    rf"\b(?:1\d{{3}}|20\d\d)(?:s|\b)|\b(?:{_MONTHS})(?=\s|$)|\b\w+ centur(?:y|ies)\b|\b\d+ ?(?:BCE?|AD|CE)\b"
    r"|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
)
_EVENT_TIME = re.compile(
    r"\b(?:after|following|during|since|before|until|upon|in the wake of|ago|today)\b", re.IGNORECASE
)
_DESIGNATED = re.compile(
    rf"\b(?:Article|Section|Chapter|Clause|Figure|Table|Act|Exhibit|War|No\.?|{_MONTHS})\s+\d+\w*(?:,? \d{{4}})?"
    r"|\b\d+/\d+\b|\b(?:in|since|by|from|until|of|during|the) (?:1\d{3}|20\d\d)s?\b"
)
_NUMBER = re.compile(
    r"\d[\d,.]*|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fifteen|twenty|thirty|forty|"
    r"fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|trillions?|dozens?|half|twice|both)\b",
    re.IGNORECASE,
)
_VAGUE_NUMBER = re.compile(r"\b(?:one|once|single|none|several|many|few|most|majority|all|every)\b", re.IGNORECASE)
_MONEY = re.compile(
    r"[$€£¥]\s?\d"
    r"|(?<![\d,.])(?>[\d,.]*?\b\d)[\d,.]*+\s?(?:million |billion )?"
    r"(?:dollars?|euros?|pounds?|yen|cents?|USD|EUR|francs?)\b",
    re.I,
)
_PERCENT = re.compile(r"\d\s?%|\bper ?cent\b", re.IGNORECASE)
_PORTION = re.compile(r"\b(?:half|third|thirds|quarters?|majority|most|all|none|\d+)\b", re.IGNORECASE)
_FREQUENCY = re.compile(
    r"\b(?:once|twice|\w+ times|never|always|annual(?:ly)?|yearly|monthly|weekly|daily|hourly|every|each|per|"
    r"rarely|seldom|only one)\b",
    re.IGNORECASE,
)
_DURATION = re.compile(
    r"\b(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|decades?|centur(?:y|ies))\b", re.IGNORECASE
)
_PLACE_BEFORE = re.compile(r"\b(?:in|at|near|from|to|across|throughout|within|via|of|on)\s+(?:the\s+|\w+ern\s+)?\Z")
_PROPER = re.compile(r"\b[A-Z][\w’'.-]*(?:\s+(?:of\s+|de\s+|the\s+|von\s+|van\s+)?[A-Z][\w’'.-]*)*")
_PEOPLE = re.compile(
    r"\b\w*(?:ers|ors|ists|ians|men|women|people|teams?|countries|states|members|company|government)\b"
)


def asked_type(question: str) -> AnswerType:
    """Return the kind of thing that ``question`` asks for."""
    asked = question.strip().rstrip("?!. ")
    for kind, pattern in _ASKED_PATTERNS.items():
        if pattern.search(asked):
            return kind
    return AnswerType.OTHER


def offers(kind: AnswerType, sentence: str, known: Collection[str]) -> float:
    """Tell how far ``sentence`` offers an answer of this kind: 1 plainly, 0 not at all.

    Parameters
    ----------
    known
        Terms of the question and of the passage's headings: what the asker has named is not the answer.
    """
    match kind:
        case AnswerType.DATE:
            if any(_is_new(found, known) for found in _DATE.findall(sentence)):
                return 1.0
            return 0.4 if _EVENT_TIME.search(sentence) else 0.0
        case AnswerType.DURATION:
            counted = _NUMBER.search(sentence) is not None
            return (1.0 if counted else 0.5) if _DURATION.search(sentence) else 0.0
        case AnswerType.FREQUENCY:
            return 1.0 if _FREQUENCY.search(sentence) else 0.5 * _offers_number(sentence, known)
        case AnswerType.MONEY:
            return 1.0 if _MONEY.search(sentence) else 0.4 * _offers_number(sentence, known)
        case AnswerType.PERCENT:
            return 1.0 if _PERCENT.search(sentence) else 0.5 * bool(_PORTION.search(sentence))
        case AnswerType.NUMBER:
            return _offers_number(sentence, known)
        case AnswerType.PERSON:
            return max(_offers_name(sentence, known, places=False), 0.3 * bool(_PEOPLE.search(sentence)))
        case AnswerType.PLACE:
            return _offers_name(sentence, known, places=True)
        case AnswerType.OTHER:
            return 1.0


def _is_new(found: str, known: Collection[str]) -> bool:
    return any(term not in known for term in terms(found))


def _offers_number(sentence: str, known: Collection[str]) -> float:
    plain = _DESIGNATED.sub(" ", sentence)
    if any(_is_new(found, known) for found in _NUMBER.findall(plain)):
        return 1.0
    return 0.4 if _VAGUE_NUMBER.search(plain) else 0.0


def _offers_name(sentence: str, known: Collection[str], *, places: bool) -> float:
    best = 0.0
    for match in _PROPER.finditer(sentence):
        new = [word for word in match.group().split() if _is_new(word, known)]
        if not new or (match.start() == 0 and len(new) < 2):
            continue  # one capitalised word at the start of a sentence says nothing
        is_placed = _PLACE_BEFORE.search(sentence, 0, match.start()) is not None
        best = max(best, 1.0 if is_placed or not places else 0.6)
    return best
