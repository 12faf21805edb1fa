"""The words of a sentence, with what they come down to and whether they mean somebody."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from pincite.checking import english
from pincite.storing.terms import terms

_TOKEN = re.compile(r"[^\W_]+(?:[.’'&/-](?=[^\W_])[^\W_]+)*[’']?|[,;:()–—|.!?]")
_OWNER = re.compile(r"[’']s\Z|s[’']\Z")
_NAMES_OF_TIME = frozenset(english.MONTHS) | english.WEEKDAYS


@dataclass(frozen=True, slots=True)
class Token:
    """A word or mark; ``lemma`` is empty for what carries no meaning, ``who`` is the word in the singular."""

    low: str
    start: int
    end: int
    lemma: str
    actor: bool
    owner: bool
    who: str


@lru_cache(maxsize=1 << 14)
def lemma_of(word: str) -> str:
    """Return what a word comes down to; empty for a stop word.

    Examples
    --------
    >>> lemma_of("paid"), lemma_of("Payments"), lemma_of("the")
    ('pay', 'pay', '')
    """
    found = terms(word)
    return english.lemma(found[0]) if found else ""


def tokens(text: str) -> tuple[Token, ...]:
    """Return the words and marks of a sentence."""
    found = []
    for n, match in enumerate(_TOKEN.finditer(text)):
        written = match.group()
        low = written.casefold().replace("’", "'")
        if not written[0].isalnum():
            found.append(Token(low, match.start(), match.end(), "", False, False, ""))
            continue
        owner = _OWNER.search(written) is not None
        bare = written[:-2] if written.endswith(("'s", "’s")) else written.rstrip("'’")
        lemma = lemma_of(bare)
        named = n > 0 and bare[0].isupper() and not bare[0].isdigit() and bare.casefold() not in _NAMES_OF_TIME
        actor = bool(lemma) and (named or english.is_actor(bare, lemma))
        found.append(Token(low, match.start(), match.end(), lemma, actor, owner, _singular(bare.casefold())))
    return tuple(found)


def _singular(word: str) -> str:
    """Return who is meant, one or several; a stem would take the insured for the insurer."""
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def is_participle(token: Token) -> bool:
    """Tell whether a word may be a past participle."""
    return (
        token.low.endswith(("ed", "en", "wn"))
        or token.low in english.LEMMAS
        or token.low in ("let", "put", "cut", "set", "shut", "read")
    )
