"""From a query to ranked passages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from pincite.encoding import Encoding
from pincite.errors import QuestionError
from pincite.indexing import Index
from pincite.question_length import checked_length
from pincite.searching.calibration import probabilities
from pincite.searching.candidates import Candidates, find_candidates
from pincite.searching.duplicates import without_near_duplicates
from pincite.searching.late_interaction import in_context, interact
from pincite.searching.scoping import part_in_scope
from pincite.searching.weighting import token_weights
from pincite.searching.windows import Sentences, Window, place_windows
from pincite.settings import DEFAULTS, Settings
from pincite.storing.base import Part
from pincite.tracing import note, stage
from pincite.types import Chunk, Hit, Scope, Span, Stages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pincite.storing.values import Handles

EVERYTHING = Scope()
ALL_STAGES = Stages()


@dataclass(frozen=True, slots=True)
class Found:
    """A hit with the token vectors of its text.

    Attributes
    ----------
    token_vectors
        Shape (n_tokens, dim), float32, unit norm: of the hit's own text, in its context, without the context's tokens.
    token_spans
        Shape (n_tokens, 2), int32: each token's characters in ``hit.chunk.text``.
    """

    hit: Hit
    token_vectors: NDArray[np.float32]
    token_spans: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What a query found, and what the encoder made of the query itself.

    Attributes
    ----------
    part
        The chunks in scope.
    """

    query: str
    encoding: Encoding
    hits: tuple[Hit, ...]
    part: Part


@dataclass(frozen=True, slots=True)
class Reading:
    """Candidates and their neighbours, read sentence by sentence.

    Attributes
    ----------
    chunks
        Shape (n_sentences,): the handle of each sentence's chunk.
    weights
        Shape (n_query_tokens,): how much each of the query's tokens counts.
    """

    candidates: Candidates
    sentences: Sentences
    chunks: Handles
    weights: NDArray[np.float32]


