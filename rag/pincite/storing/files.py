"""The files of a snapshot, opened by name."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from pincite.storing.blocks import CheckedArray, MappedFile
from pincite.storing.untrusted import damaged

if TYPE_CHECKING:
    from collections.abc import Mapping

# What `numpy.save` writes for numbers.  `numpy.load` would evaluate it as Python, which CPython 3.11 cannot do in two
# threads at once (https://github.com/python/cpython/issues/106905), and which opening an index would do a dozen times.
_HEADER = re.compile(
    rb"\x93NUMPY\x01\x00..\{'descr': '(?P<dtype>\|[biu]1|<[iu][248]|<f[248])', 'fortran_order': False, "
    rb"'shape': \((?P<shape>\d{1,18},|\d{1,18}(?:, \d{1,18}){1,3})\), \} *\n",
    re.DOTALL,
)
_LONGEST_HEADER = 512


class Files:
    """Opens the files of a folder, each compared with its digests as it is read.

    Parameters
    ----------
    digests
        Of the blocks of each file that may be opened, ``None`` for a file that is trusted; ``None`` instead of all
        trusts whatever is there.
    """

    def __init__(self, folder: str | os.PathLike[str], digests: Mapping[str, bytes | None] | None = None) -> None:
        self.folder = Path(folder)
        self._digests = digests
        self._mapped: list[MappedFile] = []

    def has(self, name: str) -> bool:
        """Tell whether there is a file of this name."""
        return (self.folder / name).exists() if self._digests is None else name in self._digests

    def mapped(self, name: str) -> MappedFile:
        """Open a file that stays open until `close`.

        Raises
        ------
        IndexDamaged
            The index is not said to have such a file, or it is longer or shorter than it was.
        OSError
            It is missing or unreadable.
        """
        file = self._open(name)
        self._mapped.append(file)
        return file

    def json(self, name: str) -> Any:
        """Return what a JSON file holds.

        Raises
        ------
        IndexDamaged
            The file is not JSON, or not what was written.
        OSError
            It is missing or unreadable.
        """
        try:
            return orjson.loads(self._open(name).read())
        except orjson.JSONDecodeError as error:
            raise damaged(self.folder / name, f"not JSON ({error})") from error

    def array(self, name: str, *, dtype: str | None, columns: int | None = None) -> CheckedArray:
        """Open a ``.npy`` file that must hold ``dtype`` in shape (n,), or (n, ``columns``).

        ``columns`` 0 stands for any number of them; without a ``dtype``, numbers of any kind and shape will do.

        Raises
        ------
        IndexDamaged
            The file is no such array.
        OSError
            It is missing or unreadable.
        """
        file = self.mapped(name)
        header = _HEADER.match(file.read(0, min(_LONGEST_HEADER, file.size)))
        if header is None:
            raise damaged(file.path, "not an array of plain numbers")
        found = np.dtype(header["dtype"].decode())
        shape = tuple(int(length) for length in header["shape"].replace(b",", b" ").split())
        wanted_shape = shape[:1] if columns is None else (*shape[:1], columns or shape[-1])
        if dtype is not None and (found != np.dtype(dtype) or shape != wanted_shape):
            raise damaged(file.path, f"expected {dtype} in {columns or 'any'} columns, found {found} of shape {shape}")
        size = header.end() + math.prod(shape) * found.itemsize
        # An array of no bytes could still claim any number of rows.
        if file.size != size or (shape[0] and not math.prod(shape)):
            raise damaged(file.path, f"expected {size} bytes for the shape {shape}, found {file.size}")
        return CheckedArray(file, found, shape, header.end())

    def close(self) -> None:
        """Let go of all files; whoever works with a view of one may end that, and any later reading is refused."""
        for file in self._mapped:
            file.close()

    def _open(self, name: str) -> MappedFile:
        path = self.folder / name
        if self._digests is None:
            return MappedFile(path)
        if name not in self._digests:
            raise damaged(path, "not among the files that the index is said to have")
        return MappedFile(path, self._digests[name])


def files_of(folder: str | os.PathLike[str] | Files) -> Files:
    """Return the files of a folder, trusted as they are, or those that were opened already."""
    return folder if isinstance(folder, Files) else Files(folder)
