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
from pincite.indexing.segment_table import END, FIRST_TOKEN, OPENS, START, SegmentTable
from pincite.question_length import checked_length
from pincite.searching.calibration import probabilities
from pincite.searching.candidates import Candidates, find_candidates
from pincite.searching.duplicates import without_near_duplicates
from pincite.searching.late_interaction import in_context, interact
from pincite.searching.scoping import chunks_in_scope
from pincite.searching.weighting import token_weights
from pincite.searching.windows import Sentences, Window, place_windows
from pincite.storing.untrusted import damaged
from pincite.tracing import note, stage
from pincite.types import Chunk, Hit, Scope, Span, Stages

if TYPE_CHECKING:
    from numpy.typing import NDArray

CANDIDATES = 50
"""Chunks re-scored by late interaction; measured in `evals/results/search_ablation.md`."""

"""More than any question; the encoder reads the first thousand or so, and the evidence weighs every word."""

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
    inside, n_inside
        Numbers of the chunks in scope, ascending, ``None`` for all; and how many they are.
    """

    query: str
    encoding: Encoding
    hits: tuple[Hit, ...]
    inside: NDArray[np.int64] | None
    n_inside: int


@dataclass(frozen=True, slots=True)
class _Reread:
    """Candidates and their neighbours, sentence by sentence: ``chunks[i]`` is the number of sentence i's chunk."""

    sentences: Sentences
    chunks: NDArray[np.int64]


