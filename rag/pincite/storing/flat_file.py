"""The file of a FAISS ``IndexFlatIP``: written by FAISS, read without it.

Asking imports no FAISS while the search is exact, which saves a fifth of a second in a fresh process and half of each
search (`evals/results/vector_search.md`).  The file stays one that ``faiss.read_index`` opens.
"""

from __future__ import annotations

import struct
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from pincite.storing.blocks import CheckedArray
from pincite.storing.untrusted import damaged

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pincite.storing.files import Files

_HEADER = struct.Struct("<4siqqq?iQ")
"""Kind, dimension, number of vectors, two fields no longer used, trained, metric (0: inner product), numbers held."""

_KIND = b"IxFI"
_UNUSED = 1 << 20


def write_flat(path: Path, vectors: NDArray[np.float32]) -> None:
    """Write vectors, shape (n, dim), as FAISS writes an ``IndexFlatIP`` of them."""
    faiss = import_faiss()
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(np.ascontiguousarray(vectors, np.float32))
    faiss.write_index(index, str(path))


class FlatFile:
    """The vectors of an ``IndexFlatIP``, read when they are first asked for.  Safe for use by many threads.

    Parameters
    ----------
    stays_on_disk
        Whether they are left there: for taking some rows, since they are not aligned there and every product with all
        of them would copy them.

    Attributes
    ----------
    shape
        Number of vectors and their length.

    Raises
    ------
    IndexDamaged
        The file holds something else.
    OSError
        It is missing.
    """

    def __init__(self, files: Files, name: str, dim: int, *, stays_on_disk: bool) -> None:
        file = files.mapped(name)
        n = max(file.size - _HEADER.size, 0) // (4 * dim)
        header = file.read(0, min(_HEADER.size, file.size))
        if header != _HEADER.pack(_KIND, dim, n, _UNUSED, _UNUSED, True, 0, n * dim) or file.size != _HEADER.size + (
            4 * dim * n
        ):
            raise damaged(file.path, f"no FAISS IndexFlatIP of {dim} dimensions")
        self.shape = (n, dim)
        self.path = file.path
        self._rows = CheckedArray(file, np.dtype("<f4"), self.shape, _HEADER.size)
        self._stays_on_disk = stays_on_disk
        self._loading = threading.Lock()
        self._loaded: NDArray[np.float32] | None = None

    def whole(self) -> NDArray[np.float32]:
        """Return all vectors, not to be changed; shape (n, dim), float32.

        Raises
        ------
        IndexDamaged
            They are not those that were written.
        ValueError
            The index is closed.
        """
        if self._stays_on_disk:
            return self._rows[:]
        with self._loading:
            if self._loaded is None:
                loaded = np.empty(self.shape, np.float32)
                loaded[:] = self._rows[:]
                loaded.flags.writeable = False
                self._loaded = loaded
                self._rows.file.close()  # what is in memory needs no file
            return self._loaded

    def take(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return some vectors; shape (n of them, dim), float32."""
        return self._rows[rows] if self._stays_on_disk else self.whole()[rows]


def import_faiss() -> Any:
    """Import FAISS only where it is needed: it takes 0.2 s, and small indexes are searched without it."""
    import faiss

    return faiss
