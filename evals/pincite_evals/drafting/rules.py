"""Questions that a sentence or a row of a table answers, made by rules on its words.

English only.  A rule that fits makes one question and says which words of the sentence answer it; where none fits, a
person has to write the question.  The rules turn a statement about its subject into a question for its complement
(after Heilman and Smith, *Good Question! Statistical Ranking for Question Generation*, NAACL 2010, without a parser),
so they take only sentences that begin with a short subject, and only verbs that they know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

_NUMBERING = re.compile(r"^(?:\d+(?:\.\d+)*\.?|\([a-z\d]+\)|[-*•])\s+")
_LEAD = re.compile(r"^(?:However|Moreover|Furthermore|Additionally|In addition|Also|Thus|Therefore|Today),\s+")
# A sentence that begins so has its subject further on, or speaks of what was said before.
_NO_SUBJECT = (
    "It|This|That|These|Those|They|There|He|She|We|You|If|When|While|As|In|On|At|By|For|From|To|After|Before|Such|Both|"
    "Their|His|Her|Its|Our|Your|My|Soon|Then|Now|Some|Many|One|Understanding|Deciding|What|Which|Who|Nothing|No|All|Any|Another|Other|With|Since|Because|Although|Never|Not|Where|Under"
)
_INNER = (
    r"(?!(?:when|that|which|who|its|is|are|was|were|has|have|may|shall|must|can|will|if|and|or|not|to|by)\b)[\w’'&/-]+"
)
_FIRST = rf"(?:The|A|An|Each) {_INNER}|(?!(?:The|A|An|Each)\b)[A-Z][\w’'&/-]*"
_SUBJECT = rf"(?P<subject>(?!(?:{_NO_SUBJECT})\b)(?:{_FIRST})(?: {_INNER}){{0,5}}?)"
_AMOUNT = (
    r"(?:(?:at least|at most|about|up to|more than|less than|not more than) )?[£$€]?\d+(?:[.,]\d+)*"
    r"(?: ?(?:%|[a-zA-Z°²³µ/]+))?(?: million| billion)?"
)
_DUTIES = (
    "pay|provide|hold|keep|maintain|employ|show|send|deliver|insure|dredge|record|report|store|submit|give|notify|return|"
    "protect|support|include|use|replace|clean|check|take|make|ensure|appoint|disclose|remedy|assist"
)
_SAID = (
    "include|encompass|involve|emphasize|require|ensure|enable|provide|highlight|reflect|contain|cover|address|describe|"
    "refer to|consist of|depend on|focus on|lead to|serve as|contribute to|aim to|seek to"
)
_SAID_NOW = "|".join(rf"{verb.split()[0]}(?:e?s)?{verb.removeprefix(verb.split()[0])}" for verb in _SAID.split("|"))
_WAYS = "respond|enhance|ensure|reinforce|strengthen|contribute|support|maintain|promote|improve|reduce|achieve|protect"


@dataclass(frozen=True, slots=True)
class Made:
    """A question and the words that answer it, a stretch ``[start, end)`` of the sentence.

    ``vague`` questions could be asked of other sentences too, and want the section named.
    """

    question: str
    start: int
    end: int
    vague: bool = False


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    ask: Callable[[re.Match[str], str], str]
    vague: bool = False


def question_of(sentence: str, *, common: Collection[str] = ()) -> Made | None:
    """Return the question of the first rule that fits a sentence.

    Parameters
    ----------
    common
        Words, in lower case, that are no names: a subject's first word loses its capital when it is among them.
    """
    prefix = 0
    for opening in (_NUMBERING, _LEAD):
        if found := opening.match(sentence[prefix:]):
            prefix += found.end()
    for rule in _RULES:
        match = rule.pattern.match(sentence, prefix)
        if match is None:
            continue
        start, end = match.span("answer")
        end -= len(match["answer"]) - len(match["answer"].rstrip(".;, "))
        if end > start:
            return Made(rule.ask(match, _inside(match["subject"], common)), start, end, rule.vague)
    return None


def table_questions(header: list[str], cells: list[str]) -> Iterator[tuple[str, str]]:
    """Yield a question for each cell of a row beside its first, which names the row, with the cell."""
    for title, cell in zip(header[1:], cells[1:], strict=False):
        if cells[0] and title and cell and cell.lower() not in {"none", "–", "-", "n/a"}:
            yield f"What does the table give as “{title}” for “{cells[0]}”?", cell


def _inside(subject: str, common: Collection[str]) -> str:
    """Return a subject as it stands inside a question."""
    first, space, rest = subject.partition(" ")
    if first in {"The", "A", "An", "Each", "Every", "Either", "Neither"} or first.lower() in common:
        return f"{first.lower()}{space}{rest}"
    return subject


def _base(verb: str) -> str:
    """Return the plain form of a verb that is known, with what belongs to it."""
    first, space, rest = verb.partition(" ")
    known = {each.split()[0] for each in (_SAID + "|" + _WAYS).split("|")} | {"cost", "weigh", "last", "hold", "take"}
    plain = next((each for each in (first, first.removesuffix("s"), first.removesuffix("es")) if each in known), first)
    return f"{plain}{space}{rest}"


def _does(verb: str) -> str:
    return "do" if _base(verb) == verb else "does"


def _what(match: re.Match[str], subject: str) -> str:
    verb = match["verb"]
    return f"What {_does(verb)} {subject} {_base(verb)}{' do' if verb.endswith(' to') and verb[0] in 'as' else ''}?"


_NO_DEED = "not|be|have|also|then|result|lead|cause"
_LONG = {"lasts": "long", "takes": "long"}

_RULES = (
    _Rule(
        re.compile(r"[\"“](?P<subject>[^\"”]{2,60})[\"”] means (?P<answer>.+)"),
        lambda m, _: f"What does “{m['subject']}” mean?",
    ),
    _Rule(
        re.compile(
            rf"{_SUBJECT} (?P<was>was|were) (?P<verb>\w+ed|built|made|held|begun|won)(?P<rest>(?: \w+){{0,4}}?)"
            r" in (?P<answer>(?:1[5-9]|20)\d\d)\b"
        ),
        lambda m, subject: f"When {m['was']} {subject} {m['verb']}{m['rest']}?",
    ),
    _Rule(
        re.compile(
            rf"{_SUBJECT} (?P<verb>costs|weighs|lasts|contains|holds|takes) (?P<answer>{_AMOUNT})(?=[\s.,;(]|$)"
        ),
        lambda m, subject: (
            f"How {'long' if m['verb'] in {'lasts', 'takes'} else 'much'} does {subject} {_base(m['verb'])}?"
        ),
    ),
    _Rule(
        re.compile(
            rf"{_SUBJECT} (?P<verb>has|have) (?P<answer>two|three|four|five|six|seven|eight|nine|ten|\d+)"
            r" (?P<thing>[a-z]+s)\b"
        ),
        lambda m, subject: f"How many {m['thing']} {'does' if m['verb'] == 'has' else 'do'} {subject} have?",
    ),
    _Rule(
        re.compile(
            rf"{_SUBJECT} (?:shall|must) be (?P<verb>\w+ed|made|kept|sent|shown)(?P<rest>(?: [\w-]+){{0,3}}?)"
            rf" (?P<answer>within {_AMOUNT})"
        ),
        lambda m, subject: f"Within what time must {subject} be {m['verb']}{m['rest']}?",
    ),
    _Rule(
        re.compile(rf"{_SUBJECT} (?P<modal>shall|must) not (?P<verb>\w+) (?P<answer>[^;]+)"),
        lambda m, subject: f"What must {subject} not {m['verb']}?",
        vague=True,
    ),
    _Rule(
        re.compile(rf"{_SUBJECT} (?:shall|must) (?P<verb>{_DUTIES}) (?P<answer>[^;]+)"),
        lambda m, subject: f"What must {subject} {m['verb']}?",
        vague=True,
    ),
    _Rule(
        re.compile(rf"{_SUBJECT} (?:may|can) (?!(?:{_NO_DEED})\b)(?P<answer>[a-z]+ [^;]+)"),
        lambda _, subject: f"What may {subject} do?",
        vague=True,
    ),
    _Rule(
        re.compile(rf"{_SUBJECT} (?P<verb>(?:{_WAYS})(?:e?s)?) (?P<object>[^,.;]+?) (?P<answer>by \w+ing [^;]+)"),
        lambda m, subject: f"How {_does(m['verb'])} {subject} {_base(m['verb'])} {m['object']}?",
    ),
    _Rule(re.compile(rf"{_SUBJECT} (?P<verb>{_SAID_NOW}) (?P<answer>[^;]+)"), _what),
    _Rule(
        re.compile(rf"{_SUBJECT} (?P<be>is|are|was|were) (?P<answer>(?:a|an|the) [^;]+)"),
        lambda m, subject: f"What {m['be']} {subject}?",
    ),
)
