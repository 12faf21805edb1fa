"""Texts in batches: equal ones once, similar lengths together, progress told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from pincite.encoding.base import Encoding
from pincite.types import Progress, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pincite.types import ProgressCallback

Prepared = TypeVar("Prepared")

_SECONDS_BETWEEN_REPORTS = 0.1
"""A progress bar needs no more than ten reports a second."""


@dataclass(frozen=True, slots=True)
class EncodedText:
    """One text's vector, shape (dim,), and its token vectors, shape (n_tokens, dim); neither need be normalised."""

    vector: NDArray[np.float32]
    token_vectors: NDArray[np.float32] | None = None
    token_spans: tuple[Span, ...] = ()


def encode_in_batches(
    texts: Sequence[str],
    *,
    prepare: Callable[[str], Prepared],
    length: Callable[[Prepared], int],
    run: Callable[[list[list[Prepared]]], Iterable[Sequence[EncodedText]]],
    dim: int,
    batch_size: int,
    with_tokens: bool,
    progress: ProgressCallback | None = None,
) -> Encoding:
    """Encode each distinct text once, batched by length so that next to no time goes to padding.

    Parameters
    ----------
    prepare
        Makes of a text what the model takes.
    length
        Says how long that is, in any unit.
    run
        Takes all batches and yields, in that order, what each became.

    Raises
    ------
    TypeError
        ``texts`` is a single string.
    """
    if isinstance(texts, str):
        raise TypeError("expected a sequence of texts, got one str: pass [text]")
    numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    if not numbers:
        return Encoding(np.zeros((0, dim), dtype=np.float32))
    prepared = [prepare(text) for text in numbers]
    # The longest first: memory peaks, and fails if it must, at the start.
    order = sorted(range(len(prepared)), key=lambda number: -length(prepared[number]))
    batches = [order[start : start + batch_size] for start in range(0, len(order), batch_size)]

    encoded: dict[int, EncodedText] = {}
    last_report = time.monotonic()
    outputs = run([[prepared[number] for number in batch] for batch in batches])
    for batch, output in zip(batches, outputs, strict=True):
        encoded.update(zip(batch, output, strict=True))
        now = time.monotonic()
        finished = len(encoded) == len(numbers)
        if progress is not None and (finished or now - last_report >= _SECONDS_BETWEEN_REPORTS):
            last_report = now
            progress(Progress("encoding", len(encoded), len(numbers), "passages"))

    vectors = unit_rows(np.stack([encoded[number].vector for number in range(len(numbers))]))
    token_vectors = [_token_rows(encoded[number], dim) for number in range(len(numbers))] if with_tokens else []
    wanted = [numbers[text] for text in texts]
    return Encoding(
        vectors=vectors[wanted],
        token_vectors=tuple(token_vectors[number] for number in wanted) if with_tokens else (),
        token_spans=tuple(encoded[number].token_spans for number in wanted) if with_tokens else (),
    )


def unit_rows(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale each row, shape (n, dim), to unit norm; a row of zeros stays so."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, np.finfo(np.float32).tiny), dtype=np.float32)


def _token_rows(text: EncodedText, dim: int) -> NDArray[np.float32]:
    if text.token_vectors is None:
        return np.zeros((0, dim), dtype=np.float32)
    return unit_rows(text.token_vectors)
