"""Answers with their citations: the documents' own sentences, or a language model's, checked; or none, and why."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Generator, Iterable, Sequence
from threading import Event
from typing import TYPE_CHECKING, TypedDict, Unpack

from pincite.answering.asynchronous import from_thread
from pincite.answering.rewriting import stand_alone
from pincite.answering.writing import Writing, Written, write
from pincite.answers import (
    Answer,
    AnswerEvent,
    CitationsEvent,
    DoneEvent,
    PassagesEvent,
    TextEvent,
    WithdrawnEvent,
)
from pincite.checking import Checker, sources_of
from pincite.encoding.cross_encoder import load_cross_encoder
from pincite.errors import GeneratorError, QuestionError
from pincite.evidence import (
    BESIDES,
    Evidence,
    Passage,
    Question,
    Rarity,
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
from pincite.question_length import MAX_QUESTION_CHARS, checked_length
from pincite.searching import Retrieval, Retriever
from pincite.searching.retriever import ALL_STAGES, EVERYTHING
from pincite.settings import DEFAULTS, Settings
from pincite.tracing import note, stage, stage_of_stream
from pincite.types import Chunk, Citation, Scope, Span, Stages

if TYPE_CHECKING:
    from pincite.encoding import CrossEncoder
    from pincite.generating import Generator as LanguageModel

BY_DEFAULT = Writing()
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
    unwanted
        Set from another thread to end the work: the stream then ends without a `DoneEvent`; for `stream` alone.
    """

    k: int
    history: Sequence[Turn | str]
    scope: Scope
    stages: Stages | None
    unwanted: Event


