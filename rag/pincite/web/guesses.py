"""Guesses at a password, and how long the next one has to wait."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How wrong guesses are met.

    Attributes
    ----------
    free
        Wrong guesses after which the next need not wait: people mistype.
    first_s
        The wait after the next one, seconds; each doubles it.
    most_s
        The longest wait, seconds.
    """

    free: int
    first_s: float
    most_s: float

    def wait(self, wrong: int) -> float:
        """Return how long the guess after so many wrong ones has to wait, in seconds.

        Examples
        --------
        >>> [Patience(2, 1.0, 5.0).wait(n) for n in range(7)]
        [0.0, 0.0, 0.0, 1.0, 2.0, 4.0, 5.0]
        """
        beyond = wrong - self.free
        # Beyond 2**30 the bound holds anyhow, and a float does not hold every power.
        return 0.0 if beyond <= 0 else float(min(self.most_s, self.first_s * 2.0 ** min(beyond - 1, 30)))


FOR_ONE = Patience(free=5, first_s=1.0, most_s=30.0)
FOR_ALL = Patience(free=30, first_s=0.25, most_s=5.0)
FORGOTTEN_S = 3600.0
"""Wrong guesses count until none has come for so long, seconds."""
MAX_REMEMBERED = 10_000


@dataclass(slots=True)
class _Count:
    wrong: int = 0
    latest: float = 0.0
    free_at: float = 0.0


class Guesses:
    """Says whether a guess may be looked at now; for one event loop.

    A guess that comes too early is not looked at, right or wrong, and does not lengthen the wait: after a wrong guess
    it is never longer than what `Patience` says.  Wrong guesses are counted for each source, and for all sources that
    are not known together, so that many addresses gain little over one.  Who was let in before is a source of their
    own and known: they wait for their own mistakes only.

    Parameters
    ----------
    for_one, for_all
        The waits of each source and of all together.
    clock
        Seconds that never go backwards.
    """

    def __init__(
        self,
        for_one: Patience = FOR_ONE,
        for_all: Patience = FOR_ALL,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._for_one, self._for_all, self._clock = for_one, for_all, clock
        self._counts: OrderedDict[str, _Count] = OrderedDict()
        self._all = _Count()

    def wait(self, source: str, *, known: bool = False) -> float:
        """Return how long it takes until a guess from a source is looked at, in seconds; 0 where it is at once."""
        now = self._clock()
        own = self._counts.get(source)
        ends = [own.free_at] if own is not None else []
        if not known:
            ends.append(self._all.free_at)
        return max(0.0, *(end - now for end in ends)) if ends else 0.0

    def wrong(self, source: str, *, known: bool = False) -> None:
        """Count a guess that was looked at and was wrong."""
        now = self._clock()
        own = self._counts.pop(source, None) or _Count()
        self._counts[source] = own
        _count(own, self._for_one, now)
        if not known:
            _count(self._all, self._for_all, now)
        while len(self._counts) > MAX_REMEMBERED:
            self._counts.popitem(last=False)

    def right(self, source: str) -> None:
        """Forget the wrong guesses of a source that has given the right answer."""
        self._counts.pop(source, None)

    def __len__(self) -> int:
        """Return how many sources are remembered."""
        return len(self._counts)


def _count(count: _Count, patience: Patience, now: float) -> None:
    if now - count.latest > FORGOTTEN_S:
        count.wrong = 0
    count.wrong, count.latest = count.wrong + 1, now
    count.free_at = now + patience.wait(count.wrong)
