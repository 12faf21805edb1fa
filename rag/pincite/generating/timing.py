"""A model's words within time limits, and cancelled at once by whoever waits for them."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from threading import Event

from pincite.errors import AnswerCutOff, GeneratorError
from pincite.generating.base import whole_characters
from pincite.generating.feeding import Feed


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds to wait: for the first piece, for each further one, and for all of them."""

    first: float = 60.0
    next: float = 20.0
    total: float = 180.0


LOOK_SECONDS = 0.05
"""How often to look whether the answer is still wanted."""
CHARS_PER_TOKEN = 32
"""No tokenizer comes to so many in a whole answer (prose has some 4.5): what is longer does not heed `max_tokens`."""


def timed(
    start: Callable[[], Generator[str, None, None]], patience: Patience, unwanted: Event, *, max_tokens: int
) -> Generator[str, None, None]:
    """Yield the pieces that a generator yields in a thread of its own, which is told to end when time is up.

    A model that does not return is left behind: its thread ends with the process.  One that goes on beyond
    ``max_tokens`` is cut off at :data:`CHARS_PER_TOKEN` characters for each of them.  Characters that arrive in halves
    are put together; half a character alone becomes a replacement character.

    Parameters
    ----------
    start
        Called in that thread; what it returns is closed there once nothing more is wanted.
    unwanted
        Set by anyone to end the work; the pieces then end early, without an error.
    max_tokens
        How long the answer was to be.

    Raises
    ------
    AnswerCutOff
        The answer is far longer than that; what was yielded is its beginning.
    GeneratorError
        The model was slower than ``patience`` allows, or raised this itself.
    """

    def work(put: Callable[[str], None], over: Callable[[], bool]) -> None:
        room = most = max_tokens * CHARS_PER_TOKEN
        with closing(start()) as pieces:
            for piece in whole_characters(pieces):
                if over():
                    return
                put(piece[:room])
                room -= len(piece)
                if room < 0:
                    raise AnswerCutOff(f"the answer was cut off after {most:,} characters, {max_tokens} tokens at most")

    begun = waiting_since = time.monotonic()
    limit, what = patience.first, "began no answer within"
    with Feed(work, name="pincite-generator") as feed:
        while not unwanted.is_set():
            try:
                piece = feed.next(timeout=LOOK_SECONDS)
            except queue.Empty:
                now = time.monotonic()
                if now - waiting_since > limit:
                    raise GeneratorError(f"the model {what} {limit:g} seconds") from None
            else:
                if piece is None:
                    return
                yield piece[0]
                waiting_since = time.monotonic()
                limit, what = patience.next, "fell silent in mid-answer for"
            if time.monotonic() - begun > patience.total:
                raise GeneratorError(f"the model was not done within {patience.total:g} seconds")
