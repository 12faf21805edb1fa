"""The vector store that ships with Pincite: exact in memory, FAISS where that gets too slow."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from pincite.storing.base import VectorMatch, VectorRecord
from pincite.storing.files import Files, files_of
from pincite.storing.flat_file import FlatFile, import_faiss, write_flat
from pincite.storing.manifest import LARGEST_DIM
from pincite.storing.table import Table
from pincite.storing.untrusted import damaged

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from pincite.storing.base import Filter

EXACT_LIMIT = 100_000
"""Up to so many candidates a search is exact: see `evals/results/vector_search.md`."""

# Cells for n vectors and how many of them a search visits, and by how much more candidates than asked for are scored
# again exactly: recall@10 of at least .99 in `evals/results/vector_search.md`.
CELLS_PER_ROOT = 4
PROBED_SHARE = 8
OVERFETCH = 4
TRAINING_VECTORS_PER_CELL = 64

# Where a filter keeps more than this share of the rows, scoring all is quicker than gathering those.
GATHERED_SHARE = 0.25

INDEX_FILE = "vectors.json"


class FaissStore:
    """Vectors in memory or memory-mapped, by collection; see `pincite.storing.base.VectorStore`.

    Kept as a FAISS ``IndexFlatIP``.  Up to `EXACT_LIMIT` candidates, after the filter, a search scores every one: a
    single product of a matrix and a vector, for which FAISS need not be loaded.  Beyond, a FAISS index of inverted
    lists with 8-bit vectors proposes candidates, which are then scored exactly; `optimise` builds it, and until then
    the search stays exact.

    Safe for use by many threads, also while one of them writes: a reader works on the collection as it stood when it
    began.

    Parameters
    ----------
    dim
        Length of a vector.
    exact_limit
        How many candidates are searched exactly at most.
    """

    def __init__(self, dim: int, *, exact_limit: int = EXACT_LIMIT) -> None:
        if dim < 1:
            raise ValueError(f"expected a dimension of at least 1, got {dim}")
        self._dim = dim
        self._exact_limit = exact_limit
        self._tables: dict[str, Table] = {}
        self._writing = threading.RLock()
        self._closed = False

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._dim

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def upsert(self, collection: str, records: Sequence[VectorRecord]) -> None:
        """Add records, replacing those with the same id; one call with many is much quicker than many with one."""
        with self._writing:
            table = self._table(collection)
            for record in records:
                if np.shape(record.vector) != (self._dim,) or not np.isfinite(record.vector).all():
                    raise ValueError(
                        f"record {record.record_id!r}: expected {self._dim} finite numbers, "
                        f"got shape {np.shape(record.vector)}"
                    )
            if records:
                self._tables[collection] = table.with_records(records)

    def add_array(
        self,
        collection: str,
        ids: Sequence[str],
        vectors: NDArray[np.float32],
        payload: Mapping[str, Sequence[str | None]] | None = None,
    ) -> None:
        """Fill a collection that is still empty, without copying ``vectors``, which must not be changed any more.

        Parameters
        ----------
        ids
            One for each row, no two alike.
        vectors
            Shape (n, dim), float32, unit norm.
        payload
            For each field, its value in every row.

        Raises
        ------
        ValueError
            The lengths differ, an id stands twice, a vector is not finite, or the collection holds something.
        """
        payload = payload or {}
        if vectors.shape != (len(ids), self._dim) or any(len(values) != len(ids) for values in payload.values()):
            raise ValueError(f"expected {len(ids)} vectors of length {self._dim}, got shape {vectors.shape}")
        if len(set(ids)) != len(ids) or not np.isfinite(vectors).all():
            raise ValueError("expected ids that differ and finite vectors")
        with self._writing:
            if len(self._table(collection)):
                raise ValueError(f"collection {collection!r} is not empty: use upsert")
            self._tables[collection] = Table(ids, np.ascontiguousarray(vectors, np.float32), payload)

    def delete(self, collection: str, *, ids: Sequence[str] | None = None, where: Filter | None = None) -> int:
        """Remove records by id or by filter (exactly one of the two), and return how many went."""
        if (ids is None) == (where is None):
            raise ValueError("give either ids or where")
        with self._writing:
            table = self._table(collection)
            if ids is None:
                gone = table.mask(where)
                gone = np.ones(len(table), np.bool_) if gone is None else gone
            else:
                gone = np.zeros(len(table), np.bool_)
                gone[[table.rows[record_id] for record_id in ids if record_id in table.rows]] = True
            if gone.any():
                self._tables[collection] = table.without(gone)
            return int(gone.sum())

    def search(
        self, collection: str, vector: NDArray[np.float32], *, k: int, where: Filter | None = None
    ) -> list[VectorMatch]:
        """Return up to ``k`` records with the highest cosine, best first; ties by ``record_id``."""
        query = self._query(vector)
        if k < 0:
            raise ValueError(f"expected k of at least 0, got {k}")
        table = self._table(collection)
        mask = table.mask(where)
        n_candidates = len(table) if mask is None else int(mask.sum())
        if k == 0 or n_candidates == 0:
            return []
        if n_candidates > self._exact_limit and table.approximate is not None:
            rows = _propose(table.approximate, query, OVERFETCH * k, mask)
            # Inverted lists may come back with too few when the filter leaves out most of what they visit.
            if len(rows) >= k:
                return [VectorMatch(*match) for match in table.best(rows, table.cosines(query, rows), k)]
        rows = np.arange(len(table)) if mask is None else np.flatnonzero(mask)
        if n_candidates > GATHERED_SHARE * len(table):
            scores = table.cosines(query)[rows]
        else:
            scores = table.cosines(query, rows)
        return [VectorMatch(*match) for match in table.best(rows, scores, k)]

    def count(self, collection: str, *, where: Filter | None = None) -> int:
        """Return how many records the collection holds; 0 for one never written to."""
        table = self._table(collection)
        mask = table.mask(where)
        return len(table) if mask is None else int(mask.sum())

    def scan(self, collection: str, *, where: Filter | None = None) -> Iterator[VectorRecord]:
        """Yield every record, ordered by ``record_id``, as they stood when the scan was asked for."""
        return _scan(self._table(collection), where)

    def vectors(self, collection: str) -> NDArray[np.float32]:
        """Return the collection's vectors in the order in which they were added; shape (n, dim), not to be changed."""
        return self._table(collection).vectors

    def scores(
        self, collection: str, vector: NDArray[np.float32], *, rows: NDArray[np.int64] | None = None
    ) -> NDArray[np.float32]:
        """Return the cosine of every record, in the order in which they were added, or of some ``rows`` in it.

        Shape (n of them,), float32.
        """
        return self._table(collection).cosines(self._query(vector), rows)

    def close(self) -> None:
        """Release files and memory; any later call raises ``ValueError``."""
        with self._writing:
            self._tables = {}
            self._closed = True

    def optimise(self) -> None:
        """Build the FAISS index of every collection over the exact limit that has none.

        Takes a minute or so for 200,000 vectors.  A later change drops the index of its collection.
        """
        with self._writing:
            self._open_or_raise()
            for table in self._tables.values():
                if len(table) > self._exact_limit and table.approximate is None:
                    table.approximate = _inverted_lists(table.vectors)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the files named ``vectors*`` into ``folder``, after `optimise`."""
        folder = Path(folder)
        with self._writing:
            self.optimise()
            described = []
            for number, (name, table) in enumerate(sorted(self._tables.items())):
                write_flat(folder / f"vectors-{number}.faiss", table.vectors)
                records = {"ids": list(table.ids), "payload": {key: list(held) for key, held in table.payload.items()}}
                (folder / f"vectors-{number}.records.json").write_bytes(orjson.dumps(records))
                if table.approximate is not None:
                    import_faiss().write_index(table.approximate, str(folder / f"vectors-{number}.ivf.faiss"))
                described.append({"name": name, "approximate": table.approximate is not None})
            (folder / INDEX_FILE).write_bytes(orjson.dumps({"dim": self._dim, "collections": described}))

    @classmethod
    def load(
        cls, folder: str | os.PathLike[str] | Files, *, mmap: bool = True, exact_limit: int = EXACT_LIMIT
    ) -> FaissStore:
        """Open what `save` wrote; with ``mmap`` those beyond the exact limit stay on disk until they are needed.

        Raises
        ------
        IndexDamaged
            A file does not hold what it should.
        OSError
            A file is missing.
        """
        files = files_of(folder)
        described = files.json(INDEX_FILE)
        try:
            dim = described["dim"]
            if type(dim) is not int or not 1 <= dim <= LARGEST_DIM:
                raise ValueError(f"vectors of {dim!r} numbers")
            names = [(str(entry["name"]), bool(entry["approximate"])) for entry in described["collections"]]
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(files.folder / INDEX_FILE, f"no list of collections ({error!r})") from error
        store = cls(dim, exact_limit=exact_limit)
        for number, (name, approximate) in enumerate(names):
            vectors = FlatFile(files, f"vectors-{number}.faiss", dim, stays_on_disk=mmap and approximate)
            table = _read_table(files, f"vectors-{number}.records.json", vectors)
            if approximate:
                table.approximate = _read_faiss(files, f"vectors-{number}.ivf.faiss", table)
            store._tables[name] = table
        return store

    def _table(self, collection: str) -> Table:
        self._open_or_raise()
        if not collection:
            raise ValueError("expected the name of a collection, got an empty one")
        return self._tables.get(collection) or Table.empty(self._dim)

    def _open_or_raise(self) -> None:
        if self._closed:
            raise ValueError("the vector store is closed")

    def _query(self, vector: NDArray[np.float32]) -> NDArray[np.float32]:
        if np.shape(vector) != (self._dim,) or not np.isfinite(vector).all():
            raise ValueError(f"expected a query of {self._dim} finite numbers, got shape {np.shape(vector)}")
        return np.asarray(vector, np.float32)


def _scan(table: Table, where: Filter | None) -> Iterator[VectorRecord]:
    mask = table.mask(where)
    vectors = table.vectors
    for record_id in sorted(table.ids):
        row = table.rows[record_id]
        if mask is None or mask[row]:
            payload = {name: value for name, values in table.payload.items() if (value := values[row]) is not None}
            yield VectorRecord(record_id, vectors[row], payload)


def _read_table(files: Files, name: str, vectors: FlatFile) -> Table:
    path = files.folder / name
    held = files.json(name)
    ids = held.get("ids") if isinstance(held, dict) else None
    payload = held.get("payload") if isinstance(held, dict) else None
    if not isinstance(ids, list) or not isinstance(payload, dict):
        raise damaged(path, "no ids and payload")
    columns = [ids, *payload.values()]
    if any(not isinstance(column, list) or len(column) != vectors.shape[0] for column in columns):
        raise damaged(path, f"not one entry for each of the {vectors.shape[0]} vectors")
    if not all(
        isinstance(value, str) or (value is None and column is not ids) for column in columns for value in column
    ):
        raise damaged(path, "an id or value that is no text")
    return Table(ids, vectors, payload)


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


def _propose(index: Any, query: NDArray[np.float32], k: int, mask: NDArray[np.bool_] | None) -> NDArray[np.int64]:
    """Return the rows of about the ``k`` best that the filter keeps."""
    faiss = import_faiss()
    selector = None if mask is None else faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
    params = faiss.SearchParametersIVF(nprobe=index.nprobe, sel=selector)
    _, rows = index.search(query[None], k, params=params)
    found: NDArray[np.int64] = rows[0][(rows[0] >= 0) & (rows[0] < index.ntotal)]
    return found


def _read_faiss(files: Files, name: str, table: Table) -> Any:
    file = files.mapped(name)
    file.check(0, file.size)
    try:
        index = import_faiss().read_index(str(file.path))
    except (RuntimeError, MemoryError) as error:
        raise damaged(file.path, f"FAISS cannot read it ({(str(error).splitlines() or ['too large'])[0]})") from error
    finally:
        file.close()  # FAISS has read it into memory
    if (index.ntotal, index.d) != table.shape or not hasattr(index, "nprobe"):
        raise damaged(file.path, f"expected inverted lists over {table.shape}, found {index.ntotal, index.d}")
    return index