class Assistant:
    """Answers questions from an index, with or without a language model.  Safe for use by many threads.

    Parameters
    ----------
    index
        Opened for asking; stays the caller's to close.
    stages
        Which stages of search run, where a question does not say.
    threshold
        How sure to be before answering: abstain below this probability, in [0, 1].  By default the one chosen on the
        development sets.
    generator
        A language model to write the answers; each of its sentences is held against the passages.  Where it fails, the
        answer is made of the documents' own sentences, and `Answer.notice` says so.
    writing
        How it may write.
    cross_encoder
        What reads the question with the likeliest sentences; by default the embedded one, loaded when first needed.
    settings
        Of which ``search`` counts.

    Raises
    ------
    ValueError
        The threshold is out of range.
    """

    def __init__(
        self,
        index: Index,
        *,
        stages: Stages = ALL_STAGES,
        threshold: float | None = None,
        generator: LanguageModel | None = None,
        writing: Writing = BY_DEFAULT,
        cross_encoder: CrossEncoder | None = None,
        settings: Settings = DEFAULTS,
    ) -> None:
        if threshold is not None and not 0 <= threshold <= 1:
            raise ValueError(f"expected a threshold within [0, 1], got {threshold}")
        self.index = index
        self.retriever = Retriever(index, settings=settings)
        self.stages = stages
        self.threshold = fitted().threshold if threshold is None else threshold
        self.generator, self.writing = generator, writing
        self._cross_encoder = cross_encoder

    def ask(self, question: str, **options: Unpack[AskOptions]) -> Answer:
        """Answer a question, or abstain and say why.

        Parameters
        ----------
        options
            See `AskOptions`.

        Raises
        ------
        QuestionError
            The question holds no word or more than 10,000 characters, ``k`` is less than 1, or a section is unknown.
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
        return self._stream(question, options, options.get("unwanted") or Event())

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
        # What a follow-up takes over from a long question before it makes nobody's question too long.
        searched = self._stand_alone(checked_length(question), turns, unwanted)[:MAX_QUESTION_CHARS]
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
        is_sure = bool(evidence.sentences) and sure >= self.threshold
        written: Written | None = None
        notice: str | None = None
        if self.generator is not None and retrieval.hits and (is_sure or self.writing.when_unsure):
            written, notice = yield from self._written(searched, retrieval, self.generator, unwanted)
        if unwanted.is_set():
            return
        given = written
        if given is None and is_sure:
            given = yield from self._selected(evidence)
        note(k=k, citations=0 if given is None else len(given.citations), abstained=given is None)
        yield DoneEvent(
            Answer(
                question=question,
                text=None if given is None else given.text,
                confidence=sure,
                citations=() if given is None else given.citations,
                hits=hits,
                seconds=time.perf_counter() - started,
                reason=f"The documents do not answer this. {reason(evidence)}" if given is None else None,
                generated_by=self.generator.name if self.generator is not None and written is not None else None,
                unsupported=() if given is None else given.unsupported,
                notice=notice,
            )
        )

    def _stand_alone(self, question: str, turns: Sequence[Turn], unwanted: Event) -> str:
        """Return a question such that it can be searched without the conversation."""
        searched = contextualise(question, turns)
        if self.generator is None or searched == question:
            return searched
        return stand_alone(question, turns, self.generator, unwanted) or searched

    def _selected(self, evidence: Evidence) -> Generator[AnswerEvent, None, Written]:
        """Yield the documents' own sentences that answer."""
        with stage("select", sentences=len(evidence.sentences)):
            citations = tuple(
                self._cite(n, chosen.chunk, chosen.span, chosen.quote)
                for n, chosen in enumerate(select(evidence), start=1)
            )
        statements = [f"{citation.quote} [{citation.n}]" for citation in citations]
        for citation, statement in zip(citations, statements, strict=True):
            yield CitationsEvent((citation,))
            yield TextEvent(statement if citation.n == 1 else f" {statement}")
        return Written(" ".join(statements), citations)

    @stage_of_stream("generate")
    def _written(
        self, question: str, retrieval: Retrieval, generator: LanguageModel, unwanted: Event
    ) -> Generator[AnswerEvent, None, tuple[Written | None, str | None]]:
        """Yield what the language model writes; return it with a notice, or ``None`` and why."""
        events = write(
            question,
            retrieval.hits[:PASSAGES_READ],
            generator,
            checker=lambda: self.checker(question, retrieval),
            cite=lambda n, source: self._cite(n, source.chunk, source.span, source.text),
            writing=self.writing,
            unwanted=unwanted,
        )
        begun = False
        try:
            while True:
                try:
                    event = next(events)
                except StopIteration as end:
                    return end.value, end.value.notice
                begun = True
                yield event
        except GeneratorError as error:
            if begun:
                yield WithdrawnEvent()
            return None, f"Without the language model: {error}."
        finally:
            events.close()

    def checker(self, question: str, retrieval: Retrieval) -> Checker:
        """Return what holds a language model's statements against the passages that a question found."""
        sources = sources_of([hit.chunk for hit in retrieval.hits[:PASSAGES_READ]], self.index.encoder)
        return Checker(sources, self.index.encoder, weigh=self._rarity(retrieval), question=question)

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
            (self._cross_encoder or load_cross_encoder()).read,
        )

    def _read(self, retrieval: Retrieval) -> Question:
        """Find the words of the question that count, and how much each does among the passages searched."""
        return read_question(
            retrieval.query,
            retrieval.encoding.vectors[0],
            retrieval.encoding.token_vectors[0],
            retrieval.encoding.token_spans[0],
            self._rarity(retrieval, besides=BESIDES),
        )

    def _rarity(self, retrieval: Retrieval, *, besides: int = 0) -> Rarity:
        """Return how rare a term is among the passages searched."""
        part = retrieval.part
        return lambda term: rarity(part.document_frequency(term), part.n_chunks, besides=besides)

    def _passages(self, retrieval: Retrieval) -> list[Passage]:
        found = (self.retriever.tokens_of(hit) for hit in retrieval.hits[:PASSAGES_READ])
        return [Passage(each.hit.chunk, each.token_vectors, each.token_spans) for each in found]

    def _cite(self, n: int, chunk: Chunk, span: Span, expected: str) -> Citation:
        document = self.index.document(chunk.doc_id)
        quote = document.quote(span)
        if quote != expected:
            found = f"the characters {span.start} to {span.end} of {document.doc_id} are not what was read there"
            raise self.index.snapshot.damaged(found)
        return Citation(
            n=n,
            doc_id=document.doc_id,
            span=span,
            quote=quote,
            section=chunk.section,
            page=document.page_at(span.start),
        )


def _answer(events: Iterable[AnswerEvent]) -> Answer:
    """Return the answer at the end of a stream."""
    return next(event.answer for event in events if isinstance(event, DoneEvent))
