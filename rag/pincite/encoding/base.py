"""What Pincite asks of an encoder, and what an encoder gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pincite.types import ProgressCallback, Span


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """What must agree between the encoder that built an index and the one that asks it.

    Attributes
    ----------
    name
        Name or path of the model as the user gave it.
    weights_sha256
        Hex digest of the weights; two encoders with the same digest are interchangeable.
    dim
        Length of a vector.
    max_tokens
        The encoder's window in its own tokens, special tokens included.
    """

    name: str
    weights_sha256: str
    dim: int
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Encoding:
    """What an encoder makes of n texts.

    Attributes
    ----------
    vectors
        Shape (n, dim), float32, unit norm.
    token_vectors
        For each text, shape (n_tokens, dim), float32, unit norm, without special tokens; empty when not asked for.
    token_spans
        For each text, the span of each token in the text that was given; parallel to ``token_vectors``.
    """

    vectors: NDArray[np.float32]
    token_vectors: tuple[NDArray[np.float32], ...] = ()
    token_spans: tuple[tuple[Span, ...], ...] = ()


@runtime_checkable
class Encoder(Protocol):
    """Makes unit-norm vectors of documents and queries, whole and token by token."""

    @property
    def identity(self) -> EncoderIdentity:
        """Name, weights digest, dimension and window."""
        ...

    def encode_documents(
        self, texts: Sequence[str], *, with_tokens: bool = False, progress: ProgressCallback | None = None
    ) -> Encoding:
        """Encode passages; equal texts are encoded once; text beyond the window is cut off."""
        ...

    def encode_queries(self, texts: Sequence[str], *, with_tokens: bool = False) -> Encoding:
        """Encode queries, with the model's query prompt where it has one."""
        ...

    def token_spans(self, text: str) -> tuple[Span, ...]:
        """Return the span of each of the text's tokens, without special tokens and without truncation."""
        ...


@dataclass(frozen=True, slots=True)
class Judgements:
    """What reading a question with texts says.

    Attributes
    ----------
    texts
        Log odds of each text answering, shape (n_texts,), float32.
    sentences
        For each text the log odds of each of its sentences answering, shape (n_sentences,), float32; of sentences
        beyond the window, the lowest of the text.
    """

    texts: NDArray[np.float32]
    sentences: tuple[NDArray[np.float32], ...] = ()


@runtime_checkable
class CrossEncoder(Protocol):
    """Reads a question and a text together, and so sees what two vectors apart cannot: whether the text answers."""

    def read(self, question: str, texts: Sequence[str], sentences: Sequence[Sequence[Span]] = ()) -> Judgements:
        """Judge texts and, where they are given, their sentences as spans of each text in order."""
        ...