class Retriever:
    """Finds passages in an index.  Safe for use by many threads.

    Parameters
    ----------
    index
        Opened for asking; stays the caller's to close.
    """

    def __init__(self, index: Index) -> None:
        self.index = index
        self._generation = index.generation
        self._segments = SegmentTable.of(index.generation)
        if len(index.generation.tokens) != len(index.generation.chunks):
            raise damaged(index.generation.path, "passages without their token vectors")

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
            note(hits=len(found.hits), chunks_in_scope=found.n_inside)
            return found

    def _retrieve(self, query: str, k: int, scope: Scope, stages: Stages) -> Retrieval:
        inside = chunks_in_scope(self._generation.chunks, scope)
        n_inside = len(self._generation.chunks) if inside is None else len(inside)
        with stage("encode_query"):
            encoding = self.index.encoder.encode_queries([query], with_tokens=True)
        if not n_inside:
            return Retrieval(query, encoding, (), inside, 0)
        with stage("candidates"):
            candidates = find_candidates(
                self._generation,
                query,
                encoding.vectors[0],
                k=max(CANDIDATES, 2 * k),
                inside=inside,
                stages=stages,
            )
            note(candidates=len(candidates.numbers))
        if stages.late_interaction and len(encoding.token_vectors[0]):
            hits = self._reread(query, encoding, candidates, merge=stages.merge)
        else:
            hits = (self._chunk_hit(candidates, i) for i in range(len(candidates.numbers)))
        if stages.deduplicate:
            hits = without_near_duplicates(hits)
        ranked = tuple(replace(hit, rank=rank) for rank, hit in enumerate(islice(hits, k), start=1))
        return Retrieval(query, encoding, ranked, inside, n_inside)

    def tokens_of(self, hit: Hit) -> Found:
        """Return a hit with the token vectors of its text, as they stand in its context."""
        span = hit.chunk.span
        numbers = self._generation.chunks.of_document(hit.chunk.doc_id)
        ends = self._generation.chunks.ends[numbers.start : numbers.stop]
        first = numbers.start + int(np.searchsorted(ends, span.start, side="right"))
        parts = []
        for number in range(first, numbers.stop):
            start = int(self._generation.chunks.starts[number])
            if start >= span.end:
                break
            rows = self._segments.rows_of(number)[1:]
            own = np.flatnonzero((rows[:, START] + start >= span.start) & (rows[:, END] + start <= span.end))
            if len(own):
                last = rows[own[-1] + 1, FIRST_TOKEN] if own[-1] + 1 < len(rows) else None
                parts.append(self._generation.tokens.get(number)[rows[own[0], FIRST_TOKEN] : last])
        vectors = np.concatenate(parts) if parts else np.empty((0, self._generation.tokens.dim), np.float32)
        spans = np.array([(s.start, s.end) for s in self.index.encoder.token_spans(hit.chunk.text)], np.int32)
        n = min(len(vectors), len(spans))  # a text of more tokens than the encoder's window has no vectors for the rest
        return Found(hit, vectors[:n], spans.reshape(-1, 2)[:n])

    def _chunk_hit(self, candidates: Candidates, i: int) -> Hit:
        """Return a candidate as it was cut."""
        signals = {"dense": float(candidates.cosines[i]), "lexical": float(candidates.bm25[i])}
        score = min(max(float(candidates.scores[i]), 0.0), 1.0)
        return Hit(0, score, self._generation.chunks[int(candidates.numbers[i])], signals)

    def _reread(self, query: str, encoding: Encoding, candidates: Candidates, *, merge: bool) -> Iterator[Hit]:
        """Re-score candidates token by token and place passages in them, with ``merge`` across neighbouring chunks."""
        numbers = self._with_neighbours(candidates.numbers) if merge else np.sort(candidates.numbers)
        with stage("late_interaction", chunks=len(numbers)):
            reread = self._interact(encoding, numbers, merge=merge)
        weights = token_weights(
            query,
            encoding.token_spans[0],
            document_frequency=self._generation.lexical.document_frequency,
            n_chunks=len(self._generation.chunks),
        )
        with stage("windows", sentences=len(reread.chunks)):
            windows = place_windows(reread.sentences, weights, k=len(reread.chunks))
        first_stage = {number: i for i, number in enumerate(candidates.numbers.tolist())}
        scores = probabilities(np.array([window.score for window in windows], np.float32)).tolist()
        for window, score in zip(windows, scores, strict=True):
            number = int(reread.chunks[window.first])
            signals = {
                "late_interaction": window.late_interaction,
                "best_sentence": window.best_sentence,
                "pooled": window.pooled,
            }
            if (i := first_stage.get(number)) is not None:
                signals |= {"dense": float(candidates.cosines[i]), "lexical": float(candidates.bm25[i])}
            yield Hit(0, score, self._passage(reread, window), signals)

    def _with_neighbours(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Add the chunks that continue a candidate, or that it continues; ascending."""
        joins = self._segments.joins
        before = numbers[joins[numbers]] - 1
        after = numbers[numbers + 1 < len(joins)] + 1
        return np.unique(np.concatenate([numbers, before, after[joins[after]]]))

    def _interact(self, encoding: Encoding, numbers: NDArray[np.int64], *, merge: bool) -> _Reread:
        """Compare every token of some chunks, given in ascending order, with the query."""
        vectors = np.concatenate([encoding.token_vectors[0], encoding.vectors])
        cosines, lengths = self._generation.tokens.cosines(vectors, numbers)
        table, norms, counts = self._segments.of_chunks(numbers)
        starts, ends = self._generation.chunks.starts[numbers], self._generation.chunks.ends[numbers]
        if (table[:, END] > np.repeat(ends - starts, counts)).any() or (
            table[:, FIRST_TOKEN] > np.repeat(lengths, counts)
        ).any():
            raise damaged(self._generation.path, "a sentence that leaves its passage")
        firsts = np.repeat(np.cumsum(lengths) - lengths, counts) + table[:, FIRST_TOKEN]
        is_context = np.zeros(len(table), bool)
        is_context[np.cumsum(counts) - counts] = True
        found = in_context(interact(cosines, firsts, norms), is_context)

        sentence = ~is_context
        chunk_of = np.repeat(numbers, counts)[sentence]
        begins = np.ones(len(numbers), bool)
        if merge:
            begins[1:] = ~(self._segments.joins[numbers[1:]] & (np.diff(numbers) == 1))
        runs = np.repeat(np.cumsum(begins), counts)[sentence]
        spans = table[sentence][:, : END + 1] + np.repeat(starts, counts)[sentence][:, None]
        opens = table[sentence][:, OPENS].astype(bool)
        return _Reread(Sentences(spans, runs, opens, found.maxima, found.pooled), chunk_of)

    def _passage(self, reread: _Reread, window: Window) -> Chunk:
        """Return the sentences of a window as a passage."""
        chunk = self._generation.chunks[int(reread.chunks[window.first])]
        document = self._generation.document(chunk.doc_id)
        # That the same characters stand there in the text is what makes spans in the passage spans in the document.
        if document.text[chunk.span.start : chunk.span.end] != chunk.text:
            raise damaged(self._generation.path, f"passage {chunk.chunk_id} is not what its document says there")
        span = Span(int(reread.sentences.spans[window.first, 0]), int(reread.sentences.spans[window.last - 1, 1]))
        return Chunk(
            chunk_id=f"{chunk.doc_id}#{span.start}-{span.end}",
            doc_id=chunk.doc_id,
            span=span,
            text=document.quote(span),
            section=chunk.section,
            page=document.page_at(span.start),
        )
