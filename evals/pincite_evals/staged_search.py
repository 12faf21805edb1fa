"""The search outside an index, stage by stage, so that its constants and weights can be moved.

Works on the functions of :mod:`pincite.searching`, since the constants are theirs; :mod:`pincite_evals.quality`
measures the retriever that is made of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pincite import ConfinedReader
from pincite.chunking import chunk_document
from pincite.encoding import Encoder
from pincite.indexing.passages import MAX_CHUNK_CHARS, MAX_CHUNK_TOKENS, embedded_text, max_chunk_tokens
from pincite.indexing.segments import segment
from pincite.indexing.updating import K1, B
from pincite.searching.fusion import DENSE_WEIGHT, fuse
from pincite.searching.late_interaction import in_context, interact
from pincite.searching.retriever import CANDIDATES
from pincite.searching.weighting import token_weights
from pincite.searching.windows import Sentences, SignalWeights, Window, place_windows
from pincite.storing.base import Segments
from pincite.storing.lexical import LexicalIndex
from pincite.storing.ordering import best
from pincite.storing.terms import terms
from pincite.types import Chunk, Span
from pincite_evals.sets import QuestionSet, SetQuestion

if TYPE_CHECKING:
    from numpy.typing import NDArray

SETS = ("squad_v2_dev", "legalbenchrag_contractnli", "chunking_evaluation", "clapnq_dev", "legalbenchrag_privacy_qa")
DEPTH = 10
CHARS_PER_TOKEN = 4.6
"""Of English prose in MiniLM's word pieces; turns 600 tokens read into characters."""

Extent = tuple[str, int, int]
"""A passage: document, start, end."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The constants of the search that are not weights, as committed unless told otherwise.

    Attributes
    ----------
    chunk_chars, chunk_tokens
        How long an encoded chunk may be.
    dense_weight
        Of the fusion.
    candidates
        How many chunks late interaction scores anew.
    k1, b
        Of BM25.
    """

    chunk_chars: int = MAX_CHUNK_CHARS
    chunk_tokens: int = MAX_CHUNK_TOKENS
    dense_weight: float = DENSE_WEIGHT
    candidates: int = CANDIDATES
    k1: float = K1
    b: float = B


COMMITTED = Settings()


@dataclass(frozen=True, slots=True)
class Corpus:
    """A set's chunks with all that an index would keep of them; ``texts`` are what is encoded."""

    chunks: Sequence[Chunk]
    texts: Sequence[str]
    vectors: NDArray[np.float32]
    token_vectors: Sequence[NDArray[np.float32]]
    segments: Sequence[Segments]
    bodies: Mapping[str, str]
    lexical: LexicalIndex


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what the stages before the last made of it; fit weights are tried on this alone."""

    question: SetQuestion
    stages: Mapping[str, list[Extent]]
    sentences: Sentences
    docs: Sequence[str]
    weights: NDArray[np.float32]


def build(question_set: QuestionSet, encoder: Encoder, settings: Settings = COMMITTED) -> Corpus:
    """Read, cut and encode a set's documents as an index does."""
    with ConfinedReader() as reader:
        documents = {path.name: reader.read_document(path) for path in sorted(question_set.docs.iterdir())}
    max_tokens = min(settings.chunk_tokens, max_chunk_tokens(encoder))
    limits: dict[str, Any] = {"max_tokens": max_tokens, "max_chars": settings.chunk_chars}
    chunks = [
        chunk
        for document in documents.values()
        for chunk in chunk_document(document, token_spans=encoder.token_spans, **limits)
    ]
    texts = [embedded_text(chunk, encoder) for chunk in chunks]
    encoding = encoder.encode_documents(texts, with_tokens=True)
    segments = [
        segment(
            chunk,
            text=documents[chunk.doc_id].text,
            context_length=len(text) - len(chunk.text),
            token_spans=spans,
            token_vectors=vectors,
        )
        for chunk, text, spans, vectors in zip(chunks, texts, encoding.token_spans, encoding.token_vectors, strict=True)
    ]
    bodies = {document.doc_id: document.text for document in documents.values()}
    lexical = LexicalIndex.build(map(terms, texts), k1=settings.k1, b=settings.b)
    return Corpus(chunks, texts, encoding.vectors, encoding.token_vectors, segments, bodies, lexical)


