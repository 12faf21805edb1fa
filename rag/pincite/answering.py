"""Answers made of the documents' own sentences, each with its citation; or none, and why."""

from __future__ import annotations

import time
from collections.abc import Sequence

from pincite.errors import QuestionError
from pincite.evidence import (
    Evidence,
    Passage,
    Question,
    Selection,
    Turn,
    confidence,
    contextualise,
    fitted,
    gather,
    rarity,
    read_question,
    reason,
    select,
)
from pincite.indexing import Index
from pincite.searching import Retrieval, Retriever
from pincite.searching.retriever import ALL_STAGES, EVERYTHING
from pincite.types import Answer, Citation, Scope, Stages

PASSAGES_READ = 10
"""Hits whose sentences are weighed as evidence."""


class Assistant:
    """Answers questions from an index without a language model.  Safe for use by many threads.

    Parameters
    ----------
    index
        Opened for asking; stays the caller's to close.
    stages
        Which stages of search run, where a question does not say.
    threshold
        How sure to be before answering: abstain below this probability, in [0, 1].  By default the one chosen on the
        development sets.

    Raises
    ------
    ValueError
        The threshold is out of range.
    """

    def __init__(self, index: Index, *, stages: Stages = ALL_STAGES, threshold: float | None = None) -> None:
        if threshold is not None and not 0 <= threshold <= 1:
            raise ValueError(f"expected a threshold within [0, 1], got {threshold}")
        self.index = index
        self.retriever = Retriever(index)
        self.stages = stages
        self.threshold = fitted().threshold if threshold is None else threshold

    def ask(
        self,
        question: str,
        *,
        k: int = 10,
        history: Sequence[Turn | str] = (),
        scope: Scope = EVERYTHING,
        stages: Stages | None = None,
    ) -> Answer:
        """Answer a question, or abstain and say why.

        Parameters
        ----------
        k
            Number of passages to return beside the answer.
        history
            Earlier turns of the conversation, the latest last; a question alone is a turn without an answer.
        scope
            Documents and sections to search.

        Raises
        ------
        QuestionError
            The question holds no word, ``k`` is less than 1, or a section is unknown.
        UnknownDocument
            The scope names a document that is not in the index.
        """
        if k < 1:
            raise QuestionError(f"expected k of at least 1, got {k}")
        started = time.perf_counter()
        turns = [Turn(turn) if isinstance(turn, str) else turn for turn in history]
        searched = contextualise(question, turns)
        retrieval = self.retriever.retrieve(
            searched, k=max(k, PASSAGES_READ), scope=scope, stages=stages or self.stages
        )
        evidence = self.evidence(retrieval)
        sure = confidence(evidence)
        text: str | None = None
        citations: tuple[Citation, ...] = ()
        why: str | None = None
        if evidence.sentences and sure >= self.threshold:
            citations = tuple(self._cite(n, chosen) for n, chosen in enumerate(select(evidence), start=1))
            text = " ".join(f"{citation.quote} [{citation.n}]" for citation in citations)
        else:
            why = f"The documents do not answer this. {reason(evidence)}"
        return Answer(
            question=question,
            text=text,
            confidence=sure,
            citations=citations,
            hits=retrieval.hits[:k],
            seconds=time.perf_counter() - started,
            reason=why,
        )

    def evidence(self, retrieval: Retrieval) -> Evidence:
        """Gather what speaks for each sentence of the passages that a question found.

        Raises
        ------
        QuestionError
            The question holds no word.
        """
        return gather(
            self._read(retrieval),
            self._passages(retrieval),
            lambda texts: self.index.encoder.encode_documents(texts).vectors,
        )

    def _read(self, retrieval: Retrieval) -> Question:
        """Find the words of the question that count, and how much each does among the passages searched."""
        lexical = self.index.generation.lexical
        return read_question(
            retrieval.query,
            retrieval.encoding.vectors[0],
            retrieval.encoding.token_vectors[0],
            retrieval.encoding.token_spans[0],
            lambda term: rarity(lexical.document_frequency(term, inside=retrieval.inside), retrieval.n_inside),
        )

    def _passages(self, retrieval: Retrieval) -> list[Passage]:
        found = (self.retriever.tokens_of(hit) for hit in retrieval.hits[:PASSAGES_READ])
        return [Passage(each.hit.chunk, each.token_vectors, each.token_spans) for each in found]

    def _cite(self, n: int, chosen: Selection) -> Citation:
        document = self.index.document(chosen.chunk.doc_id)
        quote = document.quote(chosen.span)
        assert quote == chosen.quote, f"the citation {chosen.span} of {document.doc_id} is not what was read there"
        return Citation(
            n=n,
            doc_id=document.doc_id,
            span=chosen.span,
            quote=quote,
            section=chosen.chunk.section,
            page=document.page_at(chosen.span.start),
        )
