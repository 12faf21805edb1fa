"""Files of an index, read without trusting them."""

from __future__ import annotations

import math
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from pincite.errors import IndexDamaged

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What `numpy.save` writes for numbers.  `numpy.load` would evaluate it as Python, which CPython 3.11 cannot do in two
# threads at once (https://github.com/python/cpython/issues/106905), and which opening an index would do a dozen times.
_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '(?P<dtype>[<|][biuf][1248])', 'fortran_order': False, "
    rb"'shape': \((?P<shape>\d{1,18},|\d{1,18}(?:, \d{1,18}){1,3})\), \} *\n",
    re.DOTALL,
)
_LONGEST_HEADER = 512

GENERATION = "generation-"
"""How the names of an index's folders begin, each of which holds one state of it."""


def rebuild_command(folder: str | os.PathLike[str], *paths: str) -> str:
    """Return the command that makes the index in ``folder`` anew, from ``paths`` or from those of the last time."""
    return " ".join(["pincite index", *paths, "--rebuild --index", shlex.quote(os.fspath(folder))])


def remedy(path: str | os.PathLike[str]) -> str:
    """Return what to do about the index that the file or folder at ``path`` belongs to."""
    path = Path(path)
    inside = next((each for each in (path, *path.parents) if each.name.startswith(GENERATION)), path)
    folder = path if inside is path and path.is_dir() and not path.name.startswith(GENERATION) else inside.parent
    return f"run `{rebuild_command(folder)}`"


def damaged(path: str | os.PathLike[str], found: object) -> IndexDamaged:
    """Return the error that says what is wrong with the file at ``path`` and what to do."""
    return IndexDamaged(f"{path}: {found}: {remedy(path)}")


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
    with path.open("rb") as file:
        start = file.read(_LONGEST_HEADER)
    header = _HEADER.match(start)
    if header is None:
        raise damaged(path, "not an array of plain numbers")
    found = np.dtype(header["dtype"].decode())
    shape = tuple(int(length) for length in header["shape"].replace(b",", b" ").split())
    wanted_shape = shape[:1] if columns is None else (*shape[:1], columns or shape[-1])
    if dtype is not None and (found != np.dtype(dtype) or shape != wanted_shape):
        raise damaged(path, f"expected {dtype} in {columns or 'any'} columns, found {found} of shape {shape}")
    n_bytes = math.prod(shape) * found.itemsize
    size = path.stat().st_size
    if size != header.end() + n_bytes:
        raise damaged(path, f"expected {header.end() + n_bytes} bytes, found {size}")
    if mmap and n_bytes:
        # A memmap is an ndarray whose slices cost several times as much: go on with a plain view of it.
        return np.memmap(path, found, "r", header.end(), shape).view(np.ndarray)
    return np.fromfile(path, found, offset=header.end()).reshape(shape)