def ask(corpus: Corpus, question: SetQuestion, encoder: Encoder, settings: Settings = COMMITTED) -> Case:
    """Run every stage but the last for one question."""
    encoding = encoder.encode_queries([question.text], with_tokens=True)
    query, tokens = encoding.vectors[0], encoding.token_vectors[0]
    weights = token_weights(
        question.text,
        encoding.token_spans[0],
        document_frequency=corpus.lexical.document_frequency,
        n_chunks=len(corpus.chunks),
    )
    scope = np.array([i for i, c in enumerate(corpus.chunks) if _allowed(c, question)])
    cosines, bm25 = (corpus.vectors @ query)[scope], corpus.lexical.scores(terms(question.text))[scope]
    fused = fuse(cosines, bm25, dense_weight=settings.dense_weight)
    ranked = {
        "dense": scope[best(cosines, DEPTH)],
        "lexical": scope[best(bm25, DEPTH)],
        "dense + lexical": scope[best(fused, DEPTH)],
    }
    found = scope[best(fused, settings.candidates)]
    columns = np.column_stack([tokens.T, query])
    late = [corpus.token_vectors[i] @ columns[:, :-1] for i in found]
    scores = np.array([cosine.max(axis=0) @ weights for cosine in late], np.float32)
    ranked["+ late interaction"] = found[best(scores, DEPTH)]
    stages = {name: [_extent(corpus.chunks[i]) for i in order] for name, order in ranked.items()}
    near = sorted({int(i) + step for i in found for step in (-1, 0, 1) if _joined(corpus, int(i), int(i) + step)})
    docs = [corpus.chunks[i].doc_id for i in near for _ in corpus.segments[i].firsts[1:]]
    return Case(question, stages, _sentences(corpus, near, docs, columns), docs, weights)


def _joined(corpus: Corpus, i: int, j: int) -> bool:
    """Tell whether chunks ``i`` and ``j`` are the same, or one goes on where the other ends, in the same section."""
    before, after = min(i, j), max(i, j)
    if before == after:
        return True
    if before < 0 or after != before + 1 or after >= len(corpus.chunks):
        return False
    one, other = corpus.chunks[before], corpus.chunks[after]
    if one.doc_id != other.doc_id or one.section != other.section:
        return False
    return not corpus.bodies[one.doc_id][one.span.end : other.span.start].strip()


def _sentences(corpus: Corpus, near: Sequence[int], docs: Sequence[str], columns: NDArray[np.float32]) -> Sentences:
    """Gather the sentences of the chunks ``near``, in the order of the index."""
    parts = [corpus.segments[i] for i in near]
    tokens = [corpus.token_vectors[i] for i in near]
    offsets = np.cumsum([0, *map(len, tokens)])[:-1]
    firsts = np.concatenate([part.firsts + offset for part, offset in zip(parts, offsets, strict=True)])
    is_context = np.concatenate([np.arange(len(part.firsts)) == 0 for part in parts])
    norms = np.concatenate([part.norms for part in parts])
    found = in_context(interact(np.concatenate(tokens) @ columns, firsts, norms), is_context)
    spans = np.concatenate([part.spans for part in parts])[~is_context]
    breaks = [not _joined(corpus, a, b) for a, b in zip([-2, *near[:-1]], near, strict=True)]
    runs = np.repeat(np.cumsum(breaks), [len(part.firsts) - 1 for part in parts])
    opens = [
        start == 0 or corpus.bodies[doc][start - 1] in "\r\n" for doc, start in zip(docs, spans[:, 0], strict=True)
    ]
    return Sentences(spans, runs, np.array(opens, bool), found.maxima, found.pooled)


def _allowed(chunk: Chunk, question: SetQuestion) -> bool:
    return question.scope_docs is None or chunk.doc_id in question.scope_docs


def _extent(chunk: Chunk) -> Extent:
    return chunk.doc_id, chunk.span.start, chunk.span.end


def windows(case: Case, signal_weights: SignalWeights) -> list[Extent]:
    """Run the last stage."""
    placed = place_windows(case.sentences, case.weights, k=DEPTH, signal_weights=signal_weights)
    return [passage_of(case, window) for window in placed]


def passage_of(case: Case, window: Window) -> Extent:
    """Return where the sentences of a window stand."""
    spans = case.sentences.spans
    return case.docs[window.first], int(spans[window.first, 0]), int(spans[window.last - 1, 1])


def success(passages: Iterable[Extent], question: SetQuestion) -> tuple[float, float, float]:
    """Return success@1, success@5 and success within 600 tokens of one question, each 0 or 1."""
    read, first, five, budget = 0.0, 0.0, 0.0, 0.0
    for rank, (doc, start, end) in enumerate(passages, start=1):
        read += (end - start) / CHARS_PER_TOKEN
        if doc == question.doc and any(Span(start, end).covers(gold) for gold in question.spans):
            first, five = max(first, float(rank == 1)), max(five, float(rank <= 5))
            budget = max(budget, float(read <= 600))
    return first, five, budget


def sampled(questions: Sequence[SetQuestion], limit: int) -> list[SetQuestion]:
    """Take an evenly spaced sample."""
    if len(questions) <= limit:
        return list(questions)
    return [questions[i] for i in np.linspace(0, len(questions) - 1, limit).astype(int)]


def row(name: str, results: Sequence[NDArray[np.float64]]) -> str:
    """Return a line of a table: the mean success of each set's questions."""
    cells = (" ".join(f"{value:.3f}".removeprefix("0") for value in result.mean(axis=0)) for result in results)
    return f"| {name} | {' | '.join(cells)} |"


def tried(cases: Sequence[Case], signal_weights: SignalWeights) -> NDArray[np.float64]:
    """Return the success of the windows; shape (n_questions, 3)."""
    return np.array([success(windows(case, signal_weights), case.question) for case in cases])
