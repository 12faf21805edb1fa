"""From text to the terms that the lexical index counts and evidence is scored by."""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import Stemmer

if TYPE_CHECKING:
    from collections.abc import Iterator

# Closed-class English words, question words among them: "who", "when" or "how many" say what kind of answer is wanted,
# not where it stands.  Negations stay out of the list, since a sentence with "not" answers another question than one
# without.  "us" is kept for the country.  Contractions are written as `_plain` leaves them, without apostrophe.
STOP_WORDS = frozenset(  # one string, since a list would fill two screens
    """
    a about above after again all also am an and any are as at be because been before being below between both but by
    can could did do does doing done down during each either else ever few for from further had has have having he her
    here hers herself him himself his how i if im in into is it its itself ive just let may me might more most
    much must my myself neither of off on once only or other our ours ourselves out over own same shall she should so
    some such than that the their theirs them themselves then there these they theyd theyll theyre theyve this those
    through thus to too under until up upon very was we were weve what whatever when whenever where whereas whereby
    wherever whether which whichever while who whoever whom whose why will with within would you your yours yourself
    yourselves youd youll youre youve tell please many eg ie etc
    """.split()  # noqa: SIM905
)

# Names that read as stop words once lower-cased; told apart by their capitals.
_CAPITAL_NAMES = frozenset({"IT", "WHO"})

# Marks that are folded away: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowel signs and tatweel.
_FOLDED = re.compile("[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0640\u064b-\u065f]")

# Scripts written without spaces, and Hangul, whose particles join the noun: cut into pairs of characters.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003134f"
)
# `\w` leaves out the vowel signs of the Indic scripts, which would cut their words to pieces.
_LETTER = rf"(?:[^\W_{_UNSPACED}]|[\u0900-\u0963\u0966-\u0dff])"

_TOKEN = re.compile(
    rf"""
      (?P<unspaced>[{_UNSPACED}]+)
    | (?:(?<!\w)(?:[^\W\d_]\.){{2,}}(?:[^\W\d_](?!\w))?)
    | (?:{_LETTER}++(?:['’./,:&+\-‐‑]{_LETTER}++)*+)
    """,
    re.VERBOSE,
)
_INITIALS = re.compile(r"(?:[^\W\d_]\.){2,}[^\W\d_]?")
_NUMBER = re.compile(r"\d+(?:[./:,]\d+)+")
_THOUSANDS = re.compile(r"\b\d{1,3}(?:,\d{3})+\b")
_SEPARATOR = re.compile("[./:,]")
_PART = re.compile(rf"\d+(?:[./:,]\d+)+|{_LETTER}++(?:['’]{_LETTER}++)*+")

_local = threading.local()


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a text as the lexical index sees it.

    Attributes
    ----------
    parts
        The terms that carry its meaning; empty where it holds nothing but stop words.
    pieces
        The pieces of the numbers among them: "9" and "11" of "9/11".
    joined
        For a compound ("post-9/11"), the one term that its parts make when written together, else empty.
    """

    parts: tuple[str, ...]
    pieces: tuple[str, ...] = ()
    joined: str = ""


def tokens(text: str) -> Iterator[Token]:
    """Yield the words of ``text`` that are not stop words, in reading order.

    A compound gives its parts and the joined form, so that "co-operation" meets "cooperation" and "high-level" meets
    "high level".  A number with separators is one part, and gives its pieces too; "1,000" is "1000".  Scripts without
    spaces give pairs of neighbouring characters.
    """
    keep_names = not text.isupper()
    for match in _TOKEN.finditer(_fold(text)):
        found = match.group()
        if match.lastgroup == "unspaced":
            yield Token(tuple(found[i : i + 2] for i in range(max(1, len(found) - 1))))
        else:
            token = _token(found, keep_names)
            if token.parts:
                yield token


def terms(text: str) -> list[str]:
    """Return every term of ``text`` in reading order, each word's pieces and joined form after its parts; see `tokens`.

    Examples
    --------
    >>> terms("Who led KFOR, and what does Article 5 say?")
    ['led', 'kfor', 'articl', '5', 'say']
    >>> terms("post-9/11 policies")
    ['post', '9/11', '9', '11', 'post9/11', 'polici']
    """
    found: list[str] = []
    for token in tokens(text):
        found += token.parts
        found += token.pieces
        if token.joined:
            found.append(token.joined)
    return found


def _fold(text: str) -> str:
    """Strip accents and compatibility forms (full-width letters, ligatures); keep case."""
    if text.isascii():
        return text
    # Hangul is put together again after its decomposition.
    return unicodedata.normalize("NFC", _FOLDED.sub("", unicodedata.normalize("NFKD", text)))


@lru_cache(maxsize=1 << 16)
def _token(found: str, keep_names: bool) -> Token:
    if found.endswith(".") or _INITIALS.fullmatch(found):
        initials = found.replace(".", "").lower()
        return Token(() if initials in STOP_WORDS else (initials,))
    parts: list[str] = []
    pieces: list[str] = []
    written = _PART.findall(found)
    for part in written:
        if _NUMBER.fullmatch(part):
            number = _THOUSANDS.sub(lambda match: match.group().replace(",", ""), part)
            parts.append(number)
            pieces += () if number.isdigit() else _SEPARATOR.split(number)
        else:
            word = _plain(part)
            if word and (word not in STOP_WORDS or (keep_names and part in _CAPITAL_NAMES)):
                parts.append(_stem(word))
    joined = _stem(_plain("".join(written))) if parts and len(written) > 1 else ""
    return Token(tuple(parts), tuple(pieces), joined)


def _plain(word: str) -> str:
    """Lower the case and take off a possessive and apostrophes."""
    return word.casefold().replace("’", "'").removesuffix("'s").replace("'", "")


def _stem(word: str) -> str:
    # A Stemmer keeps its state between calls, so each thread has its own.
    stemmer: Stemmer.Stemmer | None = getattr(_local, "stemmer", None)
    if stemmer is None:
        stemmer = _local.stemmer = Stemmer.Stemmer("english")
    return str(stemmer.stemWord(word))
