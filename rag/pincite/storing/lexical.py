"""The lexical index: BM25 over the terms of every chunk."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from pincite.importing import unimportable
from pincite.storing.blocks import CheckedArray
from pincite.storing.files import Files, files_of
from pincite.storing.untrusted import damaged

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence
    from types import ModuleType

    from numpy.typing import NDArray

# The names under which bm25s' own `save` and `load` find the files of this index.
FILE_NAMES = {
    "data_name": "lexical.data.npy",
    "indices_name": "lexical.indices.npy",
    "indptr_name": "lexical.indptr.npy",
    "vocab_name": "lexical.vocab.json",
    "params_name": "lexical.params.json",
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
    """

    def __init__(
        self,
        vocabulary: dict[str, int],
        scores: NDArray[np.float32] | CheckedArray,
        rows: NDArray[np.int32] | CheckedArray,
        starts: NDArray[np.int64],
        n_chunks: int,
        *,
        engine: Any = None,
    ) -> None:
        self._vocabulary = vocabulary
        self._scores = scores
        self._rows = rows
        self._starts = starts
        self._n_chunks = n_chunks
        self._engine = engine

    @classmethod
    def build(cls, chunks: Iterable[Sequence[str]], *, k1: float, b: float) -> LexicalIndex:
        """Index the terms of every chunk, in the chunks' order, by the formula of Lucene.

        Parameters
        ----------
        chunks
            Read once.
        k1
            Saturation of a term's frequency.
        b
            How much a long text counts less, in [0, 1].

        Raises
        ------
        ValueError
            ``b`` or ``k1`` out of range.
        """
        if k1 < 0 or not 0 <= b <= 1:
            raise ValueError(f"expected k1 >= 0 and 0 <= b <= 1, got k1={k1} and b={b}")
        vocabulary: dict[str, int] = {}
        ids = [[vocabulary.setdefault(term, len(vocabulary)) for term in terms] for terms in chunks]
        # The variant is written out in Kamphuis et al., https://doi.org/10.1007/978-3-030-45442-5_4
        engine = _bm25s().BM25(method="lucene", k1=k1, b=b)
        if vocabulary:
            engine.index((ids, vocabulary), create_empty_token=False, show_progress=False)
        else:  # bm25s would divide by the mean length, which is 0
            engine.vocab_dict = {}
            engine.nonoccurrence_array = None
            engine.scores = {
                "data": np.zeros(0, np.float32),
                "indices": np.zeros(0, np.int32),
                "indptr": np.zeros(1, np.int64),
                "num_docs": len(ids),
            }
        held = engine.scores
        return cls(vocabulary, held["data"], held["indices"], held["indptr"], len(ids), engine=engine)

    def __len__(self) -> int:
        """Return the number of chunks."""
        return self._n_chunks

    def scores(self, terms: Sequence[str]) -> NDArray[np.float32]:
        """Return the score of every chunk for a query's terms; shape (n_chunks,), float32, never negative.

        All are 0 where no chunk holds one of them.  A term that is repeated counts once.
        """
        total = np.zeros(self._n_chunks, np.float32)
        # What a damaged file adds up to is judged at the end.
        with np.errstate(all="ignore"):
            self._add_up(total, terms)
        if isinstance(self._scores, CheckedArray) and not ((total >= 0) & (total < BEYOND_ANY_SCORE)).all():
            raise damaged(self._scores.file.path, "a score that no text has")
        return total

    def _add_up(self, total: NDArray[np.float32], terms: Sequence[str]) -> None:
        for term in dict.fromkeys(terms):
            column = self._vocabulary.get(term)
            if column is not None:
                total[self._rows_of(column)] += self._scores[self._extent(column)]

    def document_frequency(self, term: str, *, inside: NDArray[np.int64] | None = None) -> int:
        """Return in how many chunks a term stands; of those ``inside``, where numbers are given."""
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
        sound = (
            isinstance(vocabulary, dict)
            and len(starts) == len(vocabulary) + 1
            and starts[0] == 0
            and starts[-1] == len(scores) == len(rows)
            and bool((np.diff(starts) >= 0).all())
            and all(type(column) is int and 0 <= column < len(vocabulary) for column in vocabulary.values())
        )
        if not sound:
            raise damaged(files.folder, "the files of the lexical index do not fit together")
        return cls(vocabulary, scores, rows, np.array(starts), n_chunks)


def _bm25s() -> ModuleType:
    """Import bm25s without the compilers that it would load where they are installed, and without its debug records."""
    with _import_lock, unimportable("numba", "jax"):
        import bm25s
    # At its level of DEBUG every build would speak through whatever handler the application has.
    logging.getLogger("bm25s").setLevel(logging.WARNING)
    return bm25s  # type: ignore[no-any-return]
