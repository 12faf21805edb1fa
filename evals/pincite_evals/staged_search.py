"""The search stage by stage, with settings that can be moved: the product's own steps, over a set's documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from pincite import Chunk, Encoder, Index, Retriever, Scope, SearchSettings, Settings, Span, Stages, update_index
from pincite.searching.retriever import Reading
from pincite.searching.windows import Window, place_windows
from pincite_evals.sets import QuestionSet, SetQuestion

if TYPE_CHECKING:
    from numpy.typing import NDArray

SETS = ("squad_v2_dev", "legalbenchrag_contractnli", "chunking_evaluation", "clapnq_dev", "legalbenchrag_privacy_qa")
DEPTH = 10
CHARS_PER_TOKEN = 4.6
"""Of English prose in MiniLM's word pieces; turns 600 tokens read into characters."""

STAGES = {
    "dense": Stages(lexical=False, late_interaction=False, deduplicate=False),
    "lexical": Stages(dense=False, late_interaction=False, deduplicate=False),
    "dense + lexical": Stages(late_interaction=False, deduplicate=False),
    "+ late interaction, chunk by chunk": Stages(merge=False, deduplicate=False),
}

Extent = tuple[str, int, int]
"""A passage: document, start, end."""

COMMITTED = Settings()


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what all stages but the last made of it; weights are tried on this alone.

    Attributes
    ----------
    docs
        The document of each of the sentences read.
    """

    question: SetQuestion
    reading: Reading
    docs: Sequence[str]


@contextmanager
def indexed(question_set: QuestionSet, encoder: Encoder, settings: Settings = COMMITTED) -> Iterator[Path]:
    """Index a set's documents for as long as they are asked."""
    with TemporaryDirectory() as folder:
        update_index(folder, [question_set.docs], encoder=encoder, settings=settings)
        yield Path(folder)


def ask(retriever: Retriever, question: SetQuestion) -> Case:
    """Run every stage but the last for one question."""
    _, reading = retriever.read(question.text, scope=_scope(question))
    snapshot = retriever.index.snapshot
    docs = {handle: snapshot.chunk(handle).doc_id for handle in set(reading.chunks.tolist())}
    return Case(question, reading, [docs[handle] for handle in reading.chunks.tolist()])


def asked(
    folder: Path, questions: Sequence[SetQuestion], encoder: Encoder, settings: Settings = COMMITTED
) -> list[Case]:
    """Run every stage but the last for some questions."""
    with Index.open(folder, encoder=encoder) as index:
        retriever = Retriever(index, settings=settings)
        return [ask(retriever, question) for question in questions]


def by_stage(folder: Path, questions: Sequence[SetQuestion], encoder: Encoder) -> Mapping[str, NDArray[np.float64]]:
    """Return the success of what each stage before the last finds; shape (n_questions, 3) for each."""
    with Index.open(folder, encoder=encoder) as index:
        retriever = Retriever(index)
        return {
            name: np.array([success(_found(retriever, question, stages), question) for question in questions])
            for name, stages in STAGES.items()
        }


def _found(retriever: Retriever, question: SetQuestion, stages: Stages) -> list[Extent]:
    hits = retriever.search(question.text, k=DEPTH, scope=_scope(question), stages=stages)
    return [_extent(hit.chunk) for hit in hits]


def _scope(question: SetQuestion) -> Scope:
    return Scope(docs=None if question.scope_docs is None else tuple(question.scope_docs))


def _extent(chunk: Chunk) -> Extent:
    return chunk.doc_id, chunk.span.start, chunk.span.end


def placed(case: Case, settings: SearchSettings) -> list[Window]:
    """Run the last stage."""
    return place_windows(case.reading.sentences, case.reading.weights, k=DEPTH, settings=settings)


def passage_of(case: Case, window: Window) -> Extent:
    """Return where the sentences of a window stand."""
    spans = case.reading.sentences.spans
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


def tried(cases: Sequence[Case], settings: SearchSettings) -> NDArray[np.float64]:
    """Return the success of the windows; shape (n_questions, 3)."""
    return np.array(
        [success([passage_of(case, window) for window in placed(case, settings)], case.question) for case in cases]
    )


def moved(settings: Settings, name: str, value: float) -> Settings:
    """Return settings with one of them, of whatever part, moved."""
    for part in ("index", "search"):
        held = getattr(settings, part)
        if hasattr(held, name):
            kind = type(getattr(held, name))
            return replace(settings, **{part: replace(held, **{name: kind(value)})})
    raise ValueError(f"no setting {name!r}")


def setting(settings: Settings, name: str) -> float:
    """Return one of the settings, of whatever part."""
    return float(getattr(settings.index if hasattr(settings.index, name) else settings.search, name))
