"""The chunk finds, the sentences place the window.

A chunk is cut before anyone asks, so evidence may straddle two of them.  Its token vectors say which sentences answer;
the passage that is returned is the best run of whole sentences around these.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pincite.settings import SearchSettings


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences of the candidates and of the chunks beside them, in reading order within each run.

    Attributes
    ----------
    spans
        Shape (n, 2), int64: where each stands in its document.
    runs
        Shape (n,): equal for sentences between which nothing but white space stands and no section ends; a run is
        in one piece.
    opens
        Shape (n,), bool: whether it begins a paragraph.
    maxima
        Shape (n, n_query_tokens), float32: highest cosine of each query token, in context.
    pooled
        Shape (n,), float32: cosine of the whole query with the sentence's mean.
    """

    spans: NDArray[np.int64]
    runs: NDArray[np.int64]
    opens: NDArray[np.bool_]
    maxima: NDArray[np.float32]
    pooled: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """Sentences ``[first, last)`` as one passage.

    Attributes
    ----------
    score
        Weighted mean of the signals, near [0, 1], higher is better; 1 for the query's own words.
    late_interaction
        Weighted mean over the query's tokens of the highest cosine in the window.
    best_sentence
        The same within the best sentence alone.
    pooled
        Highest cosine of the whole query with a sentence.
    """

    first: int
    last: int
    score: float
    late_interaction: float
    best_sentence: float
    pooled: float


def place_windows(
    sentences: Sentences, weights: NDArray[np.float32], *, k: int, settings: SearchSettings
) -> list[Window]:
    """Return up to ``k`` passages of whole sentences, best first, none overlapping another.

    From each sentence the longest run of at most ``settings.passage_chars`` characters is tried; a single longer
    sentence is a window of its own.

    Parameters
    ----------
    weights
        Shape (n_query_tokens,): summing to 1, see :func:`pincite.searching.weighting.token_weights`.
    """
    if not len(sentences.runs):
        return []
    firsts = np.arange(len(sentences.runs))
    lasts = _ends(sentences, settings.passage_chars)
    scores = sentences.maxima @ weights
    highest = max(float(scores.max()), 1e-9)
    spread = np.maximum(scores / highest - settings.spread_floor, 0) / (1 - settings.spread_floor)

    late = _reduce(sentences.maxima, lasts, np.maximum) @ weights
    best_sentence = _reduce(scores, lasts, np.maximum)
    pooled = _reduce(sentences.pooled, lasts, np.maximum)
    signal_weights = settings.weights
    total = (
        signal_weights.late_interaction * late
        + signal_weights.best_sentence * best_sentence
        + signal_weights.pooled * pooled
        + signal_weights.spread * _reduce(spread, lasts, np.add)
        + signal_weights.opening * sentences.opens
    ) / sum(astuple(signal_weights))

    taken = np.zeros(len(firsts), bool)
    chosen: list[Window] = []
    for i in np.argsort(-total, kind="stable"):
        if taken[i : lasts[i]].any():
            continue
        taken[i : lasts[i]] = True
        signals = (float(values[i]) for values in (total, late, best_sentence, pooled))
        chosen.append(Window(int(i), int(lasts[i]), *signals))
        if len(chosen) == k:
            break
    return chosen


def _ends(sentences: Sentences, max_chars: int) -> NDArray[np.int64]:
    """Return for each sentence where the longest window from it ends (exclusive)."""
    lasts = np.arange(len(sentences.runs)) + 1
    growing = np.ones(len(lasts), bool)
    while growing.any():
        following = np.minimum(lasts, len(lasts) - 1)
        fits = sentences.spans[following, 1] - sentences.spans[:, 0] <= max_chars
        growing &= (lasts < len(lasts)) & fits & (sentences.runs[following] == sentences.runs)
        lasts[growing] += 1
    return lasts


def _reduce(
    values: NDArray[np.float32], lasts: NDArray[np.int64], function: Callable[..., NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Reduce the rows ``[i, lasts[i])`` of ``values`` for every i at once."""
    result = values.copy()
    lengths = lasts - np.arange(len(lasts))
    for step in range(1, int(lengths.max())):
        rows = np.flatnonzero(lengths > step)
        result[rows] = function(result[rows], values[rows + step])
    return result
