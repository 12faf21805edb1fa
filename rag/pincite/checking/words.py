"""The words of a sentence as they are held against another sentence: what each means, and whether it is denied."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pincite.checking import english
from pincite.storing.terms import terms, tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pincite.types import Span

Kind = Literal["plain", "number", "name"]

_WORD = re.compile(r"[^\W_]+(?:[.,:/’'-](?=[^\W_])[^\W_]+)*%?")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)", re.IGNORECASE)
_NEGATION = re.compile(
    r"(?:not|no|never|without|cannot|none|neither|nor|hardly|nobody|nothing)|\w+n[’']t", re.IGNORECASE
)
_CLAUSE_END = re.compile(r"[,;:.!?()–—]|\b(?:but|although|though|while|whereas|and)\b")
_REACH = 5  # words behind a negation that it denies, within its clause
_NUMERALS = {word: str(value) for word, value in english.NUMERALS.items()} | {
    "twice": "2",
    "thrice": "3",
    "dozen": "12",
}
_NO_NUMBERS = frozenset({"zero", "one"})  # "one of the ..." counts nothing


@dataclass(frozen=True, slots=True)
class Word:
    """A word that carries meaning.

    Attributes
    ----------
    start, end
        Its characters in the text.
    stems
        Its terms; a number in digits, however it was written.
    denied
        Whether a negation in its clause reaches it.
    """

    text: str
    start: int
    end: int
    stems: tuple[str, ...]
    kind: Kind
    denied: bool


def words(text: str) -> tuple[Word, ...]:
    """Return the words of a sentence that carry meaning, in order; stop words and negations are left out.

    Examples
    --------
    >>> [(word.text, word.kind, word.denied) for word in words("In 1949 twelve allies did not leave NATO.")]
    [('1949', 'number', False), ('twelve', 'number', False), ('allies', 'plain', False), ('leave', 'plain', True), \
('NATO', 'name', True)]
    """
    found: list[Word] = []
    shouted = text.isupper()
    denying = 0  # how many more words the last negation reaches
    last_end = 0
    for match in _WORD.finditer(text):
        written = match.group()
        if _CLAUSE_END.search(text[last_end : match.end()]):
            denying = 0
        first = not text[: match.start()].strip("\"'“‘«([*-• \t\n\r")
        last_end = match.end()
        if _NEGATION.fullmatch(written):
            denying = _REACH
            continue
        stems, kind = _read(written, first=first, shouted=shouted)
        if stems:
            found.append(Word(written, match.start(), match.end(), stems, kind, denying > 0))
        denying -= 1
    return tuple(found)


def owners(found: Sequence[Word], token_spans: Sequence[Span]) -> NDArray[np.int64]:
    """Return for each token the number of the word that it belongs to, -1 for none; shape (n_tokens,)."""
    starts = np.array([span.start for span in token_spans], dtype=np.int64)
    owner = np.searchsorted([word.start for word in found], starts, side="right") - 1
    ends = np.array([word.end for word in found] or [0])
    return np.where((owner >= 0) & (starts < ends[owner]), owner, -1)


def said_in(text: str) -> frozenset[str]:
    """Return the stems of a text and its every word, stop words such as "before" among them."""
    return frozenset(terms(text)).union(match.group().casefold() for match in _WORD.finditer(text))


def polarity(found: Sequence[Word]) -> dict[str, frozenset[bool]]:
    """Return for each stem whether it is denied, asserted, or both in different places."""
    sides: dict[str, set[bool]] = {}
    for word in found:
        for stem in word.stems:
            sides.setdefault(stem, set()).add(word.denied)
    return {stem: frozenset(seen) for stem, seen in sides.items()}


def _read(written: str, *, first: bool, shouted: bool) -> tuple[tuple[str, ...], Kind]:
    lowered = written.casefold().rstrip("%")
    if (ordinal := _ORDINAL.fullmatch(lowered)) is not None:
        return (ordinal[1],), "number"
    if lowered in _NUMERALS and lowered not in _NO_NUMBERS:
        return (_NUMERALS[lowered],), "number"
    tens, _, ones = lowered.partition("-")
    if ones in _NUMERALS and tens in _NUMERALS:
        return (str(int(_NUMERALS[tens]) + int(_NUMERALS[ones])),), "number"
    if any(character.isdigit() for character in written):
        # Not the pieces: "7" of "7:40" is another time of day.
        parts = [part for token in tokens(written.rstrip("%")) for part in token.parts]
        return tuple(part for part in parts if any(map(str.isdigit, part))) or (lowered,), "number"
    found = tuple(dict.fromkeys(english.lemma(term) for term in terms(written)))
    capitals = sum(character.isupper() for character in written)
    is_name = not shouted and written[0].isupper() and (not first or capitals > 1)
    return found, "name" if is_name and found else "plain"
