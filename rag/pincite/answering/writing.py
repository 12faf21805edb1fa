"""An answer written by a language model, each sentence held against the passages before it is shown."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING

from pincite.answering.prompting import Prompt, make_prompt
from pincite.answers import UNSUPPORTED, AnswerEvent, CitationsEvent, TextEvent
from pincite.checking import Checker, Source, Statement, StatementReader, is_refusal
from pincite.errors import AnswerCutOff, ContextOverflow, GeneratorError
from pincite.generating import Patience, timed
from pincite.types import Citation, Span

if TYPE_CHECKING:
    from pincite.generating import Generator as LanguageModel
    from pincite.types import Hit


@dataclass(frozen=True, slots=True)
class Writing:
    """How a language model may write answers.

    Attributes
    ----------
    strict
        Whether a statement that no passage supports is left out; otherwise it stays, followed by ``[?]``.
    when_unsure
        Whether the model is asked although the documents seem not to answer.
    passages
        How many passages it is given at most.
    max_tokens
        Length of its answer at most.
    patience
        How long to wait for it.
    """

    strict: bool = False
    when_unsure: bool = False
    passages: int = 5
    max_tokens: int = 400
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True, slots=True)
class Written:
    """The text of an answer, with its citations."""

    text: str
    citations: tuple[Citation, ...]
    unsupported: tuple[Span, ...] = ()
    notice: str | None = None


def write(
    question: str,
    hits: Sequence[Hit],
    model: LanguageModel,
    *,
    checker: Callable[[], Checker],
    cite: Callable[[int, Source], Citation],
    writing: Writing,
    unwanted: Event,
) -> Generator[AnswerEvent, None, Written]:
    """Yield statements with their citations as the model makes them; return them all.

    Parameters
    ----------
    question
        One that stands alone.
    checker
        Called once, when there is something to check; the model goes on writing meanwhile.
    cite
        Makes citation n of a sentence.

    Raises
    ------
    GeneratorError
        The model cannot be used, or wrote nothing that the passages support; what was yielded before is void.
    """
    draft = _Draft(cite, strict=writing.strict)
    check: Checker | None = None
    refused = cut_off = False
    with closing(_statements(question, hits, model, writing, unwanted)) as statements:
        while True:
            try:
                statement = next(statements, None)
            except AnswerCutOff:
                cut_off = True
                break
            if statement is None:
                break
            if is_refusal(statement.text):
                refused = True
                continue
            check = check or checker()
            checked = check.check(statement.text, named=[n - 1 for n in statement.named])
            yield from draft.add(statement.text, checked.support if checked.supported else ())
    if not draft.citations and not unwanted.is_set():
        if refused and not draft.text:
            raise GeneratorError(f"{model.name} found no answer in the passages")
        if not draft.text:
            raise GeneratorError(f"{model.name} wrote no statement that the passages support")
        raise GeneratorError(f"nothing that {model.name} wrote is supported by the passages")
    notice = f"{model.name} was cut off after {writing.max_tokens} tokens." if cut_off else None
    return Written(draft.text, tuple(draft.citations.values()), tuple(draft.unsupported), notice)


def _statements(
    question: str, hits: Sequence[Hit], model: LanguageModel, writing: Writing, unwanted: Event
) -> Generator[Statement, None, None]:
    """Yield what the model writes, statement by statement; half of the passages are tried where all are too many."""
    most = writing.passages
    while True:
        prompt = make_prompt(question, hits, model, max_tokens=writing.max_tokens, most=most)
        try:
            yield from _read(prompt, model, writing, unwanted)
        except ContextOverflow:  # before anything was written: the tokens had been estimated
            if len(prompt.hits) == 1:
                raise
            most = len(prompt.hits) // 2
        else:
            return


def _read(prompt: Prompt, model: LanguageModel, writing: Writing, unwanted: Event) -> Iterator[Statement]:
    reader = StatementReader()
    most = writing.max_tokens
    pieces = timed(
        lambda: model.generate(prompt.messages, max_tokens=most), writing.patience, unwanted, max_tokens=most
    )
    with closing(pieces):
        for piece in pieces:
            yield from reader.feed(piece)
    yield from reader.end()


class _Draft:
    """Statements and their citations so far; a sentence cited twice keeps its number."""

    def __init__(self, cite: Callable[[int, Source], Citation], *, strict: bool) -> None:
        self._cite, self._strict = cite, strict
        self.text = ""
        self.citations: dict[tuple[str, Span], Citation] = {}
        self.unsupported: list[Span] = []

    def add(self, statement: str, support: Sequence[Source]) -> Iterator[AnswerEvent]:
        """Take a statement that rests on some sentences, or on none."""
        if not support and self._strict:
            return
        new: list[Citation] = []
        markers = []
        for source in support:
            place = (source.chunk.doc_id, source.span)
            if place not in self.citations:
                self.citations[place] = self._cite(len(self.citations) + 1, source)
                new.append(self.citations[place])
            markers.append(f"[{self.citations[place].n}]")
        begin = len(self.text) + bool(self.text)
        said = f"{' ' if self.text else ''}{statement} {''.join(markers) or UNSUPPORTED}"
        self.text += said
        if not support:
            self.unsupported.append(Span(begin, begin + len(statement)))
        if new:
            yield CitationsEvent(tuple(new))
        yield TextEvent(said, supported=bool(support))
