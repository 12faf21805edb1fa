"""Token vectors of every chunk, quantised and memory-mapped, for late interaction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pincite.storing.blocks import CheckedArray
from pincite.storing.files import Files, files_of
from pincite.storing.growing_array import GrowingArray
from pincite.storing.untrusted import damaged

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from types import TracebackType

    from numpy.typing import NDArray

CODES = "tokens.codes.npy"
SCALES = "tokens.scales.npy"
OFFSETS = "tokens.offsets.npy"

LARGEST_CODE = 127


class TokenVectors:
    """The token vectors of every chunk, as `TokenVectorWriter` wrote them.  Safe for use by many threads.

    A vector is kept as 8-bit integers and one scale: its components are ``code * scale``.  It changes a score by
    less than .001, and principal components or 4 bits lose much more: `evals/results/token_quantisation.md`.

    Parameters
    ----------
    codes
        Shape (n_tokens of all chunks, dim), int8.
    scales
        Shape (n_tokens of all chunks,), float32.
    offsets
        Shape (n_chunks + 1,), int64: chunk ``i`` has the tokens ``[offsets[i], offsets[i + 1])``.
    """

    def __init__(
        self,
        codes: CheckedArray,
        scales: CheckedArray,
        offsets: NDArray[np.int64],
    ) -> None:
        self._codes = codes
        self._scales = scales
        self._offsets = offsets

    @classmethod
    def load(cls, folder: str | os.PathLike[str] | Files) -> TokenVectors:
        """Open the token vectors in ``folder``; they stay on disk until they are needed.

        Raises
        ------
        IndexDamaged
            A file does not hold what it should.
        OSError
            A file is missing.
        """
        files = files_of(folder)
        codes = files.array(CODES, dtype="int8", columns=0)
        scales = files.array(SCALES, dtype="float32")
        offsets = np.array(files.array(OFFSETS, dtype="int64")[:])
        sound = len(offsets) > 0 and offsets[0] == 0 and offsets[-1] == len(codes) == len(scales)
        if not sound or (np.diff(offsets) < 0).any():
            raise damaged(files.folder, "the files of the token vectors do not fit together")
        return cls(codes, scales, offsets)

    def __len__(self) -> int:
        """Return the number of chunks."""
        return len(self._offsets) - 1

    @property
    def dim(self) -> int:
        """Length of a token's vector."""
        return int(self._codes.shape[1])

    def get(self, i: int) -> NDArray[np.float32]:
        """Return the token vectors of chunk ``i``; shape (n_tokens, dim), float32, of unit norm but for rounding.

        Writing them again gives the same bytes, so that chunks can be copied from one index to the next without loss.

        Raises
        ------
        IndexError
            There is no such chunk.
        """
        start, end = self._extent(i)
        vectors: NDArray[np.float32] = self._codes[start:end] * self._sound(self._scales[start:end])[:, None]
        return vectors

    def cosines(
        self, vectors: NDArray[np.float32], candidates: Sequence[int] | NDArray[Any]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return the cosine of every token of some chunks with each vector.

        Parameters
        ----------
        vectors
            Shape (n_vectors, dim), float32, unit norm.
        candidates
            Numbers of chunks, in any order.

        Returns
        -------
        cosines
            Shape (n_tokens, n_vectors), float32: the tokens of the candidates one after the other.
        lengths
            Shape (n_candidates,), int64: how many tokens each has.

        Raises
        ------
        IndexError
            There is no such chunk.
        """
        chosen = np.asarray(candidates, np.int64)
        if chosen.size and (chosen.min() < 0 or chosen.max() >= len(self)):
            raise IndexError(f"expected numbers of chunks below {len(self)}, got {chosen.min()} to {chosen.max()}")
        starts, ends = self._offsets[chosen], self._offsets[chosen + 1]
        lengths = ends - starts
        self._codes.check(starts, ends)
        self._scales.check(starts, ends)
        # Tokens of the candidates one after the other: where each begins there, and which row of the store it is.
        firsts = np.cumsum(lengths) - lengths
        rows = np.arange(lengths.sum()) + np.repeat(starts - firsts, lengths)
        codes = self._codes.unchecked()[rows].astype(np.float32)
        found: NDArray[np.float32] = codes @ np.asarray(vectors, np.float32).T
        found *= self._sound(self._scales.unchecked()[rows])[:, None]
        return found, lengths

    def _sound(self, scales: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the scales, or raise `IndexDamaged` where one could not be of a vector of unit norm."""
        if not ((scales >= 0) & (scales <= 1)).all():
            raise damaged(self._scales.file.path, "a scale outside [0, 1]")
        return scales

    def _extent(self, i: int) -> tuple[int, int]:
        if not 0 <= i < len(self):
            raise IndexError(f"expected the number of a chunk below {len(self)}, got {i}")
        return int(self._offsets[i]), int(self._offsets[i + 1])


class TokenVectorWriter:
    """Writes token vectors chunk by chunk, straight to disk; a context manager.

    Parameters
    ----------
    folder
        Where the files named ``tokens.*`` go.
    dim
        Length of a token's vector.
    """

    def __init__(self, folder: str | os.PathLike[str], dim: int) -> None:
        self._folder = Path(folder)
        self._dim = dim
        self._lengths: list[int] = []
        self._codes = GrowingArray(self._folder / CODES, np.dtype(np.int8), (dim,))
        self._scales = GrowingArray(self._folder / SCALES, np.dtype(np.float32), ())

    def __enter__(self) -> TokenVectorWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """Return the number of chunks written."""
        return len(self._lengths)

    def append(self, vectors: NDArray[np.float32]) -> None:
        """Add the tokens of the next chunk; shape (n_tokens, dim), float32, unit norm.

        Raises
        ------
        ValueError
            Another shape, or not finite.
        """
        if vectors.ndim != 2 or vectors.shape[1] != self._dim or not np.isfinite(vectors).all():
            raise ValueError(f"expected finite token vectors of shape (n, {self._dim}), got {vectors.shape}")
        codes, scales = quantise(vectors)
        self._codes.append(codes)
        self._scales.append(scales)
        self._lengths.append(len(vectors))

    def close(self) -> None:
        """Complete the files."""
        self._codes.close()
        self._scales.close()
        offsets = np.concatenate([[0], np.cumsum(self._lengths, dtype=np.int64)]).astype(np.int64)
        np.save(self._folder / OFFSETS, offsets, allow_pickle=False)


def quantise(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round each vector to 8 bits with a scale of its own.

    Returns
    -------
    codes
        Shape of ``vectors``, int8, within [-127, 127]; the largest component of a vector always becomes +-127, which
        makes rounding a second time lossless.
    scales
        Shape (n,), float32.
    """
    scales = np.abs(vectors).max(axis=1, initial=0) / np.float32(LARGEST_CODE)
    divisors = np.where(scales > 0, scales, 1).astype(np.float32)
    codes = np.rint(vectors / divisors[:, None]).astype(np.int8)
    return codes, scales.astype(np.float32)
