"""Every constant that decides what is found, as one value that is passed from the top down.

Those of `IndexSettings` are kept with the index that they made, so that a change of one is seen and never mixed with
what another made.  Those of `SearchSettings` hold for one retriever, whatever index it reads.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """What decides an index beside its documents and encoder.

    Attributes
    ----------
    chunk_chars, chunk_tokens
        How long a chunk may be; measured in `evals/results/search_ablation.md`.  The passages that a search returns are
        shorter still, see `SearchSettings`.
    context_share
        At most this share of the encoder's window goes to title, file name and headings: 71 of MiniLM's 256 tokens.
    k1, b
        Of BM25: saturation of a term's frequency, and how much a long text counts less, in [0, 1]; measured in
        `evals/results/search_ablation.md`.  Another value weighs an index anew, without reading or encoding anything.

    Raises
    ------
    ValueError
        One is out of range.
    """

    chunk_chars: int = 1000
    chunk_tokens: int = 180
    context_share: float = 0.28
    k1: float = 1.2
    b: float = 0.5

    def __post_init__(self) -> None:
        if self.chunk_chars < 1 or self.chunk_tokens < 1:
            raise ValueError(
                f"expected chunks of at least 1, got chunk_chars={self.chunk_chars}, chunk_tokens={self.chunk_tokens}"
            )
        if not 0 <= self.context_share < 1:
            raise ValueError(f"expected a share of context within [0, 1), got {self.context_share}")
        if self.k1 < 0 or not 0 <= self.b <= 1:
            raise ValueError(f"expected k1 >= 0 and 0 <= b <= 1, got k1={self.k1} and b={self.b}")


@dataclass(frozen=True, slots=True)
class SignalWeights:
    """How much each signal counts in the score of a passage.

    Round numbers; no other weight of any does better on documents left out: see `evals/results/retrieval_fit.md`.

    Attributes
    ----------
    late_interaction
        The weighted mean over the query's tokens of the highest cosine in the passage.
    best_sentence
        The same within the best sentence alone: words that stand together rather than scattered.
    pooled
        The highest cosine of the whole query with a sentence: what is meant rather than its words.
    spread
        How many sentences come near the best one: evidence in several sentences.
    opening
        The passage begins a paragraph.
    """

    late_interaction: float = 1.0
    best_sentence: float = 0.5
    pooled: float = 0.3
    spread: float = 0.025
    opening: float = 0.02


@dataclass(frozen=True, slots=True)
class Calibration:
    """From a passage's score and the logarithm of its rank to the log odds that it answers.

    Fitted by `pincite_evals.retrieval_fit` to questions with and without an answer, every set weighing the same.
    """

    slope: float = 6.46
    rank_slope: float = 2.13
    intercept: float = -4.35


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """What decides which passages a query finds in an index.

    Attributes
    ----------
    pool
        Chunks that each kind of search proposes; those of one kind are scored by the other as well.
    candidates
        Chunks re-scored by late interaction; measured in `evals/results/search_ablation.md`.
    dense_weight
        Of the cosine in the fusion, in [0, 1], the rest being BM25's; measured there too: from .3 to .85 the passages
        found hardly differ.
    stop_word_weight
        Of a query's stop word, on the scale of the inverse document frequency, where a word of half the chunks has .7.
    passage_chars
        Length of a passage, unless one sentence alone is longer.
    spread_floor
        A sentence adds to the spread of the evidence from this share of the best sentence's score on.
    weights
        Of the signals of a passage.
    calibration
        From scores to probabilities; it belongs to the weights that it was fitted with.
    shingle, same_share
        Two passages of a document are near-duplicates from this share of common runs of so many words on.

    Raises
    ------
    ValueError
        One is out of range.
    """

    pool: int = 200
    candidates: int = 50
    dense_weight: float = 0.7
    stop_word_weight: float = 0.1
    passage_chars: int = 700
    spread_floor: float = 0.7
    weights: SignalWeights = SignalWeights()
    calibration: Calibration = Calibration()
    shingle: int = 3
    same_share: float = 0.9

    def __post_init__(self) -> None:
        if min(self.pool, self.candidates, self.passage_chars, self.shingle) < 1:
            raise ValueError("expected a pool, candidates, passage_chars and shingle of at least 1")
        if not 0 <= self.dense_weight <= 1:
            raise ValueError(f"expected a dense weight within [0, 1], got {self.dense_weight}")
        if not 0 <= self.spread_floor < 1:
            raise ValueError(f"expected a floor of the spread within [0, 1), got {self.spread_floor}")


@dataclass(frozen=True, slots=True)
class Settings:
    """All of them.

    Attributes
    ----------
    index
        For :func:`pincite.update_index`.  Who asks an index takes those that it was made with.
    search
        For `Retriever` and `Assistant`.
    """

    index: IndexSettings = IndexSettings()
    search: SearchSettings = SearchSettings()


DEFAULTS = Settings()
