"""How much each token of a query counts."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from pincite.storing.terms import terms, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from pincite.types import Span

_WORD = re.compile(r"\w+")


def token_weights(
    query: str,
    token_spans: Sequence[Span],
    *,
    document_frequency: Callable[[str], int],
    n_chunks: int,
    stop_word_weight: float,
) -> NDArray[np.float32]:
    """Weigh the query's tokens by how rare their words are in the index.

    A word's inverse document frequency (Lucene's, never negative) goes to its tokens, divided by the square root of
    their number: a rare name that the encoder breaks into five pieces would else outweigh the rest of the question.
    Punctuation weighs nothing and stop words next to nothing.

    This is what lets titles and headings stand before every chunk.  A word that stands in the context of all chunks is
    in all of them, so it weighs nothing and blurs nothing; a word that tells one document from its like weighs most.

    Parameters
    ----------
    token_spans
        Span in ``query`` of each of its tokens.
    document_frequency
        In how many chunks a term stands, as :meth:`pincite.storing.base.Part.document_frequency` says.
    n_chunks
        Number of chunks in the index.
    stop_word_weight
        See :class:`pincite.settings.SearchSettings`.

    Returns
    -------
    Shape (n_tokens,), float32, not negative, summing to 1 unless there is no token; equal where no word weighs.
    """
    words = {position: match for match in _WORD.finditer(query) for position in range(*match.span())}
    held = [words.get(span.start) for span in token_spans]
    pieces = Counter(word.start() for word in held if word is not None)
    weights: NDArray[np.float32] = np.array(
        [
            0.0
            if word is None
            else _rarity(word.group(), document_frequency, n_chunks, stop_word_weight) / math.sqrt(pieces[word.start()])
            for word in held
        ],
        np.float32,
    )
    if not weights.any():
        weights[:] = 1
    weights /= np.maximum(weights.sum(), np.float32(1e-9))
    return weights


def term_weights(query: str, *, document_frequency: Callable[[str], int], n_chunks: int) -> dict[str, float]:
    """Return the inverse document frequency of each of the query's terms, in reading order.

    A compound counts once: by its joined form where only that is known, else by its parts.  A term that no chunk
    holds has the highest value, so that it weighs as what is missing.
    """
    weights: dict[str, float] = {}
    for token in tokens(query):
        chosen = token.parts
        if token.joined and document_frequency(token.joined) and not all(map(document_frequency, token.parts)):
            chosen = (token.joined,)
        for term in chosen:
            if term not in weights:
                weights[term] = _idf(document_frequency(term), n_chunks)
    return weights


def _rarity(word: str, document_frequency: Callable[[str], int], n_chunks: int, stop_word_weight: float) -> float:
    frequencies = [document_frequency(term) for term in terms(word)]
    if not frequencies:
        return stop_word_weight
    return max(_idf(frequency, n_chunks) for frequency in frequencies)


def _idf(frequency: int, n_chunks: int) -> float:
    """Return the inverse document frequency by the formula of Lucene, never negative."""
    return math.log(1 + (n_chunks - frequency + 0.5) / (frequency + 0.5))
