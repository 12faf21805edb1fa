"""Questions that lean on the conversation before them, made searchable.

"When was it invoked?" holds nothing to search for.  Where a question leans on what went before, the words that it
leans on are added behind it; a question that stands on its own is left exactly as it was asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pincite.evidence.question import ASKING, WH_WORDS, WORD
from pincite.storing.terms import terms

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_POINTING = re.compile(
    r"""\b(?:
        it(?!\ (?:takes?|mean|(?:un)?likely|(?:im)?possible|\w+\ (?:when|that|if))\b)   # "it" that stands for nothing
      | its|they|them|their|theirs|he|him|his|she|her|hers|this|these|those
      | there(?=\W*$) | that(?=\ \w+\ (?:do|does|did)\b|\W*$)
      | the\ (?:others?|same|former|latter) | the\ (?:first|second|last)\ one
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
# What a pronoun may stand for in its own question: a name, or a thing with an article; besides these ...
_ANTECEDENT = re.compile(r"\b(?:[Tt]he|[Aa]n?) [a-z]{3,}|(?<=\s)[A-Z][\w’'-]+")
# ... several of something for "they", and "who" for "he" and "she".
_SEVERAL = re.compile(r"\b(?!does|was|has|is|this)[a-z]{3,}s\b|\b(?:people|troops|men|women|children)\b", re.IGNORECASE)
_PERSON = re.compile(r"\bwho\b", re.IGNORECASE)
_GOING_ON = re.compile(
    r"\s*(?:and|but|or|also|what about|how about|what else|why so|why not|how so|how come)\b[\s,]*", re.I
)
_DEFINITION = re.compile(r"\s*(?:what|who)(?:['’]s| is| are| was| were)\b", re.IGNORECASE)
# A name begins with the first capital that opens a word of a run such as "l’Art-Deco"; tried once for each run.
_NAME = re.compile(
    r"(?<![\w’'-])(?>[\w’'-]*?\b(?=[A-Z]))(?P<name>[A-Z][\w’'-]++(?: (?:of |for |the )?[A-Z][\w’'-]++)+)"
    r"|\b(?P<acronym>[A-Z]{3,}+)\b"
)
# Words that are said of an answer rather than sought in a document.
_DEICTIC = frozenset(terms("named mentioned listed given included involved else example examples details"))
# "State" asks only here: in a question that stands alone it may be a country.
_ASKING = ASKING | set(terms("state"))
_MOST_NAMES = 2


@dataclass(frozen=True, slots=True)
class Turn:
    """What was asked before, and the answer that was given, if any."""

    question: str
    answer: str | None = None


def contextualise(question: str, history: Sequence[Turn]) -> str:
    """Return the question with the words of the conversation that it leans on, or unchanged if on none.

    Parameters
    ----------
    history
        Earlier turns, the latest last.

    Examples
    --------
    >>> contextualise("When was it invoked?", [Turn("What does Article 5 say?")])
    'When was it invoked? Article 5'
    >>> contextualise("What is KFOR?", [Turn("What does Article 5 say?")])
    'What is KFOR?'
    """
    if not history:
        return question
    *earlier, last = history
    before = contextualise(last.question, earlier)
    going_on = _GOING_ON.match(question)
    rest = question[going_on.end() :] if going_on else ""
    if _content(rest) and not _opens_with_wh(rest):
        # "And Article 3?" replaces what the question before was about and keeps what it asked.
        if _DEFINITION.match(before):
            return question
        kept = [word for word in _content(before) if not _is_name(word)]
    elif _leans(question):
        kept = [word for word in _content(before) if not set(terms(word)) <= _ASKING]
        if last.answer and not any(word[0].isupper() for word in kept):
            # "What was endorsed in 2001?" names nothing that "it" could stand for; its answer does.
            kept += _names(last.answer)[:_MOST_NAMES]
    else:
        return question
    added = _without_repeats(kept, known=terms(question))
    return " ".join([question.strip(), *added])


def _leans(question: str) -> bool:
    if _GOING_ON.match(question):
        return True
    if (pointing := _POINTING.search(question)) and not _stands_for_own(pointing.group(), question[: pointing.start()]):
        return True
    content = [word for word in _content(question) if not set(terms(word)) <= _DEICTIC]
    if any(_is_name(word) for word in content):
        return False
    return not content or (len(content) == 1 and not _DEFINITION.match(question) and _opens_with_wh(question))


def _stands_for_own(pronoun: str, before: str) -> bool:
    """Tell whether what a pronoun stands for was said before it in the same question."""
    if _ANTECEDENT.search(before):
        return True
    match pronoun.casefold():
        case "they" | "them" | "their" | "theirs":
            return _SEVERAL.search(before) is not None
        case "he" | "him" | "his" | "she" | "her" | "hers":
            return _PERSON.search(before) is not None
    return False


def _opens_with_wh(question: str) -> bool:
    return any(match.group().casefold() in WH_WORDS for match in list(WORD.finditer(question))[:2])


def _content(text: str) -> list[str]:
    return [match.group() for match in WORD.finditer(text) if terms(match.group()) and match.group() not in {"s", "S"}]


def _is_name(word: str) -> bool:
    return word[0].isupper() or word.isdigit()


def _names(answer: str) -> list[str]:
    """Return the names of several words in an answer, and its acronyms, in order."""
    return [match[match.lastgroup or 0] for match in _NAME.finditer(answer)]


def _without_repeats(words: Iterable[str], *, known: Iterable[str]) -> list[str]:
    seen = set(known)
    kept = []
    for word in words:
        new = [stem for stem in terms(word) if stem not in seen]
        if new:
            kept.append(word)
            seen.update(new)
    return kept
