"""How much longer twice the text takes, in the time of the processor."""

from __future__ import annotations

import gc
import math
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from pincite_evals.growth.pumping import Pump, pumps

LIMIT = 2.5
"""Most that time may grow by when the text doubles: 2 is linear, and what is not linear grows by 4 or more."""
_FIRST_LENGTHS = (8, 12, 16, 20, 24, 28, 32, 48, 64, 128, 256)
"""Small enough that even a pattern of exponential time is caught before it hangs."""
_EXPLODED = 0.02
"""Seconds.  A pattern that takes this long for at most 256 characters is taken as it is, without a longer text."""
_SHORT, _LONG = 512, 4096
_SUSPECT = 2.0
"""A family is measured thoroughly where the longer text takes this many times as long for a character."""
_CLEARLY_SUSPECT = 4.0
_MOST_SUSPECTS = 8
_ROUNDS = 3
_ENOUGH = 0.004
"""Seconds of the longest text from which growth is read; shorter times are mostly overhead."""
_LONGEST = 1 << 16
_LONGEST_DOCUMENT = 1 << 18
_FIRST_LENGTH = 1 << 11
_A_WHILE = 0.012
_HOPELESS = 5.0


@dataclass(frozen=True, slots=True)
class Growth:
    """How time grew over two doublings.

    Attributes
    ----------
    factor
        For one doubling of the text: 2 is linear, 4 quadratic.
    length
        Of the longest text, in characters.
    seconds
        For the longest text, of the processor's time.
    what
        The family of texts.
    """

    factor: float
    length: int
    seconds: float
    what: str = ""


def processor_time(run: Callable[[], object], *, rounds: int = _ROUNDS) -> float:
    """Return the seconds of the processor that ``run`` takes, the least of the rounds."""
    best = math.inf
    collecting = gc.isenabled()
    gc.disable()  # when it comes depends on all that was made before
    try:
        for _ in range(rounds):
            begun = time.process_time()
            run()
            best = min(best, time.process_time() - begun)
    finally:
        if collecting:
            gc.enable()
    return best


def measure_growth(run: Callable[[int], Callable[[], object]], *, length: int, rounds: int = _ROUNDS) -> Growth:
    """Measure how time grows from ``length`` to four times ``length``.

    Parameters
    ----------
    run
        Makes what is timed for a length; the making is not timed.
    """
    short = processor_time(run(length), rounds=rounds)
    long = processor_time(run(4 * length), rounds=rounds)
    return Growth((long / max(short, 1e-9)) ** 0.5, 4 * length, long)


def pattern_growth(
    pattern: re.Pattern[Any], methods: Iterable[str], families: Iterable[Pump] | None = None
) -> Growth | None:
    """Return the fastest growth of a pattern's time over its adversarial texts; ``None`` where none grows suspiciously.

    Every family is screened with a short and a long text.  Those whose long text takes far longer for a character,
    the worst of them first, are measured at lengths that take a while, several times, until one is found guilty.
    """
    tried = list(families) if families is not None else pumps(pattern)
    suspects: list[tuple[float, str, Pump]] = []
    for method in methods:
        for family in tried:
            suspicion = _suspicion(_applied(pattern, method, family))
            if suspicion == math.inf:
                return Growth(math.inf, _FIRST_LENGTHS[-1], _EXPLODED, f"{method} of {family}")
            if suspicion >= _SUSPECT:
                suspects.append((suspicion, method, family))
            if suspicion >= _CLEARLY_SUSPECT:
                found = _thorough(_applied(pattern, method, family), f"{method} of {family}")
                if found.factor > LIMIT:
                    return found
    suspects.sort(key=lambda suspect: suspect[0], reverse=True)
    worst: Growth | None = None
    for _, method, family in suspects[:_MOST_SUSPECTS]:
        found = _thorough(_applied(pattern, method, family), f"{method} of {family}")
        if worst is None or found.factor > worst.factor:
            worst = found
        if worst.factor > LIMIT:
            break
    return worst


def _applied(pattern: re.Pattern[Any], method: str, family: Pump) -> Callable[[int], Callable[[], object]]:
    def run(length: int) -> Callable[[], object]:
        text: Any = family.text(length)
        if isinstance(pattern.pattern, bytes):
            text = text.encode("latin-1", "ignore")
        if method == "finditer":
            return lambda: sum(1 for _ in pattern.finditer(text))
        called = getattr(pattern, method)
        return lambda: called(text)

    return run


def _suspicion(run: Callable[[int], Callable[[], object]]) -> float:
    """Return how many times as long a character of the long text takes; infinite where the time explodes."""
    for length in _FIRST_LENGTHS:
        # Once more before it is believed: the machine may have been busy with something else.
        if processor_time(run(length), rounds=1) > _EXPLODED and processor_time(run(length)) > _EXPLODED:
            return math.inf
    short = processor_time(run(_SHORT), rounds=2)
    return processor_time(run(_LONG), rounds=1) / max(short, 1e-9) / (_LONG // _SHORT)


def _thorough(run: Callable[[int], Callable[[], object]], what: str) -> Growth:
    length = _SHORT // 2
    while True:
        found = measure_growth(run, length=length)
        if found.seconds >= _ENOUGH or 4 * length >= _LONGEST:
            break
        length *= 4
    if found.factor > _SUSPECT:  # again, a doubling further: what is bounded shows it there
        found = min(found, measure_growth(run, length=2 * length), key=lambda growth: growth.factor)
    if found.factor > LIMIT:  # once more, with care: beside other programs long texts suffer more
        found = min(found, measure_growth(run, length=length, rounds=9), key=lambda growth: growth.factor)
    return replace(found, what=what)


def doubled_growth(run: Callable[[int], Callable[[], object]], what: str) -> Growth:
    """Return the growth of something slow, such as reading a file: at the first length that takes a while.

    What even the shortest text takes, such as unpacking, is taken off.
    """
    run(1)()  # what is imported at the first use
    least = processor_time(run(1))
    enough = max(_A_WHILE, 2 * least)
    length = _FIRST_LENGTH
    while (took := processor_time(run(length), rounds=1) - least) < enough and length < _LONGEST_DOCUMENT:
        length *= 4
    if took > _HOPELESS:
        return Growth(math.inf, length, took, what)
    found = _above(least, run, length, rounds=2)
    if found.factor > LIMIT:  # once more: something else may have run
        found = min(found, _above(least, run, length, rounds=5), key=lambda growth: growth.factor)
    return replace(found, what=what)


def _above(least: float, run: Callable[[int], Callable[[], object]], length: int, *, rounds: int) -> Growth:
    short = processor_time(run(length // 4), rounds=rounds) - least
    long = processor_time(run(length), rounds=rounds) - least
    # Below a quarter of a millisecond a time is mostly noise.
    return Growth((max(long, 0.0) / max(short, 2.5e-4)) ** 0.5, length, max(long, 0.0))
