"""Where the tokens of a chunk's context and of each of its sentences lie, kept beside the token vectors."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pincite.sentences import sentence_spans
from pincite.storing.values import Segments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from pincite.types import Chunk, Document, Span


def segment(
    chunk: Chunk, *, text: str, context_length: int, token_spans: Sequence[Span], token_vectors: NDArray[np.float32]
) -> Segments:
    """Find the segments of a chunk in what the encoder made of its embedded text.

    Parameters
    ----------
    text
        The document's.
    context_length
        Characters of the embedded text before the chunk's own.
    token_spans
        Span of each token in the embedded text.
    token_vectors
        Shape (n_tokens, dim), float32, unit norm.
    """
    sentences = sentence_spans(chunk.text)
    starts = [context_length + sentence.start for sentence in sentences]
    firsts = np.searchsorted([span.start for span in token_spans], [0, *starts], side="left").astype(np.int64)
    firsts[0] = 0
    offset = chunk.span.start
    spans = [(offset, offset), *((offset + sentence.start, offset + sentence.end) for sentence in sentences)]
    totals = np.concatenate([np.zeros((1, token_vectors.shape[1])), np.cumsum(token_vectors, axis=0, dtype=np.float64)])
    sums = np.diff(totals[[*firsts, len(token_vectors)]], axis=0)
    norms = np.linalg.norm(sums, axis=1).astype(np.float32)
    return Segments(firsts, np.array(spans, np.int64), norms, opening(np.array(spans, np.int64), text))


def opening(spans: NDArray[np.int64], text: str) -> NDArray[np.bool_]:
    """Return which of some spans in a text begin a line; shape (n,)."""
    return np.array([start == 0 or text[start - 1] in "\r\n" for start in spans[:, 0].tolist()], bool)


def continuing(chunks: Sequence[Chunk], documents: Mapping[str, Document]) -> NDArray[np.bool_]:
    """Return which chunks continue the one before, in one section with nothing but white space between.

    Parameters
    ----------
    chunks
        In reading order.
    documents
        By id.

    Returns
    -------
    Shape (n_chunks,).
    """
    found = np.zeros(len(chunks), bool)
    for i, (before, chunk) in enumerate(pairwise(chunks), start=1):
        if before.doc_id == chunk.doc_id and before.section == chunk.section:
            found[i] = not documents[chunk.doc_id].text[before.span.end : chunk.span.start].strip()
    return found