class Retriever:
    """Finds passages in an index.  Safe for use by many threads.

    Parameters
    ----------
    index
        Opened for asking; stays the caller's to close.
    settings
        Of which ``search`` counts: an index has its own, those that it was made with.
    """

    def __init__(self, index: Index, *, settings: Settings = DEFAULTS) -> None:
        self.index = index
        self._settings = settings.search
        self._snapshot = index.snapshot
        self._whole = index.snapshot.part()

    def search(
        self, query: str, *, k: int = 10, scope: Scope = EVERYTHING, stages: Stages = ALL_STAGES
    ) -> tuple[Hit, ...]:
        """Return up to ``k`` passages, best first, none overlapping another.

        A passage is a run of whole sentences of one section, of at most 700 characters unless one sentence is longer.

        Parameters
        ----------
        scope
            Documents and sections to search.
        stages
            Which stages run.  Without late interaction the passages are the chunks themselves, of up to 1,000
            characters.

        Raises
        ------
        QuestionError
            The query is blank or of more than 10,000 characters, ``k`` is less than 1, both first stages are off, or a
            section is unknown.
        UnknownDocument
            The scope names a document that is not in the index.
        """
        return self.retrieve(query, k=k, scope=scope, stages=stages).hits

    def retrieve(self, query: str, *, k: int = 10, scope: Scope = EVERYTHING, stages: Stages = ALL_STAGES) -> Retrieval:
        """Search as :meth:`search` does, and return the query's vectors too."""
        if not query.strip():
            raise QuestionError("expected a query with at least one word, got a blank one")
        checked_length(query)
        if k < 1:
            raise QuestionError(f"expected k of at least 1, got {k}")
        if not (stages.dense or stages.lexical):
            raise QuestionError("expected the dense or the lexical stage, or both, to be on")
        with stage("retrieve", k=k):
            found = self._retrieve(query, k, scope, stages)
            note(hits=len(found.hits), chunks_in_scope=found.part.n_chunks)
            return found

    def _retrieve(self, query: str, k: int, scope: Scope, stages: Stages) -> Retrieval:
        part = part_in_scope(self._snapshot, scope)
        encoding = self._encode(query)
        if not part.n_chunks:
            return Retrieval(query, encoding, (), part)
        candidates = self._candidates(query, encoding, part, k=k, stages=stages)
        if stages.late_interaction and len(encoding.token_vectors[0]):
            hits = self._passages(self._read(query, encoding, candidates, merge=stages.merge))
        else:
            hits = (self._chunk_hit(candidates, i) for i in range(len(candidates.chunks)))
        if stages.deduplicate:
            hits = without_near_duplicates(hits, self._settings)
        ranked = tuple(replace(hit, rank=rank) for rank, hit in enumerate(islice(hits, k), start=1))
        return Retrieval(query, encoding, ranked, part)

    def _encode(self, query: str) -> Encoding:
        with stage("encode_query"):
            return self.index.encoder.encode_queries([query], with_tokens=True)

    def _candidates(self, query: str, encoding: Encoding, part: Part, *, k: int, stages: Stages) -> Candidates:
        with stage("candidates"):
            candidates = find_candidates(
                self._whole,
                part,
                query,
                encoding.vectors[0],
                k=max(self._settings.candidates, 2 * k),
                stages=stages,
                settings=self._settings,
            )
            note(candidates=len(candidates.chunks))
            return candidates

    def tokens_of(self, hit: Hit) -> Found:
        """Return a hit with the token vectors of its text, as they stand in its context."""
        vectors = self._snapshot.token_vectors(hit.chunk.doc_id, hit.chunk.span)
        spans = np.array([(s.start, s.end) for s in self.index.encoder.token_spans(hit.chunk.text)], np.int32)
        n = min(len(vectors), len(spans))  # a text of more tokens than the encoder's window has no vectors for the rest
        return Found(hit, vectors[:n], spans.reshape(-1, 2)[:n])

    def _chunk_hit(self, candidates: Candidates, i: int) -> Hit:
        """Return a candidate as it was cut."""
        signals = {"dense": float(candidates.cosines[i]), "lexical": float(candidates.bm25[i])}
        score = min(max(float(candidates.scores[i]), 0.0), 1.0)
        return Hit(0, score, self._snapshot.chunk(int(candidates.chunks[i])), signals)

    def read(self, query: str, *, scope: Scope = EVERYTHING) -> tuple[Encoding, Reading]:
        """Return what all stages but the last make of a query: for fits, which try the last one again and again."""
        part, encoding = part_in_scope(self._snapshot, scope), self._encode(query)
        candidates = self._candidates(query, encoding, part, k=1, stages=ALL_STAGES)
        return encoding, self._read(query, encoding, candidates, merge=True)

    def _read(self, query: str, encoding: Encoding, candidates: Candidates, *, merge: bool) -> Reading:
        """Re-score candidates token by token, with ``merge`` across neighbouring chunks."""
        with stage("late_interaction"):
            sentences, chunks = self._interact(encoding, candidates.chunks, merge=merge)
        weights = token_weights(
            query,
            encoding.token_spans[0],
            document_frequency=self._whole.document_frequency,
            n_chunks=self._whole.n_chunks,
            stop_word_weight=self._settings.stop_word_weight,
        )
        return Reading(candidates, sentences, chunks, weights)

    def _passages(self, reading: Reading) -> Iterator[Hit]:
        """Place passages among the sentences, best first."""
        candidates = reading.candidates
        with stage("windows", sentences=len(reading.chunks)):
            windows = place_windows(reading.sentences, reading.weights, k=len(reading.chunks), settings=self._settings)
        first_stage = {chunk: i for i, chunk in enumerate(candidates.chunks.tolist())}
        found = np.array([window.score for window in windows], np.float32)
        scores = probabilities(found, self._settings.calibration).tolist()
        for window, score in zip(windows, scores, strict=True):
            chunk = int(reading.chunks[window.first])
            signals = {
                "late_interaction": window.late_interaction,
                "best_sentence": window.best_sentence,
                "pooled": window.pooled,
            }
            if (i := first_stage.get(chunk)) is not None:
                signals |= {"dense": float(candidates.cosines[i]), "lexical": float(candidates.bm25[i])}
            yield Hit(0, score, self._passage(reading, window), signals)

    def _interact(self, encoding: Encoding, chunks: Handles, *, merge: bool) -> tuple[Sentences, Handles]:
        """Compare every token of some chunks, and with ``merge`` of the chunks beside them, with the query."""
        vectors = np.concatenate([encoding.token_vectors[0], encoding.vectors])
        compared = self._snapshot.compare(chunks, vectors, neighbours=merge)
        note(chunks=len(compared.chunks))
        segments, counts = compared.segments, compared.counts
        is_context = np.zeros(len(segments.firsts), bool)
        is_context[np.cumsum(counts) - counts] = True
        found = in_context(interact(compared.cosines, segments.firsts, segments.norms), is_context)

        sentence = ~is_context
        begins = ~compared.continues if merge else np.ones(len(compared.chunks), bool)
        runs = np.repeat(np.cumsum(begins), counts)[sentence]
        sentences = Sentences(segments.spans[sentence], runs, segments.opens[sentence], found.maxima, found.pooled)
        return sentences, np.repeat(compared.chunks, counts)[sentence]

    def _passage(self, reading: Reading, window: Window) -> Chunk:
        """Return the sentences of a window as a passage."""
        chunk = self._snapshot.chunk(int(reading.chunks[window.first]))
        document = self._snapshot.document(chunk.doc_id)
        # That the same characters stand there in the text is what makes spans in the passage spans in the document.
        if document.text[chunk.span.start : chunk.span.end] != chunk.text:
            raise self._snapshot.damaged(f"passage {chunk.chunk_id} is not what its document says there")
        span = Span(int(reading.sentences.spans[window.first, 0]), int(reading.sentences.spans[window.last - 1, 1]))
        return Chunk(
            chunk_id=f"{chunk.doc_id}#{span.start}-{span.end}",
            doc_id=chunk.doc_id,
            span=span,
            text=document.quote(span),
            section=chunk.section,
            page=document.page_at(span.start),
        )
