"""The first stage of search: candidates by meaning and by words, fused."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pincite.searching.fusion import fuse
from pincite.searching.weighting import term_weights
from pincite.settings import SearchSettings
from pincite.storing.base import Part
from pincite.storing.ordering import best
from pincite.storing.terms import terms
from pincite.types import Stages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pincite.storing.values import Handles


@dataclass(frozen=True, slots=True)
class Candidates:
    """Chunks that may answer, best first.

    Attributes
    ----------
    chunks
        Shape (n,): their handles.
    scores
        Shape (n,), float32: in [0, 1], descending.  The best one's score is its cosine, and the share of the highest
        BM25 score that a chunk could have; the others' follow in proportion to the fusion.
    cosines, bm25
        Shape (n,), float32: what each kind of search says; 0 from one that was switched off.
    """

    chunks: Handles
    scores: NDArray[np.float32]
    cosines: NDArray[np.float32]
    bm25: NDArray[np.float32]


def find_candidates(
    whole: Part,
    part: Part,
    query: str,
    vector: NDArray[np.float32],
    *,
    k: int,
    stages: Stages,
    settings: SearchSettings,
) -> Candidates:
    """Return up to ``k`` chunks.

    Parameters
    ----------
    whole
        All chunks of the index, by which words are weighed.
    part
        Those that are searched.
    vector
        The query's, shape (dim,), float32, unit norm.
    """
    proposed = part.propose(
        terms=terms(query) if stages.lexical else None,
        vector=vector if stages.dense else None,
        k=max(settings.pool, 2 * k),
    )
    weight = settings.dense_weight if stages.dense and stages.lexical else float(stages.dense)
    fused = fuse(proposed.cosines, proposed.bm25, dense_weight=weight)
    order = best(fused, k)
    found = Candidates(proposed.chunks[order], fused[order], proposed.cosines[order], proposed.bm25[order])
    if not len(order) or found.scores[0] <= 0:
        return found
    weights = term_weights(query, document_frequency=whole.document_frequency, n_chunks=whole.n_chunks)
    highest = sum(weights.values())
    anchor = weight * max(float(found.cosines[0]), 0.0) + (1 - weight) * float(found.bm25[0]) / max(highest, 1e-9)
    scores = found.scores * np.float32(min(anchor, 1.0) / found.scores[0])
    return replace(found, scores=scores)
