"""The lexical index: BM25 over the terms of every chunk."""

from __future__ import annotations

import logging
import math
import threading
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from pincite.importing import unimportable
from pincite.storing.blocks import CheckedArray
from pincite.storing.files import Files, files_of
from pincite.storing.terms import terms, tokens
from pincite.storing.untrusted import damaged

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from types import ModuleType

    from numpy.typing import NDArray

__all__ = ["LexicalIndex", "Method", "terms"]

Method = Literal["robertson", "lucene", "atire", "bm25l", "bm25+"]

K1, B = 1.2, 0.5
"""Of BM25, see :meth:`LexicalIndex.build`; measured in `evals/results/search_ablation.md`."""

# The names under which bm25s' own `save` and `load` find the files of this index.
FILE_NAMES = {
    "data_name": "lexical.data.npy",
    "indices_name": "lexical.indices.npy",
    "indptr_name": "lexical.indptr.npy",
    "vocab_name": "lexical.vocab.json",
    "params_name": "lexical.params.json",
    "nnoc_name": "lexical.nonoccurrence.npy",
}

BEYOND_ANY_SCORE = 1e6
"""A term adds at most some fifty, the logarithm of the number of chunks times k1 + 1."""

MOST_CHUNKS = 2**31 - 1
"""Their numbers are kept in 32 bits."""

_import_lock = threading.Lock()


