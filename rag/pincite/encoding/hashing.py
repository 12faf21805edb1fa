"""A deterministic encoder without a model, for tests: texts that share words are near one another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from pincite.encoding.base import EncoderIdentity, Encoding
from pincite.encoding.batching import EncodedText, encode_in_batches
from pincite.types import Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pincite.types import ProgressCallback

_WORD = re.compile(r"\w+")


class HashingEncoder:
    """Hashes each lower-cased word to a random unit vector; a text is the mean of its words.

    Parameters
    ----------
    dim
        Length of a vector.
    max_tokens
        Words beyond this number are cut off.
    """

    def __init__(self, dim: int = 64, *, max_tokens: int = 256) -> None:
        digest = blake2b(f"pincite-hashing-1/{dim}".encode(), digest_size=32).hexdigest()
        self._identity = EncoderIdentity("hashing", digest, dim, max_tokens)

    @property
    def identity(self) -> EncoderIdentity:
        """Name, digest of the recipe, dimension and window."""
        return self._identity

    def encode_documents(
        self, texts: Sequence[str], *, with_tokens: bool = False, progress: ProgressCallback | None = None
    ) -> Encoding:
        """Encode passages."""
        return encode_in_batches(
            texts,
            prepare=self._encode,
            length=lambda encoded: len(encoded.token_spans),
            run=iter,
            dim=self._identity.dim,
            batch_size=32,
            with_tokens=with_tokens,
            progress=progress,
        )

    def encode_queries(self, texts: Sequence[str], *, with_tokens: bool = False) -> Encoding:
        """Encode queries, which are treated as passages are."""
        return self.encode_documents(texts, with_tokens=with_tokens)

    def token_spans(self, text: str) -> tuple[Span, ...]:
        """Return the span of each word."""
        return tuple(Span(*match.span()) for match in _WORD.finditer(text))

    def _encode(self, text: str) -> EncodedText:
        spans = self.token_spans(text)[: self._identity.max_tokens]
        # A text without words still needs a unit vector.
        words = [text[span.start : span.end].lower() for span in spans] or [""]
        rows = np.stack([_word_vector(word, self._identity.dim) for word in words])
        return EncodedText(rows.mean(axis=0), rows[: len(spans)], spans)


@lru_cache(maxsize=100_000)
def _word_vector(word: str, dim: int) -> NDArray[np.float32]:
    """Return a unit vector that depends on the word alone, shape (dim,)."""
    seed = int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
    vector = np.random.default_rng(seed).standard_normal(dim).astype(np.float32)
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)
