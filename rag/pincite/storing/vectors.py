"""The vectors of an index's chunks: searched exactly in memory, through FAISS where that gets too slow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from pincite.storing.files import Files, files_of
from pincite.storing.flat_file import FlatFile, import_faiss, write_flat
from pincite.storing.manifest import LARGEST_DIM
from pincite.storing.ordering import best
from pincite.storing.untrusted import damaged

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from numpy.typing import NDArray

EXACT_LIMIT = 100_000
"""Up to so many candidates a search is exact: see `evals/results/vector_search.md`."""

# Cells for n vectors and how many of them a search visits, and by how much more candidates than asked for are scored
# again exactly: recall@10 of at least .99 in `evals/results/vector_search.md`.
CELLS_PER_ROOT = 4
PROBED_SHARE = 8
OVERFETCH = 4
TRAINING_VECTORS_PER_CELL = 64

# Two equal vectors must tie wherever they lie in the matrix, but the last digits of a float32 dot product depend on it.
SCORE_DECIMALS = 6

# Vectors of unit norm give at most 1, but for rounding.
LARGEST_PRODUCT = 2.0

DESCRIPTION = "vectors.json"
VECTORS = "vectors-0.faiss"
LISTS = "vectors-0.ivf.faiss"
RECORDS = "vectors-0.records.json"
COLLECTION = "chunks"
"""The name under which the files say whose vectors they hold."""


class ChunkVectors:
    """A vector for each chunk, by number.  Safe for use by many threads.

    Kept as a FAISS ``IndexFlatIP``.  Up to `EXACT_LIMIT` of them, a search scores every one: a single product of a
    matrix and a vector, for which FAISS need not be loaded.  Beyond, a FAISS index of inverted lists with 8-bit vectors
    proposes candidates, which are then scored exactly.  Among some of the chunks the search is always exact.

    Parameters
    ----------
    vectors
        Shape (n, dim), float32, unit norm; or a file of them.
    lists
        The inverted lists.
    """

    def __init__(self, vectors: NDArray[np.float32] | FlatFile, *, lists: Any = None) -> None:
        self._vectors = vectors
        self._lists = lists
        self._closed = False

    def __len__(self) -> int:
        """Return the number of chunks."""
        return int(self._vectors.shape[0])

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return int(self._vectors.shape[1])

    def cosines(self, vector: NDArray[np.float32], numbers: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """Return the cosine of some vectors, or of all, with a query's; shape (n of them,), float32.

        Raises
        ------
        IndexDamaged
            The vectors were read from a file, and are not those that were written or not of unit norm.
        ValueError
            The query's has another shape or is not finite, or the index is closed.
        """
        if np.shape(vector) != (self.dim,) or not np.isfinite(vector).all():
            raise ValueError(f"expected a query of {self.dim} finite numbers, got shape {np.shape(vector)}")
        query = np.asarray(vector, np.float32)
        with np.errstate(all="ignore"):
            found: NDArray[np.float32] = self._rows(numbers) @ query
        # Comparing finds what is not a number, too.
        if (
            isinstance(self._vectors, FlatFile)
            and not (np.abs(found) <= LARGEST_PRODUCT * max(1.0, float(np.linalg.norm(query)))).all()
        ):
            raise damaged(self._vectors.path, "a vector that is not of unit norm")
        return found

    def nearest(
        self, vector: NDArray[np.float32], k: int, *, among: NDArray[np.int64] | None = None
    ) -> NDArray[np.int64]:
        """Return the numbers of the ``k`` chunks with the highest cosine, best first, ties by number.

        Parameters
        ----------
        among
            Numbers of chunks, ascending; ``None`` for all.
        """
        numbers = among
        if among is None and self._lists is not None:
            numbers = np.sort(_propose(self._lists, np.asarray(vector, np.float32), OVERFETCH * k))
            if len(numbers) < k:  # the lists that are visited hold too few
                numbers = None
        order = best(np.round(self.cosines(vector, numbers), SCORE_DECIMALS), k)
        return order if numbers is None else numbers[order]

    def of(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return some vectors, not to be changed; shape (n of them, dim), float32."""
        return self._rows(numbers)

    def close(self) -> None:
        """Let go of the vectors; any later use raises ``ValueError``."""
        self._closed = True
        self._vectors, self._lists = np.empty((0, self.dim), np.float32), None

    def _rows(self, numbers: NDArray[np.int64] | None) -> NDArray[np.float32]:
        vectors = self._vectors  # once, since another thread may close the index meanwhile
        if self._closed:
            raise ValueError("the index is closed")
        if isinstance(vectors, np.ndarray):
            return vectors if numbers is None else vectors[numbers]
        return vectors.whole() if numbers is None else vectors.take(numbers)

    @classmethod
    def load(cls, folder: str | os.PathLike[str] | Files, *, mmap: bool = True) -> ChunkVectors:
        """Open what `write_vectors` wrote; with ``mmap`` what has inverted lists stays on disk until it is needed.

        Raises
        ------
        IndexDamaged
            A file does not hold what it should.
        OSError
            A file is missing.
        """
        files = files_of(folder)
        described = files.json(DESCRIPTION)
        try:
            dim = described["dim"]
            if type(dim) is not int or not 1 <= dim <= LARGEST_DIM:
                raise ValueError(f"vectors of {dim!r} numbers")
            (collection,) = described["collections"]
            approximate = bool(collection["approximate"])
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(files.folder / DESCRIPTION, f"does not say what vectors there are ({error!r})") from error
        vectors = FlatFile(files, VECTORS, dim, stays_on_disk=mmap and approximate)
        return cls(vectors, lists=_read_lists(files, vectors.shape) if approximate else None)


