"""What Pincite asks of a vector store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Filter = Mapping[str, Sequence[str]]
"""Keeps the records whose payload, for every field named, holds one of the values given."""


@dataclass(frozen=True, slots=True)
class VectorRecord:
    """A vector with its id and the payload that filters look at.

    ``vector`` has shape (dim,), float32, unit norm.
    """

    record_id: str
    vector: NDArray[np.float32]
    payload: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VectorMatch:
    """A record found; ``score`` is the cosine, higher is better."""

    record_id: str
    score: float


@runtime_checkable
class VectorStore(Protocol):
    """Keeps vectors by collection; collections never see one another's records."""

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    def upsert(self, collection: str, records: Sequence[VectorRecord]) -> None:
        """Add records, replacing those with the same id.

        Raises
        ------
        ValueError
            A vector has another length than ``dim``, or is not finite.
        """
        ...

    def delete(self, collection: str, *, ids: Sequence[str] | None = None, where: Filter | None = None) -> int:
        """Remove records by id or by filter (exactly one of the two), and return how many went."""
        ...

    def search(
        self, collection: str, vector: NDArray[np.float32], *, k: int, where: Filter | None = None
    ) -> list[VectorMatch]:
        """Return up to ``k`` records with the highest cosine, best first; ties by ``record_id``."""
        ...

    def count(self, collection: str, *, where: Filter | None = None) -> int:
        """Return how many records the collection holds; 0 for one never written to."""
        ...

    def scan(self, collection: str, *, where: Filter | None = None) -> Iterator[VectorRecord]:
        """Yield every record, ordered by ``record_id``."""
        ...

    def close(self) -> None:
        """Release files and memory; any later call raises ``ValueError``."""
        ...
