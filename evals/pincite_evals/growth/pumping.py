"""Adversarial texts for a regular expression, generated from its parse tree.

What makes a backtracking engine slow is a long run that several parts of a pattern could take, behind what leads up to
them and before what makes the match fail.  So from the tree come characters of every class, words of every alternative,
what leads up to every repeat; and from these the texts: lead + pump repeated + tail.
"""

from __future__ import annotations

import itertools
import random
import re
import re._constants as codes  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_PROBES = " \t\n\r.,:;-#*=_|\"'()[]<>/\\$%aAzZIiXe1905\u00e9\u4e2d\u0e01\u0663\x00\x1b\ufdd0"
_TAILS = ("", "\x00", "!\n")
"""Behind the pump: nothing, what hardly any pattern takes, and an end of line."""
_PER_CLASS = 4
_MOST_ATOMS = 16
_RANDOM_WORDS = 60
_LONG = 16
"""A repeat that may go on further than this is pumped."""
_REPEATS = {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    codes.CATEGORY_DIGIT: str.isdecimal,
    codes.CATEGORY_SPACE: str.isspace,
    codes.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
}
_NOT_CATEGORIES = {
    codes.CATEGORY_NOT_DIGIT: codes.CATEGORY_DIGIT,
    codes.CATEGORY_NOT_SPACE: codes.CATEGORY_SPACE,
    codes.CATEGORY_NOT_WORD: codes.CATEGORY_WORD,
}


