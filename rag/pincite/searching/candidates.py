"""The first stage of search: candidates by meaning and by words, fused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pincite.searching.fusion import DENSE_WEIGHT, best, fuse
from pincite.storing.snapshot import COLLECTION, FolderSnapshot
from pincite.storing.untrusted import damaged
from pincite.types import Stages

if TYPE_CHECKING:
    from numpy.typing import NDArray

POOL = 200
"""Chunks that each kind of search proposes; those of one kind are scored by the other as well."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Chunks that may answer, best first.

    Attributes
    ----------
    numbers
        Shape (n,), int64: numbers of chunks.
    scores
        Shape (n,), float32: in [0, 1], descending.  The best one's score is its cosine, and the share of the highest
        BM25 score that a chunk could have; the others' follow in proportion to the fusion.
    cosines, bm25
        Shape (n,), float32: what each kind of search says; 0 from one that was switched off.
    """

    numbers: NDArray[np.int64]
    scores: NDArray[np.float32]
    cosines: NDArray[np.float32]
    bm25: NDArray[np.float32]


def find_candidates(
    snapshot: FolderSnapshot,
    query: str,
    vector: NDArray[np.float32],
    *,
    k: int,
    inside: NDArray[np.int64] | None,
    stages: Stages,
) -> Candidates:
    """Return up to ``k`` chunks among those ``inside``.

    Parameters
    ----------
    vector
        The query's, shape (dim,), float32, unit norm.
    inside
        Numbers of chunks, ascending; ``None`` for all.
    """
    depth = max(POOL, 2 * k)
    bm25 = snapshot.lexical.scores(query) if stages.lexical else np.zeros(len(snapshot.chunks), np.float32)
    proposed = [_by_words(bm25, inside, depth)] if stages.lexical else []
    if stages.dense:
        proposed.append(_by_meaning(snapshot, vector, inside, depth))
    numbers = np.unique(np.concatenate(proposed)).astype(np.int64)
    cosines = np.zeros(len(numbers), np.float32)
    if stages.dense:
        cosines = snapshot.vectors.scores(COLLECTION, vector, rows=numbers)
    weight = DENSE_WEIGHT if stages.dense and stages.lexical else float(stages.dense)
    fused = fuse(cosines, bm25[numbers], dense_weight=weight)
    order = best(fused, k)
    found = Candidates(numbers[order], fused[order], cosines[order], bm25[numbers[order]])
    if not len(order) or found.scores[0] <= 0:
        return found
    highest = sum(snapshot.lexical.idf(query).values())
    anchor = weight * max(float(found.cosines[0]), 0.0) + (1 - weight) * float(found.bm25[0]) / max(highest, 1e-9)
    scores = found.scores * np.float32(min(anchor, 1.0) / found.scores[0])
    return Candidates(found.numbers, scores, found.cosines, found.bm25)


def _by_words(bm25: NDArray[np.float32], inside: NDArray[np.int64] | None, k: int) -> NDArray[np.int64]:
    if inside is None:
        return best(bm25, k)
    return inside[best(bm25[inside], k)]


def _by_meaning(
    snapshot: FolderSnapshot, vector: NDArray[np.float32], inside: NDArray[np.int64] | None, k: int
) -> NDArray[np.int64]:
    if inside is None:
        matches = snapshot.vectors.search(COLLECTION, vector, k=k)
        try:
            return np.array([snapshot.chunks.number(match.record_id) for match in matches], np.int64)
        except KeyError as error:
            raise damaged(snapshot.path, f"a vector of no passage ({error})") from error
    return inside[best(snapshot.vectors.scores(COLLECTION, vector, rows=inside), k)]