class LexicalIndex:
    """BM25 scores of every chunk for a query.

    bm25s computes the index and writes its files.  Asking reads those files directly, since importing bm25s takes
    0.4 s, more than everything else that a query needs; `tests/storing/test_lexical.py` holds both to the same scores.
    Safe for use by many threads.

    Parameters
    ----------
    vocabulary
        Column of each term.
    scores, rows, starts
        A sparse matrix by columns: column ``c`` holds ``scores[starts[c]:starts[c + 1]]`` in the rows (chunks)
        ``rows[starts[c]:starts[c + 1]]``, each row once.
    n_chunks
        Number of chunks.
    absent
        For bm25l and bm25+, what a term adds to the score of a chunk without it; shape (n_terms,).
    """

    def __init__(
        self,
        vocabulary: dict[str, int],
        scores: NDArray[np.float32] | CheckedArray,
        rows: NDArray[np.int32] | CheckedArray,
        starts: NDArray[np.int64],
        n_chunks: int,
        *,
        absent: NDArray[np.float32] | None = None,
        engine: Any = None,
    ) -> None:
        self._vocabulary = vocabulary
        self._scores = scores
        self._rows = rows
        self._starts = starts
        self._absent = absent
        self._n_chunks = n_chunks
        self._engine = engine

    @classmethod
    def build(
        cls, texts: Sequence[str], *, method: Method = "lucene", k1: float = K1, b: float = B, delta: float = 0.5
    ) -> LexicalIndex:
        """Index ``texts``, one for each chunk, in the chunks' order.

        Parameters
        ----------
        method
            Variant of the formula, as in Kamphuis et al., https://doi.org/10.1007/978-3-030-45442-5_4
        k1
            Saturation of a term's frequency.
        b
            How much a long text counts less, in [0, 1].
        delta
            Of bm25l and bm25+ only.

        Raises
        ------
        ValueError
            ``b`` or ``k1`` out of range.
        """
        if k1 < 0 or not 0 <= b <= 1:
            raise ValueError(f"expected k1 >= 0 and 0 <= b <= 1, got k1={k1} and b={b}")
        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(term, len(vocabulary)) for term in terms(text)] for text in texts]
        engine = _bm25s().BM25(method=method, k1=k1, b=b, delta=delta)
        if vocabulary:
            engine.index((ids, vocabulary), create_empty_token=False, show_progress=False)
        else:  # bm25s would divide by the mean length, which is 0
            engine.vocab_dict = {}
            engine.nonoccurrence_array = None
            engine.scores = {
                "data": np.zeros(0, np.float32),
                "indices": np.zeros(0, np.int32),
                "indptr": np.zeros(1, np.int64),
                "num_docs": len(texts),
            }
        return cls(
            vocabulary,
            engine.scores["data"],
            engine.scores["indices"],
            engine.scores["indptr"],
            len(texts),
            absent=engine.nonoccurrence_array,
            engine=engine,
        )

    def __len__(self) -> int:
        """Return the number of chunks."""
        return self._n_chunks

    def scores(self, query: str) -> NDArray[np.float32]:
        """Return the score of every chunk; shape (n_chunks,), float32, never negative.

        All are 0 where no chunk holds a term of the query.  A term that the query repeats counts once.
        """
        total = np.zeros(self._n_chunks, np.float32)
        # What a damaged file adds up to is judged at the end.
        with np.errstate(all="ignore"):
            self._add_up(total, query)
        if isinstance(self._scores, CheckedArray) and not ((total >= 0) & (total < BEYOND_ANY_SCORE)).all():
            raise damaged(self._scores.file.path, "a score that no text has")
        return total

    def _add_up(self, total: NDArray[np.float32], query: str) -> None:
        for term in dict.fromkeys(terms(query)):
            column = self._vocabulary.get(term)
            if column is not None:
                total[self._rows_of(column)] += self._scores[self._extent(column)]
                if self._absent is not None:
                    total += self._absent[column]

    def idf(self, query: str) -> dict[str, float]:
        """Return the inverse document frequency of each of the query's terms, in reading order.

        A compound counts once: by its joined form where only that is known, else by its parts.  A term that no chunk
        holds has the highest value, so that it weighs as what is missing.  Formula of Lucene, never negative:
        ``log(1 + (n - df + 0.5) / (df + 0.5))``.
        """
        weights: dict[str, float] = {}
        for token in tokens(query):
            chosen = token.parts
            if token.joined in self._vocabulary and not all(part in self._vocabulary for part in token.parts):
                chosen = (token.joined,)
            for term in chosen:
                if term not in weights:
                    df = self.document_frequency(term)
                    weights[term] = math.log(1 + (self._n_chunks - df + 0.5) / (df + 0.5))
        return weights

    def document_frequency(self, term: str, *, inside: NDArray[np.int64] | None = None) -> int:
        """Return in how many chunks ``term``, one of `terms`, stands; of those ``inside``, where numbers are given."""
        column = self._vocabulary.get(term)
        if column is None:
            return 0
        held = self._extent(column)
        if inside is None:
            return int(held.stop - held.start)
        return int(np.isin(self._rows_of(column), inside).sum())

    def _extent(self, column: int) -> slice:
        return slice(int(self._starts[column]), int(self._starts[column + 1]))

    def _rows_of(self, column: int) -> NDArray[np.int32]:
        """Return the numbers of the chunks that hold a term."""
        rows = self._rows[self._extent(column)]
        if isinstance(self._rows, CheckedArray) and len(rows) and not 0 <= rows.min() <= rows.max() < self._n_chunks:
            raise damaged(self._rows.file.path, f"a chunk beyond the {self._n_chunks} that there are")
        return rows

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the files named ``lexical.*`` into ``folder``, in the format of bm25s.

        Raises
        ------
        ValueError
            The index was loaded, not built: copy its files instead.
        """
        if self._engine is None:
            raise ValueError("this lexical index was loaded from files: copy those, or build a new one")
        self._engine.save(folder, allow_pickle=False, show_progress=False, **FILE_NAMES)

    @classmethod
    def load(cls, folder: str | os.PathLike[str] | Files) -> LexicalIndex:
        """Open the index in ``folder``; its scores stay on disk until they are needed.

        Raises
        ------
        IndexDamaged
            A file does not hold what it should.
        OSError
            A file is missing.
        """
        files = files_of(folder)
        vocabulary = files.json(FILE_NAMES["vocab_name"])
        params = files.json(FILE_NAMES["params_name"])
        n_chunks = params.get("num_docs") if isinstance(params, dict) else None
        if type(n_chunks) is not int or not 0 <= n_chunks <= MOST_CHUNKS:
            raise damaged(files.folder / FILE_NAMES["params_name"], "no number of chunks")
        starts = files.array(FILE_NAMES["indptr_name"], dtype="int64")[:]
        scores = files.array(FILE_NAMES["data_name"], dtype="float32")
        rows = files.array(FILE_NAMES["indices_name"], dtype="int32")
        name = FILE_NAMES["nnoc_name"]
        absent = files.array(name, dtype="float32")[:] if files.has(name) else None
        sound = (
            isinstance(vocabulary, dict)
            and len(starts) == len(vocabulary) + 1
            and starts[0] == 0
            and starts[-1] == len(scores) == len(rows)
            and bool((np.diff(starts) >= 0).all())
            and (absent is None or len(absent) == len(vocabulary))
            and all(type(column) is int and 0 <= column < len(vocabulary) for column in vocabulary.values())
        )
        if not sound:
            raise damaged(files.folder, "the files of the lexical index do not fit together")
        return cls(vocabulary, scores, rows, np.array(starts), n_chunks, absent=absent)


def _bm25s() -> ModuleType:
    """Import bm25s without the compilers that it would load where they are installed, and without its debug records."""
    with _import_lock, unimportable("numba", "jax"):
        import bm25s
    # At its level of DEBUG every build would speak through whatever handler the application has.
    logging.getLogger("bm25s").setLevel(logging.WARNING)
    return bm25s  # type: ignore[no-any-return]