@dataclass(frozen=True, slots=True)
class Pump:
    """A family of texts of any length."""

    lead: str
    pump: str
    tail: str = ""

    def text(self, length: int) -> str:
        """Return the member of about so many characters."""
        return self.lead + self.pump * max(1, length // len(self.pump)) + self.tail

    def __str__(self) -> str:
        return f"{self.lead!r} + {self.pump!r} * n + {self.tail!r}"


def pumps(pattern: re.Pattern[Any]) -> list[Pump]:
    """Return families of texts on which the pattern may be slow; the same ones every time."""
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    flags = pattern.flags & ~re.UNICODE if isinstance(pattern.pattern, bytes) else pattern.flags
    tree = parser.parse(text, flags)
    atoms = list(dict.fromkeys(itertools.islice(_atoms(tree), 400)))
    if isinstance(pattern.pattern, bytes):
        atoms = [atom for atom in atoms if ord(atom) < 256]
    atoms = _spread(atoms, _MOST_ATOMS)
    whole = _sample(tree)
    leads = dict.fromkeys(["", *(lead for lead, _ in _repeats(tree))])
    words = dict.fromkeys(word for word in (whole, *_alternatives(tree)) if word)
    runs = dict.fromkeys(
        [
            *atoms,
            *words,
            *(f"{word}{gap}" for word in words for gap in " \n"),
            *(f"{lead}{run * 3}" for lead, body in _repeats(tree) for run in body),
            *("".join(pair) for pair in itertools.permutations(atoms, 2)),
            *_random_words([*atoms, *words], seed=text),
        ]
    )
    found = [Pump("", run, tail) for run in runs for tail in _TAILS]
    found += [Pump(lead, run, tail) for lead, body in _repeats(tree) for run in (*body, *atoms) for tail in _TAILS]
    found += [Pump(lead, run, _TAILS[1]) for lead in _spread(list(leads), 8) for run in _spread(list(words), 12)]
    return list(dict.fromkeys(pump for pump in found if pump.pump))


def _random_words(parts: list[str], *, seed: str) -> Iterator[str]:
    rng = random.Random(seed.encode("utf-8", "surrogatepass"))
    for _ in range(_RANDOM_WORDS if parts else 0):
        yield "".join(rng.choices(parts, k=rng.randint(2, 5)))


def _spread(values: list[str], most: int) -> list[str]:
    """Return at most so many of the values, from all parts of the list."""
    step = max(1, -(-len(values) // most))
    return values[::step]


def _atoms(tree: Iterable[Any]) -> Iterator[str]:
    """Yield characters of each set and each literal of a tree."""
    for code, value in tree:
        chars = _chars(code, value)
        if chars is not None:
            yield from chars[:_PER_CLASS]
        for child in _children(code, value):
            yield from _atoms(child)


def _chars(code: Any, value: Any) -> str | None:
    """Return some of the characters that a node for one character takes; ``None`` for other nodes."""
    match code:
        case codes.LITERAL:
            return chr(value)
        case codes.NOT_LITERAL:
            return "".join(char for char in _PROBES if ord(char) != value)
        case codes.ANY:
            return "a \t#"
        case codes.IN:
            own = [chr(low) for kind, low in value if kind is codes.LITERAL]
            own += [chr(bounds[0]) for kind, bounds in value if kind is codes.RANGE]
            probed = [char for char in _PROBES if _takes(value, char)]
            return "".join(dict.fromkeys([*(char for char in own if _takes(value, char)), *probed])) or None
    return None


def _takes(items: list[tuple[Any, Any]], char: str) -> bool:
    negated, found = False, False
    for kind, value in items:
        match kind:
            case codes.NEGATE:
                negated = True
            case codes.LITERAL:
                found = found or ord(char) == value
            case codes.RANGE:
                found = found or value[0] <= ord(char) <= value[1]
            case codes.CATEGORY if value in _CATEGORIES:
                found = found or _CATEGORIES[value](char)
            case codes.CATEGORY if value in _NOT_CATEGORIES:
                found = found or not _CATEGORIES[_NOT_CATEGORIES[value]](char)
    return found != negated


def _children(code: Any, value: Any) -> list[Any]:
    """Return the trees inside a node."""
    if code in _REPEATS:
        return [value[2]]
    match code:
        case codes.SUBPATTERN:
            return [value[3]]
        case codes.ATOMIC_GROUP:
            return [value]
        case codes.ASSERT | codes.ASSERT_NOT:
            return [value[1]]
        case codes.BRANCH:
            return list(value[1])
        case codes.GROUPREF_EXISTS:
            return [each for each in value[1:] if each is not None]
    return []


def _sample(tree: Iterable[Any], *, most: bool = False) -> str:
    """Return a short text that the tree takes, but for what assertions want; with ``most``, optional parts too."""
    made: list[str] = []
    groups: dict[int, str] = {}
    for code, value in tree:
        chars = _chars(code, value)
        if chars is not None:
            made.append(chars[0])
        elif code in _REPEATS:
            times = value[0] or (1 if most and value[1] else 0)
            made.append(_sample(value[2], most=most) * times)
        elif code is codes.BRANCH:
            made.append(_sample(value[1][0], most=most))
        elif code in {codes.SUBPATTERN, codes.ATOMIC_GROUP}:
            made.append(_sample(_children(code, value)[0], most=most))
            if code is codes.SUBPATTERN and value[0] is not None:
                groups[value[0]] = made[-1]
        elif code is codes.GROUPREF:
            made.append(groups.get(value, ""))
        elif code is codes.ASSERT and value[0] > 0:
            made.append(_sample(value[1], most=most))
    return "".join(made)


def _repeats(tree: Iterable[Any], lead: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield, for each repeat that may go on, what leads up to it and texts that its body takes."""
    items = list(tree)
    for at, (code, value) in enumerate(items):
        before = lead + _sample(items[:at])
        if code in _REPEATS and (value[1] is codes.MAXREPEAT or value[1] > _LONG):
            bodies = [char for child, inner in value[2] for char in (_chars(child, inner) or "")[:_PER_CLASS]]
            yield before, tuple(dict.fromkeys(each for each in (*bodies, _sample(value[2], most=True)) if each))
            full = lead + _sample(items[:at], most=True)
            if full != before:
                yield full, tuple(bodies)
        for child in _children(code, value):
            yield from _repeats(child, before)


def _alternatives(tree: Iterable[Any]) -> Iterator[str]:
    """Yield a text for each alternative and each group, optional parts included."""
    items = list(tree)
    yield _sample(items, most=True)
    for code, value in items:
        for child in _children(code, value):
            if code is codes.BRANCH:
                yield _sample(child, most=True)
            yield from _alternatives(child)
