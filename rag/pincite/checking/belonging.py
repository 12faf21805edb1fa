"""How many and whose: what quantifiers and owners of a sentence are said of."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pincite.checking import english
from pincite.checking.tokens import Token, is_participle

_QUANTIFIER = re.compile(
    r"\b(?:"
    + "|".join(re.escape(word).replace(r"\ ", " ") for word in sorted(english.QUANTIFIERS, key=len, reverse=True))
    + r")\b",
    re.IGNORECASE,
)
_DENIED_BEFORE = re.compile(
    r"\b(?:not|no|never|without|before|than|if|cannot|whether)\b[^,;.]{0,40}\Z|n['’]t\b[^,;.]{0,40}\Z", re.I
)
_NOT = re.compile(r"\bnot \Z", re.IGNORECASE)
_ENDS_NP = english.PREPOSITIONS | english.BE | frozenset("and or but if , ; : ( ) . – — | ! ? not".split())  # noqa: SIM905
_TIME = frozenset(name for name, (kind, _) in english.UNITS.items() if kind in ("time", "months"))
OF_THEIR_OWN = "*"
"""Owner of what is said to be "his", "her", "its" or "their"."""


@dataclass(frozen=True, slots=True)
class Quantified:
    """A word such as "all" ("only", "even") and what it is said of; ``head`` is empty where that is not known."""

    kind: str
    head: str
    at: int


def quantified_in(text: str, tokens: tuple[Token, ...]) -> list[Quantified]:
    """Return what words such as "all" and "only" are said of."""
    found = []
    for match in _QUANTIFIER.finditer(text):
        written = match.group().casefold()
        kind = english.QUANTIFIERS[written]
        if kind == "all" and _NOT.search(text, 0, match.start()):
            kind = "some"  # "not every"
        following = [token for token in tokens if token.start >= match.end()]
        if written in ("any", "anyone", "anybody") and _DENIED_BEFORE.search(text[: match.start()]):
            continue
        if (written, text[: match.start()].casefold()[-3:]) in (("all", "in "), ("most", "at ")):
            continue
        if written == "each" and following and following[0].low == "time":
            continue
        head = ""
        for token in following[:6]:
            if token.low in ("of", "the") and not head:
                continue
            if head and token.low in english.DETERMINERS:
                break
            if token.low in _ENDS_NP or (english.is_verb(token.lemma) and head):
                break
            if token.lemma and not token.low[0].isdigit() and token.low not in english.NUMERALS:
                head = token.lemma
                if token.owner:
                    head = ""
        if (
            written in ("each", "every", "all", "any")
            and following
            and any(token.low in _TIME for token in following[:2])
        ):
            continue
        if written.endswith(("one", "body")) and written not in ("no one",):
            head = "person"
        found.append(Quantified(kind, "" if kind in ("only", "even") else head, match.start()))
    return found


def owners_in(tokens: tuple[Token, ...]) -> dict[str, frozenset[str]]:
    """Return for each lemma that is owned whose it is said to be: "the tenant's consent", "consent of the tenant"."""
    found: dict[str, set[str]] = {}
    for i, token in enumerate(tokens):
        if token.owner and token.lemma and token.low.removesuffix("'s").rstrip("'") not in _TIME:
            owned = ""
            for following in tokens[i + 1 : i + 5]:
                if following.low in _ENDS_NP:
                    break
                if following.lemma:
                    owned = following.lemma
            if owned:
                found.setdefault(owned, set()).add(token.who)
                if token.actor and i and tokens[i - 1].actor:
                    found[owned].add(tokens[i - 1].who)
        elif token.low in ("her", "his", "its", "their", "your") and i + 1 < len(tokens):
            lemmas = [each.lemma for each in tokens[i + 1 : i + 3] if each.lemma]
            if lemmas:
                found.setdefault(lemmas[-1] if tokens[i + 1].low == "own" else lemmas[0], set()).add(OF_THEIR_OWN)
        elif token.low in ("of", "from", "by") and i:
            before = next(
                (each.lemma for each in reversed(tokens[max(0, i - 3) : i]) if each.lemma and each.low != "writing"), ""
            )
            if not before or (token.low == "by" and not is_participle(tokens[i - 1])):
                continue
            for following in tokens[i + 1 : i + 4]:
                if following.low in english.DETERMINERS:
                    continue
                if not following.actor or following.owner:
                    break
                if token.low == "from" and not english.is_actor(following.low, following.lemma):
                    break  # "sails from Norhaven"
                found.setdefault(before, set()).add(following.who)
    return {owned: frozenset(owners) for owned, owners in found.items()}
