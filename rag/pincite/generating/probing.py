"""Whether a language model can be used: the connection test."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Event

from pincite.errors import GeneratorError
from pincite.generating.base import Generator
from pincite.generating.timing import Patience, timed


@dataclass(frozen=True, slots=True)
class Probe:
    """What a model that answered said of itself, and the seconds until its first word."""

    name: str
    context_size: int
    seconds: float


def probe_generator(generator: Generator, *, seconds: float = 60.0) -> Probe:
    """Ask a model for one word.

    Raises
    ------
    GeneratorError
        It cannot be reached or run, or said nothing within so many ``seconds``.
    """
    started = time.perf_counter()
    pieces = timed(
        lambda: generator.generate([{"role": "user", "content": "Say: ready"}], max_tokens=64),
        Patience(seconds, seconds, seconds),
        Event(),
        max_tokens=64,
    )
    try:
        if next(pieces, None) is None:
            raise GeneratorError(f"{generator.name}: the model answered with nothing")
    finally:
        pieces.close()
    return Probe(generator.name, generator.context_size, time.perf_counter() - started)