def write_vectors(
    folder: Path,
    vectors: NDArray[np.float32],
    *,
    chunk_ids: Sequence[str],
    doc_ids: Sequence[str],
    exact_limit: int = EXACT_LIMIT,
) -> None:
    """Write the files named ``vectors*`` into ``folder``; for inverted lists over 200,000 it takes a minute or so.

    Parameters
    ----------
    vectors
        Shape (n, dim), float32, unit norm.
    chunk_ids, doc_ids
        Of each row, for whoever opens the vectors with FAISS; we go by the number of the row.
    exact_limit
        Beyond so many vectors there are inverted lists.

    Raises
    ------
    ValueError
        The lengths differ, or a vector is not finite.
    """
    if vectors.ndim != 2 or not len(vectors) == len(chunk_ids) == len(doc_ids):
        raise ValueError(f"expected {len(chunk_ids)} vectors, got shape {vectors.shape}")
    if not np.isfinite(vectors).all():
        raise ValueError("expected finite vectors")
    approximate = len(vectors) > exact_limit
    write_flat(folder / VECTORS, vectors)
    records = {"ids": list(chunk_ids), "payload": {"doc_id": list(doc_ids)}}
    (folder / RECORDS).write_bytes(orjson.dumps(records))
    if approximate:
        import_faiss().write_index(_inverted_lists(vectors), str(folder / LISTS))
    described = {"dim": vectors.shape[1], "collections": [{"name": COLLECTION, "approximate": approximate}]}
    (folder / DESCRIPTION).write_bytes(orjson.dumps(described))


def _inverted_lists(vectors: NDArray[np.float32]) -> Any:
    """Return a FAISS index of inverted lists with 8-bit vectors."""
    faiss = import_faiss()
    n, dim = vectors.shape
    cells = max(1, int(CELLS_PER_ROOT * n**0.5))
    quantiser = faiss.IndexFlatIP(dim)
    index = faiss.IndexIVFScalarQuantizer(
        quantiser, dim, cells, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.seed = 0
    index.cp.max_points_per_centroid = TRAINING_VECTORS_PER_CELL
    sample = np.random.default_rng(0).permutation(n)[: cells * TRAINING_VECTORS_PER_CELL]
    index.train(vectors[np.sort(sample)])
    index.add(vectors)
    index.nprobe = max(1, cells // PROBED_SHARE)
    return index


def _propose(index: Any, query: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Return the rows of about the ``k`` best."""
    _, rows = index.search(query[None], k)
    found: NDArray[np.int64] = rows[0][(rows[0] >= 0) & (rows[0] < index.ntotal)]
    return found


def _read_lists(files: Files, shape: tuple[int, ...]) -> Any:
    file = files.mapped(LISTS)
    file.check(0, file.size)
    try:
        index = import_faiss().read_index(str(file.path))
    except (RuntimeError, MemoryError) as error:
        raise damaged(file.path, f"FAISS cannot read it ({(str(error).splitlines() or ['too large'])[0]})") from error
    finally:
        file.close()  # FAISS has read it into memory
    if (index.ntotal, index.d) != shape or not hasattr(index, "nprobe"):
        raise damaged(file.path, f"expected inverted lists over {shape}, found {index.ntotal, index.d}")
    return index
