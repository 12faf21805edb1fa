"""How much a server of a language model may send, and for how long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from pincite.errors import GeneratorError

MOST_BYTES = 32_000_000
"""Of one response: some 300 bytes are streamed for each token."""
MOST_SECONDS = 900.0
"""For one response; whoever waits for it has gone by then."""


def bound(response: Any) -> None:
    """Have a response broken off that has no end, and one refused that is compressed, whose size nothing tells.

    For the hooks of an HTTP client, which call it before the body is read; the body then raises `GeneratorError`.

    Parameters
    ----------
    response
        Of whichever HTTP package the ``openai`` package uses.
    """
    received, address = response.iter_raw, response.request.url
    coding = response.headers.get("Content-Encoding", "identity").strip().casefold()

    def bounded(*arguments: Any, **options: Any) -> Iterator[bytes]:
        if coding != "identity":
            raise GeneratorError(f"{address}: the answer is compressed, which was not asked for")
        began, taken = time.monotonic(), 0
        for piece in received(*arguments, **options):
            taken += len(piece)
            if taken > MOST_BYTES:
                raise GeneratorError(f"{address}: broken off: more than {MOST_BYTES // 1_000_000} MB were sent")
            if time.monotonic() - began > MOST_SECONDS:
                raise GeneratorError(f"{address}: broken off: not done within {MOST_SECONDS:g} seconds")
            yield piece

    response.iter_raw = bounded
