"""Files of an index, memory-mapped, each block compared with what was written when it is first read."""

from __future__ import annotations

import hashlib
import mmap
import os
from typing import TYPE_CHECKING, Any

import numpy as np
import xxhash

from pincite.storing.untrusted import damaged

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from pincite.errors import IndexDamaged

BLOCKS = "blocks.bin"
"""The file that holds the digests of all blocks of all other files of a snapshot, in the order of their names."""

BLOCK_BYTES = 1 << 14
"""Little more is read than was asked for, and the digests take a thousandth of what they are of: see
`evals/results/damage.md`."""

DIGEST_BYTES = 16

# A digest against accidents, twenty times as fast as SHA-256.  Against forgery no digest helps here: whoever can write
# a file of the index can write its digest too.
_digest = xxhash.xxh3_128_digest


def describe(path: Path) -> tuple[int, str, bytes]:
    """Return a file's size in bytes, its hex SHA-256, and the digests of its blocks one after the other."""
    whole, digests, size = hashlib.sha256(), [], 0
    with path.open("rb") as file:
        while piece := file.read(BLOCK_BYTES * 64):
            whole.update(piece)
            digests.append(_digests(piece))
            size += len(piece)
    return size, whole.hexdigest(), b"".join(digests)


def split(content: bytes, sizes: Mapping[str, int], path: Path) -> dict[str, bytes]:
    """Return the digests of each file's blocks, from the content of `BLOCKS` and the other files' sizes in bytes.

    Raises
    ------
    IndexDamaged
        There are more or fewer than the files have blocks; ``path`` is only for the message.
    """
    found, at = {}, 0
    for name in sorted(sizes):
        end = at + DIGEST_BYTES * n_blocks(sizes[name])
        found[name] = content[at:end]
        at = end
    if at != len(content):
        raise damaged(path, f"expected the digests of {at // DIGEST_BYTES} blocks, found {len(content)} bytes")
    return found


