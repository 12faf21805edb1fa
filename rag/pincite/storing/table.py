"""One collection of vectors as it stands at a moment; never changed once made."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pincite.storing.untrusted import damaged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pincite.storing.base import Filter, VectorRecord
    from pincite.storing.flat_file import FlatFile

# Two equal vectors must tie wherever they lie in the matrix, but the last digits of a float32 dot product depend on it.
SCORE_DECIMALS = 6

# Vectors of unit norm give at most 1, but for rounding.
LARGEST_PRODUCT = 2.0


class Table:
    """Vectors by row, with the id and the payload of each.

    A writer makes a new table and swaps it in, so that readers need no lock and never see half a change.

    Parameters
    ----------
    ids
        One for each row, no two alike.
    vectors
        Shape (n, dim), float32; or a file of them.
    payload
        For each field, its value in every row; ``None`` where a row has no such field.
    """

    def __init__(
        self, ids: Sequence[str], vectors: NDArray[np.float32] | FlatFile, payload: Mapping[str, Sequence[str | None]]
    ) -> None:
        self.ids = ids
        self._vectors = vectors
        self.payload = payload
        self.approximate: Any = None
        """A FAISS index over the rows, where the table is too large for an exact search."""

    @classmethod
    def empty(cls, dim: int) -> Table:
        """Return a table without rows."""
        return cls([], np.zeros((0, dim), np.float32), {})

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def vectors(self) -> NDArray[np.float32]:
        """All vectors, not to be changed; shape (n, dim), float32."""
        return self._vectors if isinstance(self._vectors, np.ndarray) else self._vectors.whole()

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of vectors and their length."""
        return self._vectors.shape

    def cosines(self, query: NDArray[np.float32], rows: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """Return the product of the query with the vectors of some rows, or of all; shape (n of them,), float32.

        Raises
        ------
        IndexDamaged
            The vectors were read from a file, and are not those that were written or not of unit norm.
        """
        if isinstance(self._vectors, np.ndarray):
            found: NDArray[np.float32] = (self._vectors if rows is None else self._vectors[rows]) @ query
            return found
        with np.errstate(all="ignore"):
            found = (self._vectors.whole() if rows is None else self._vectors.take(rows)) @ query
        # Comparing finds what is not a number, too.
        if not (np.abs(found) <= LARGEST_PRODUCT * max(1.0, float(np.linalg.norm(query)))).all():
            raise damaged(self._vectors.path, "a vector that is not of unit norm")
        return found

    @cached_property
    def rows(self) -> dict[str, int]:
        """Row of each id."""
        return {record_id: row for row, record_id in enumerate(self.ids)}

    @cached_property
    def _coded(self) -> dict[str, tuple[dict[str | None, int], NDArray[np.int32]]]:
        """For each field, a number for each of its values, and the number that stands in every row."""
        coded = {}
        for name, values in self.payload.items():
            numbers: dict[str | None, int] = {}
            codes = np.fromiter((numbers.setdefault(value, len(numbers)) for value in values), np.int32, len(self))
            coded[name] = (numbers, codes)
        return coded

    def mask(self, where: Filter | None) -> NDArray[np.bool_] | None:
        """Return which rows the filter keeps, shape (n,); ``None`` where it keeps all."""
        if not where:
            return None
        kept = np.ones(len(self), np.bool_)
        for name, values in where.items():
            if name not in self._coded:
                return np.zeros(len(self), np.bool_)
            numbers, codes = self._coded[name]
            wanted = np.zeros(len(numbers), np.bool_)
            wanted[[numbers[value] for value in values if value in numbers]] = True
            kept &= wanted[codes]
        return kept

    def without(self, gone: NDArray[np.bool_]) -> Table:
        """Return a table that lacks the rows marked in ``gone``, shape (n,)."""
        left = np.flatnonzero(~gone).tolist()
        return Table(
            [self.ids[row] for row in left],
            self.vectors[left],
            {name: [values[row] for row in left] for name, values in self.payload.items()},
        )

    def with_records(self, records: Sequence[VectorRecord]) -> Table:
        """Return a table that has ``records`` too, in the place of those with the same id; the last of equals wins."""
        new = {record.record_id: record for record in records}
        gone = np.fromiter((record_id in new for record_id in self.ids), np.bool_, len(self))
        left = self.without(gone) if gone.any() else self
        names = dict.fromkeys([*self.payload, *(name for record in new.values() for name in record.payload)])
        return Table(
            [*left.ids, *new],
            np.concatenate([left.vectors, np.stack([record.vector for record in new.values()]).astype(np.float32)]),
            {
                name: [
                    *left.payload.get(name, [None] * len(left)),
                    *(record.payload.get(name) for record in new.values()),
                ]
                for name in names
            },
        )

    def best(self, rows: NDArray[np.int64], scores: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        """Return id and score of the ``k`` best of ``rows``, highest score first, ties by id.

        ``scores`` are those of ``rows``; both have shape (m,).
        """
        scores = np.round(scores, SCORE_DECIMALS)
        if k < len(rows):
            # All that tie with the k-th stay in, so that the ids decide and not the partition.
            kept = scores >= np.partition(scores, len(scores) - k)[len(scores) - k]
            rows, scores = rows[kept], scores[kept]
        found = zip((self.ids[row] for row in rows), scores.tolist(), strict=True)
        return sorted(found, key=lambda match: (-match[1], match[0]))[:k]
