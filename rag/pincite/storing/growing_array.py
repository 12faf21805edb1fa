"""Arrays that are written to disk piece by piece, in bounded memory."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray


class GrowingArray:
    """A ``.npy`` file to which rows are appended; its header is written again with the true length at the end.

    A context manager.

    Parameters
    ----------
    path
        The file; an old one is overwritten.
    row_shape
        Shape of one row: ``()`` makes a file of shape (n,), ``(4,)`` one of shape (n, 4).
    """

    def __init__(self, path: Path, dtype: np.dtype[Any], row_shape: tuple[int, ...]) -> None:
        self._dtype = dtype
        self._row_shape = row_shape
        self._length = 0
        self._file: IO[bytes] = path.open("wb")
        self._write_header()

    def __enter__(self) -> GrowingArray:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def append(self, rows: NDArray[Any]) -> None:
        """Add ``rows``, of shape (n, *row_shape)."""
        self._file.write(np.ascontiguousarray(rows, self._dtype).tobytes())
        self._length += len(rows)

    def __len__(self) -> int:
        return self._length

    def close(self) -> None:
        """Complete the file."""
        self._file.seek(0)
        self._write_header()
        self._file.close()

    def _write_header(self) -> None:
        # NumPy pads the header so that the first dimension can grow in place: both headers are equally long.
        shape = (self._length, *self._row_shape)
        header = {"descr": np.lib.format.dtype_to_descr(self._dtype), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self._file, header)
