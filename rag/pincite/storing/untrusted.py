"""Files of an index, read without trusting them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from pincite.errors import IndexDamaged

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from numpy.typing import NDArray

REMEDY = "run `pincite index --rebuild`"


def damaged(path: str | os.PathLike[str], found: object) -> IndexDamaged:
    """Return the error that says what is wrong with the file at ``path`` and what to do."""
    return IndexDamaged(f"{path}: {found}: {REMEDY}")


def read_json(path: Path) -> Any:
    """Return what a JSON file holds.

    Raises
    ------
    IndexDamaged
        The file is not JSON.
    OSError
        The file is missing or unreadable.
    """
    try:
        return orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise damaged(path, f"not JSON ({error})") from error


def read_array(path: Path, *, dtype: str | None, columns: int | None = None, mmap: bool = True) -> NDArray[Any]:
    """Open a ``.npy`` file that must hold ``dtype`` in shape (n,), or (n, ``columns``).

    With ``mmap`` the array stays on disk, read-only; an empty one is read, since nothing can be mapped.
    ``columns`` 0 stands for any number of them; without a ``dtype``, numbers of any kind and shape will do.

    Raises
    ------
    IndexDamaged
        The file is no such array.
    OSError
        The file is missing or unreadable.
    """
    try:
        array = _open(path, mmap=mmap)
    except OSError:
        raise
    except Exception as error:  # a header is parsed as Python: a damaged one fails in many ways
        raise damaged(path, f"not a whole array ({error})") from error
    if dtype is None:
        return array
    ndim = 1 if columns is None else 2
    if array.dtype != np.dtype(dtype) or array.ndim != ndim or (columns and array.shape[1] != columns):
        wanted = f"(n, {columns or 'any'})" if ndim == 2 else "(n,)"
        raise damaged(path, f"expected {dtype} of shape {wanted}, found {array.dtype} of shape {array.shape}")
    return array


def _open(path: Path, *, mmap: bool) -> NDArray[Any]:
    if mmap:
        try:
            # A memmap is an ndarray whose slices cost several times as much: go on with a plain view of it.
            return np.load(path, mmap_mode="r", allow_pickle=False).view(np.ndarray)  # type: ignore[no-any-return]
        except ValueError:
            pass  # an empty array cannot be mapped; anything else fails again below
    return np.load(path, allow_pickle=False)  # type: ignore[no-any-return]
