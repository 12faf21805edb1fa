"""Answers made of the documents' own sentences, each with its citation; or none, and why."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Generator, Iterable, Sequence
from threading import Event
from typing import TypedDict, Unpack

from pincite.answering.asynchronous import from_thread
from pincite.answers import Answer, AnswerEvent, CitationsEvent, DoneEvent, PassagesEvent, TextEvent
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
from pincite.tracing import note, stage, stage_of_stream
from pincite.types import Citation, Scope, Stages

PASSAGES_READ = 10
"""Hits whose sentences are weighed as evidence."""


class AskOptions(TypedDict, total=False):
    """How a question is to be answered.

    Attributes
    ----------
    k
        Number of passages to return beside the answer; 10 if not given.
    history
        Earlier turns of the conversation, the latest last; a question alone is a turn without an answer.
    scope
        Documents and sections to search; all if not given.
    stages
        Which stages of search run; the assistant's if not given.
    """

    k: int
    history: Sequence[Turn | str]
    scope: Scope
    stages: Stages | None


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

    def ask(self, question: str, **options: Unpack[AskOptions]) -> Answer:
        """Answer a question, or abstain and say why.

        Parameters
        ----------
        options
            See `AskOptions`.

        Raises
        ------
        QuestionError
            The question holds no word, ``k`` is less than 1, or a section is unknown.
        UnknownDocument
            The scope names a document that is not in the index.

        Examples
        --------
        ``assistant.ask("When was it invoked?", history=["What does Article 5 say?"], scope=Scope(docs=("nato.txt",)))``
        """
        return _answer(self.stream(question, **options))

    def stream(self, question: str, **options: Unpack[AskOptions]) -> Generator[AnswerEvent, None, None]:
        """Yield the answer as it comes about; see `pincite.answers` for the order of events.

        Closing the iterator ends the work.  Raises what `ask` raises, when the first event is asked for.
        """
        return self._stream(question, options, Event())

    async def aask(self, question: str, **options: Unpack[AskOptions]) -> Answer:
        """Do as `ask` does, in a thread; a task that is cancelled ends the work."""
        return _answer([event async for event in self.astream(question, **options)])

    def astream(self, question: str, **options: Unpack[AskOptions]) -> AsyncGenerator[AnswerEvent, None]:
        """Do as `stream` does, in a thread; closing the iterator ends the work."""
        return from_thread(lambda unwanted: self._stream(question, options, unwanted))

    @stage_of_stream("ask")
    def _stream(self, question: str, options: AskOptions, unwanted: Event) -> Generator[AnswerEvent, None, None]:
        """Yield the events of an answer until it is ``unwanted``."""
        started = time.perf_counter()
        k = options.get("k", 10)
        if k < 1:
            raise QuestionError(f"expected k of at least 1, got {k}")
        turns = [Turn(turn) if isinstance(turn, str) else turn for turn in options.get("history", ())]
        searched = contextualise(question, turns)
        retrieval = self.retriever.retrieve(
            searched,
            k=max(k, PASSAGES_READ),
            scope=options.get("scope", EVERYTHING),
            stages=options.get("stages") or self.stages,
        )
        hits = retrieval.hits[:k]
        yield PassagesEvent(hits)
        if unwanted.is_set():
            return
        with stage("evidence", passages=min(len(retrieval.hits), PASSAGES_READ)):
            evidence = self.evidence(retrieval)
            sure = confidence(evidence)
        text: str | None = None
        citations: tuple[Citation, ...] = ()
        why: str | None = None
        if evidence.sentences and sure >= self.threshold:
            with stage("select", sentences=len(evidence.sentences)):
                citations = tuple(self._cite(n, chosen) for n, chosen in enumerate(select(evidence), start=1))
            statements = [f"{citation.quote} [{citation.n}]" for citation in citations]
            text = " ".join(statements)
            for citation, statement in zip(citations, statements, strict=True):
                yield CitationsEvent((citation,))
                yield TextEvent(statement if citation.n == 1 else f" {statement}")
        else:
            why = f"The documents do not answer this. {reason(evidence)}"
        note(k=k, citations=len(citations), abstained=text is None)
        yield DoneEvent(
            Answer(
                question=question,
                text=text,
                confidence=sure,
                citations=citations,
                hits=hits,
                seconds=time.perf_counter() - started,
                reason=why,
            )
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


def _answer(events: Iterable[AnswerEvent]) -> Answer:
    """Return the answer at the end of a stream."""
    return next(event.answer for event in events if isinstance(event, DoneEvent))
