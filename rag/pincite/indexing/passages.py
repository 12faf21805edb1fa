"""The passages of the next snapshot: encoded where they are new, copied where they are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pincite.encoding import Encoder, Encoding
from pincite.indexing.context import context
from pincite.indexing.segments import opening, segment
from pincite.settings import IndexSettings
from pincite.storing.base import Snapshot
from pincite.storing.tokens import TokenVectors, TokenVectorWriter
from pincite.storing.values import Segments
from pincite.types import Chunk, Document, Progress, ProgressCallback

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_CONTEXT = 10_000
"""Characters of the context that are cut into tokens at all: some thirty times what has room."""

SPECIAL_TOKENS = 2

BLOCK = 2048
"""Passages encoded between two writes to disk, so that memory stays bounded whatever the size of the index."""


def embedded_text(chunk: Chunk, encoder: Encoder, settings: IndexSettings) -> str:
    """Return what is encoded for a chunk: its context, cut to its share of the window, and the chunk."""
    room = int(settings.context_share * encoder.identity.max_tokens)
    line = context(chunk)[:LONGEST_CONTEXT]
    spans = encoder.token_spans(line)
    if len(spans) > room:
        line = line[: spans[room - 1].end] if room else ""
    return f"{line}\n{chunk.text}"


def max_chunk_tokens(encoder: Encoder, settings: IndexSettings) -> int:
    """Return how many tokens a chunk may have so that its context and the special tokens fit beside it."""
    window = encoder.identity.max_tokens
    return max(1, min(settings.chunk_tokens, window - SPECIAL_TOKENS - int(settings.context_share * window)))


class EncodingFailed(Exception):
    """The encoder failed, which is its cause, at one of the chunks with these numbers."""

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(f"encoding failed at one of {len(numbers)} passages")
        self.numbers = numbers


class Passages:
    """Vectors, token vectors and segments of every passage, in the order of the chunks.

    Parameters
    ----------
    embedded
        What is encoded for each chunk.
    documents
        Those that they are cut from, by id.
    copied
        By the number of a chunk, the handle of the chunk in ``previous`` for which the same was embedded.
    spool
        A folder for the token vectors of new passages until the index is written.

    Attributes
    ----------
    vectors
        Shape (n_chunks, dim), float32, unit norm.
    """

    def __init__(
        self,
        chunks: Sequence[Chunk],
        embedded: Sequence[str],
        documents: Mapping[str, Document],
        encoder: Encoder,
        previous: Snapshot | None,
        copied: Mapping[int, int],
        spool: Path,
    ) -> None:
        self._chunks = chunks
        self._embedded = embedded
        self._documents = documents
        self._encoder = encoder
        self._previous = previous
        self._copied = copied
        self._spool = spool
        self._new = [number for number in range(len(chunks)) if number not in copied]
        self._segments: dict[int, Segments] = {}
        self.vectors = np.empty((len(chunks), encoder.identity.dim), np.float32)

    @property
    def segments(self) -> list[Segments]:
        """The segments of each chunk; known after :meth:`encode`."""
        return [self._segments[number] for number in range(len(self._chunks))]

    def encode(self, progress: ProgressCallback | None = None) -> None:
        """Copy what is known and encode the rest, block by block.

        Raises
        ------
        EncodingFailed
            The encoder could not encode a block.
        """
        self._copy()
        with TokenVectorWriter(self._spool, self._encoder.identity.dim) as tokens:
            for start in range(0, len(self._new), BLOCK):
                block = self._new[start : start + BLOCK]
                try:
                    encoding = self._encoder.encode_documents(
                        [self._embedded[number] for number in block],
                        with_tokens=True,
                        progress=partial(self._report, progress, start),
                    )
                except Exception as error:
                    raise EncodingFailed(block) from error
                self._take(block, encoding, tokens)

    def token_vectors(self) -> Iterator[NDArray[np.float32]]:
        """Yield the token vectors of each passage; shape (n_tokens, dim), float32, unit norm."""
        fresh = TokenVectors.load(self._spool)
        place = {number: at for at, number in enumerate(self._new)}
        for number in range(len(self._chunks)):
            if number in place:
                yield fresh.get(place[number])
            elif self._previous is not None:
                yield self._previous.tokens_of(self._copied[number])

    def _copy(self) -> None:
        if self._previous is None or not self._copied:
            return
        known = np.array(list(self._copied.values()), np.int64)
        self.vectors[list(self._copied)] = self._previous.vectors_of(known)
        for number, before in self._copied.items():
            held, chunk = self._previous.segments_of(before), self._chunks[number]
            spans = held.spans - held.spans[0, 0] + chunk.span.start  # the same text may stand elsewhere by now
            opens = opening(spans, self._documents[chunk.doc_id].text)
            self._segments[number] = replace(held, spans=spans, opens=opens)

    def _take(self, numbers: Sequence[int], encoding: Encoding, tokens: TokenVectorWriter) -> None:
        self.vectors[numbers] = encoding.vectors
        for number, spans, vectors in zip(numbers, encoding.token_spans, encoding.token_vectors, strict=True):
            tokens.append(vectors)
            chunk = self._chunks[number]
            self._segments[number] = segment(
                chunk,
                text=self._documents[chunk.doc_id].text,
                context_length=len(self._embedded[number]) - len(chunk.text),
                token_spans=spans,
                token_vectors=vectors,
            )

    def _report(self, progress: ProgressCallback | None, before: int, inner: Progress) -> None:
        if progress is not None:
            progress(Progress("encoding", before + inner.done, len(self._new), inner.unit))
