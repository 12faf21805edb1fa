"""A question as the evidence is weighed against it: its words, their weight, and what it asks for."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pincite.errors import QuestionError
from pincite.evidence.answer_types import AnswerType, asked_type
from pincite.storing.terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pincite.types import Span

WORD = re.compile(r"\w+")
WH_WORDS = frozenset("what which who whom whose when where why how".split())  # noqa: SIM905
ASKING = frozenset(terms("say mean mention describe explain call happen"))
"""What a document is asked to do, which no document says of itself."""
_YES_OR_NO = re.compile(
    r"\W*(?:is|are|was|were|do|does|did|can|could|may|might|must|shall|should|will|would|has|have|had)(?:n['’]?t)?\b",
    re.IGNORECASE,
)
# A word found in every passage still counts a little: it must be there.
_LEAST_WEIGHT = 0.15

BESIDES = 10
"""Passages besides those searched, for weighing a question's words; see `rarity`.  Chosen on short documents, CLAPnq's
each alone: AUROC .868 without, .900 with 10, 20 or 40; next to nothing elsewhere.  What a statement says of its own is
weighed without them: there a word that stands nowhere must tell."""

Rarity = Callable[[str], float]
"""Rarity of a term among the passages searched, from 0 (in all of them) to 1 (in none); see `rarity`."""


def rarity(frequency: int, passages: int, *, besides: int = 0) -> float:
    """Return how rare a term is that stands in ``frequency`` of so many ``passages``: 1 in none, 0 in all.

    The logarithm of inverse document frequency, scaled so that it means the same for 40 passages and for 40,000.

    Parameters
    ----------
    besides
        So many passages more are taken to have been searched, one of which holds the term.  Of two passages alone one
        cannot tell which words are rare, and a word that stands in neither would outweigh all others.

    Examples
    --------
    >>> rarity(0, 40), rarity(40, 40)
    (1.0, 0.0)
    >>> round(rarity(0, 2), 2), round(rarity(1, 2), 2)
    (1.0, 0.37)
    >>> round(rarity(0, 2, besides=10), 2), round(rarity(1, 2, besides=10), 2)
    (0.73, 0.57)
    """
    held = frequency + 1 if besides else frequency
    return 1.0 - math.log1p(held) / math.log1p(max(passages, frequency, 1) + besides)


@dataclass(frozen=True, slots=True)
class Question:
    """What the evidence is weighed against.

    Attributes
    ----------
    vector
        Shape (dim,), float32, unit norm.
    token_vectors
        Shape (n_tokens, dim), float32, unit norm.
    words
        The words that carry the meaning, as written, with their ``stems``; never empty.
    weights
        Shape (n_words,), from the words' rarity, summing to 1.
    pieces
        Shape (n_words, n_tokens): averages a word's tokens; rows sum to 1, or to 0 where the encoder cut the word off.
    opening
        Shape (dim,), unit norm: the question word and the word after it ("which treaty").
    named
        Numbers of the words that are names, numerals or codes such as "E5".
    numbered
        Those of them that hold a digit.
    is_yes_or_no
        Whether it asks for yes or no, so that a sentence that denies may answer it.
    """

    text: str
    vector: NDArray[np.float32]
    token_vectors: NDArray[np.float32]
    words: tuple[str, ...]
    stems: tuple[str, ...]
    positions: tuple[int, ...]
    weights: NDArray[np.float32]
    pieces: NDArray[np.float32]
    opening: NDArray[np.float32]
    named: tuple[int, ...]
    numbered: tuple[int, ...]
    is_yes_or_no: bool
    kind: AnswerType


def read_question(
    text: str,
    vector: NDArray[np.float32],
    token_vectors: NDArray[np.float32],
    token_spans: Sequence[Span],
    rarity_of: Rarity,
) -> Question:
    """Find the words of a question that carry its meaning, and weigh them.

    Parameters
    ----------
    vector, token_vectors, token_spans
        What the encoder made of ``text``; see `pincite.encoding.base.Encoding`.
    rarity_of
        Called once for each stem.

    Raises
    ------
    QuestionError
        The text holds no word.
    """
    found = [(match.start(), match.end(), match.group()) for match in WORD.finditer(text)]
    if not found or not len(token_vectors):
        raise QuestionError(f"expected a question with at least one word, got {text!r}: ask in words")
    stems = [_stem(word) for _, _, word in found]
    held = [i for i, stem in enumerate(stems) if stem]
    chosen = [i for i in held if stems[i] not in ASKING] or held or list(range(len(found)))
    numbered = tuple(j for j, i in enumerate(chosen) if any(char.isdigit() for char in found[i][2]))
    lowered = [word.casefold() for _, _, word in found]
    starts = np.array([span.start for span in token_spans], dtype=np.int64)
    owner = np.searchsorted([start for start, _, _ in found], starts, side="right") - 1
    pieces = np.array([owner == i for i in chosen], dtype=np.float32).reshape(len(chosen), len(starts))
    pieces /= np.maximum(pieces.sum(axis=1, keepdims=True), 1.0)
    weights = np.array([_LEAST_WEIGHT + rarity_of(stems[i] or lowered[i]) for i in chosen], dtype=np.float32)
    first = next((i for i, word in enumerate(lowered) if word in WH_WORDS), 0)
    opening_tokens = (owner == first) | (owner == first + 1)
    opening = token_vectors[opening_tokens].sum(axis=0) if opening_tokens.any() else vector
    return Question(
        text=text,
        vector=vector,
        token_vectors=token_vectors,
        words=tuple(found[i][2] for i in chosen),
        stems=tuple(stems[i] or lowered[i] for i in chosen),
        positions=tuple(chosen),
        weights=weights / max(float(weights.sum()), 1e-6),
        pieces=pieces,
        opening=opening / max(float(np.linalg.norm(opening)), 1e-6),
        named=tuple(j for j, i in enumerate(chosen) if (i > 0 and found[i][2][0].isupper()) or j in numbered),
        numbered=numbered,
        is_yes_or_no=_YES_OR_NO.match(text) is not None,
        kind=asked_type(text),
    )


def _stem(word: str) -> str:
    """Return the term of a word, empty for a stop word or a lone letter."""
    found = terms(word)
    return found[0] if found and (len(found[0]) > 1 or found[0].isdigit()) else ""