def n_blocks(size: int) -> int:
    """Return how many blocks a file of so many bytes has."""
    return -(-size // BLOCK_BYTES)


class MappedFile:
    """A file that is memory-mapped whole.  Safe for use by many threads.

    Two threads that come to a block at once may both check it, which does no harm; so there is no lock.

    Parameters
    ----------
    digests
        Of its blocks; ``None`` trusts the file.

    Attributes
    ----------
    size
        Bytes.

    Raises
    ------
    IndexDamaged
        The file has another number of blocks than ``digests``.
    OSError
        It is missing or unreadable.
    """

    def __init__(self, path: Path, digests: bytes | None = None) -> None:
        self.path = path
        with path.open("rb") as file:
            self.size = os.fstat(file.fileno()).st_size
            # Nothing can be mapped of an empty file.
            self._map = mmap.mmap(file.fileno(), self.size, access=mmap.ACCESS_READ) if self.size else None
        if digests is not None and len(digests) != DIGEST_BYTES * n_blocks(self.size):
            raise damaged(path, f"expected {len(digests) // DIGEST_BYTES} blocks, found {self.size} bytes")
        self._digests = digests
        self._checked = bytearray(n_blocks(self.size))
        # Whoever still works with a view of it keeps the map; the last one to let go of it closes it.
        self._bytes = None if self._map is None else np.frombuffer(self._map, np.uint8)
        self.closed = False
        """Whether `close` was called."""

    @property
    def content(self) -> NDArray[np.uint8]:
        """The file's bytes, not checked; shape (size,).

        Raises
        ------
        ValueError
            The file was closed.
        """
        held = self._bytes
        if held is None:
            if self.closed:
                raise ValueError("the index is closed")
            return np.empty(0, np.uint8)
        return held

    def check(self, start: int, stop: int) -> None:
        """Compare the blocks of the bytes ``[start, stop)`` that were not read before with their digests.

        Raises
        ------
        IndexDamaged
            One differs.
        ValueError
            The file was closed.
        """
        held = self.content
        if self._digests is None or start >= stop:
            return
        last = n_blocks(stop)
        at = self._checked.find(0, start // BLOCK_BYTES, last)
        if at >= 0:
            self._raise_where_cut(last)
        while at >= 0:
            self._check_block(at, held)
            at = self._checked.find(0, at + 1, last)

    def check_ranges(self, starts: NDArray[np.int64], stops: NDArray[np.int64]) -> None:
        """Do as `check` does for many ranges of bytes, of which none may be empty; both have shape (n,)."""
        held = self.content
        if self._digests is None or not len(starts):
            return
        firsts = starts // BLOCK_BYTES
        counts = (stops - 1) // BLOCK_BYTES + 1 - firsts
        blocks = np.repeat(firsts - (np.cumsum(counts) - counts), counts) + np.arange(counts.sum())
        unread = blocks[np.frombuffer(self._checked, np.uint8)[blocks] == 0]
        if len(unread):
            self._raise_where_cut(int(unread.max()) + 1)
        for block in np.unique(unread).tolist():
            self._check_block(block, held)

    def read(self, start: int = 0, stop: int | None = None) -> bytes:
        """Return the bytes ``[start, stop)``, every time compared with their digests.

        What is compared is the copy that is returned, so that nothing can change in between.

        Raises
        ------
        IndexDamaged
            A block differs.
        ValueError
            The file was closed.
        """
        stop = self.size if stop is None else stop
        if start >= stop:
            return b""
        first = start // BLOCK_BYTES
        held = self.content
        self._raise_where_cut(n_blocks(stop))
        copy = held[first * BLOCK_BYTES : n_blocks(stop) * BLOCK_BYTES].tobytes()
        if self._digests is not None:
            found = _digests(copy)
            expected = self._digests[DIGEST_BYTES * first : DIGEST_BYTES * first + len(found)]
            if found != expected:
                pairs = range(0, len(found), DIGEST_BYTES)
                differs = next(at for at in pairs if found[at:][:DIGEST_BYTES] != expected[at:][:DIGEST_BYTES])
                raise self._damaged(first + differs // DIGEST_BYTES)
        return copy[start - first * BLOCK_BYTES : stop - first * BLOCK_BYTES]

    def close(self) -> None:
        """Let go of the file; whoever works with a view of it may end that, and any later reading is refused."""
        self.closed = True
        self._bytes = self._map = None

    def _check_block(self, number: int, held: NDArray[np.uint8]) -> None:
        assert self._digests is not None
        block = held[number * BLOCK_BYTES : (number + 1) * BLOCK_BYTES]
        if _digest(block.data) != self._digests[DIGEST_BYTES * number : DIGEST_BYTES * (number + 1)]:
            raise self._damaged(number)
        self._checked[number] = 1

    def _raise_where_cut(self, blocks: int) -> None:
        """Refuse a file that was cut since it was mapped: to read beyond its end would end the process."""
        held, needed = self._map, min(blocks * BLOCK_BYTES, self.size)
        if held is not None and held.size() < needed:
            raise damaged(self.path, f"expected a file of {self.size} bytes, found {held.size()}")

    def _damaged(self, block: int) -> IndexDamaged:
        start = block * BLOCK_BYTES
        end = min(start + BLOCK_BYTES, self.size)
        return damaged(self.path, f"the bytes {start} to {end} are not those that were written")


class CheckedArray:
    """Rows of numbers in a mapped file, checked as they are taken; read as a NumPy array is.

    Parameters
    ----------
    offset
        Where the numbers begin, in bytes.
    shape
        The first is the number of rows.
    """

    def __init__(self, file: MappedFile, dtype: np.dtype[Any], shape: tuple[int, ...], offset: int) -> None:
        self.file = file
        self.dtype = dtype
        self.shape = shape
        self._offset = offset
        self._row_bytes = dtype.itemsize * int(np.prod(shape[1:], dtype=np.int64))

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: slice | NDArray[Any]) -> NDArray[Any]:
        """Return rows, not to be changed: a slice of them, or those with the given numbers."""
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            if step != 1:
                raise ValueError("expected a slice of neighbouring rows")
            self.file.check(self._at(start), self._at(stop))
        else:
            self.check(key, key + 1)
        return self.unchecked()[key]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all of it for NumPy."""
        return np.array(self[:], dtype=dtype, copy=copy)

    def check(self, starts: NDArray[np.int64], stops: NDArray[np.int64]) -> None:
        """Check the rows ``[starts[i], stops[i])`` for every i.

        Raises
        ------
        IndexError
            There are no such rows.
        """
        filled = starts < stops
        starts, stops = starts[filled], stops[filled]
        if len(starts) and (starts.min() < 0 or stops.max() > len(self)):
            raise IndexError(f"expected rows below {len(self)}, got {starts.min()} to {stops.max() - 1}")
        if self._row_bytes:
            self.file.check_ranges(self._at(starts), self._at(stops))

    def unchecked(self) -> NDArray[Any]:
        """Return all of it as it stands in the file, for what was checked before."""
        flat = self.file.content[self._offset :].view(self.dtype)
        return flat.reshape(self.shape)

    def _at(self, row: Any) -> Any:
        return self._offset + row * self._row_bytes


def _digests(content: bytes) -> bytes:
    view = memoryview(content)
    return b"".join(_digest(view[at : at + BLOCK_BYTES]) for at in range(0, len(view), BLOCK_BYTES))
