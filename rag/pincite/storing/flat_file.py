"""The file of a FAISS ``IndexFlatIP``: written by FAISS, read without it.

Asking imports no FAISS while the search is exact, which saves a fifth of a second in a fresh process and half of each
search (`evals/results/vector_search.md`).  The file stays one that ``faiss.read_index`` opens.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pincite.storing.untrusted import damaged

if TYPE_CHECKING:
    from numpy.typing import NDArray

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


def read_flat(path: Path, dim: int, *, mmap: bool) -> NDArray[np.float32]:
    """Return the vectors of an ``IndexFlatIP``.

    Parameters
    ----------
    mmap
        Leave them on disk until they are needed: for taking some rows, since they are not aligned there and every
        product with all of them would copy them.

    Returns
    -------
    Shape (n, dim), float32, not to be changed.

    Raises
    ------
    IndexDamaged
        The file holds something else.
    OSError
        It is missing.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER.size)
        n = max(path.stat().st_size - _HEADER.size, 0) // (4 * dim)
        if header != _HEADER.pack(_KIND, dim, n, _UNUSED, _UNUSED, True, 0, n * dim):
            raise damaged(path, f"no FAISS IndexFlatIP of {dim} dimensions")
        if mmap and n:
            held: NDArray[np.float32] = np.memmap(path, "<f4", "r", _HEADER.size, (n, dim))
            return held
        vectors = np.fromfile(file, "<f4", n * dim).reshape(n, dim)
        vectors.flags.writeable = False
        return vectors


def import_faiss() -> Any:
    """Import FAISS only where it is needed: it takes 0.2 s, and small indexes are searched without it."""
    import faiss

    return faiss
