"""Statements whose truth is known, with what speaks for them in the passages found."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np

from pincite import Index, Retriever, Scope, update_index
from pincite.checking.checker import Checker
from pincite.checking.signals import support_signals
from pincite.checking.sources import Source, sources_of
from pincite.evidence import rarity
from pincite.sentences import sentence_spans
from pincite_evals.falsehoods import Stated
from pincite_evals.support.falsifying import names_of, numbers_of, variants

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pincite import Chunk, Document, Encoder, Span

PASSAGES = 10
PAIRED = 5  # of the nearest sentences, taken two at a time where they stand in one passage
_SHORTEST, _LONGEST = 40, 320


@dataclass(frozen=True, slots=True)
class Example:
    """A statement and what speaks for it.

    Attributes
    ----------
    group
        The document, by which halves are split.
    signals
        Shape (n_choices, len(SUPPORT_SIGNALS)): for each sentence, or two, that it may rest on.
    """

    group: str
    kind: str
    true: bool
    text: str
    signals: NDArray[np.float32]


class Reader:
    """Searches an index for statements and reads the sentences of its passages once each."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._retriever = Retriever(index)
        self._sources: dict[str, tuple[Source, ...]] = {}

    def checker(self, query: str, doc_id: str, without: Span | None = None) -> Checker:
        """Return the checker over what a query finds in a document, less the passages that hold a span."""
        hits = self._retriever.search(query, k=PASSAGES, scope=Scope(docs=(doc_id,)))
        chunks = [hit.chunk for hit in hits if without is None or not hit.chunk.span.overlaps(without)]
        sources = [replace(each, passage=n) for n, chunk in enumerate(chunks) for each in self._read(chunk)]
        whole = self.index.snapshot.part()
        return Checker(
            sources,
            self.index.encoder,
            weigh=lambda term: rarity(whole.document_frequency(term), whole.n_chunks),
            question=query,
        )

    def _read(self, chunk: Chunk) -> tuple[Source, ...]:
        if chunk.chunk_id not in self._sources:
            self._sources[chunk.chunk_id] = sources_of([chunk], self.index.encoder)
        return self._sources[chunk.chunk_id]


@contextmanager
def reading(documents: Sequence[Path], encoder: Encoder) -> Iterator[Reader]:
    """Index documents for as long as they are read."""
    with TemporaryDirectory() as folder:
        update_index(folder, documents, encoder=encoder)
        with Index.open(folder, encoder=encoder) as index:
            yield Reader(index)


def sentence_examples(reader: Reader, doc_ids: Sequence[str], per_document: int, seed: int = 7) -> list[Example]:
    """Take sentences of documents, as they are, reworded, made false, and without the passage that holds them."""
    found: list[Example] = []
    for doc_id in doc_ids:
        document = reader.index.document(doc_id)
        rng = random.Random(f"{seed} {doc_id}")
        spans = _sentences(document)
        numbers, names = numbers_of(document.text), names_of(document.text)
        for n in sorted(rng.sample(range(len(spans)), min(per_document, len(spans)))):
            text = _flat(document.quote(spans[n]))
            checker = reader.checker(text, doc_id)
            found += [
                _example(checker, doc_id, each.kind, each.true, each.text)
                for each in variants(text, numbers, names, rng)
            ]
            absent = reader.checker(text, doc_id, without=spans[n])
            found.append(_example(absent, doc_id, "absent", False, text))
    return [each for each in found if len(each.signals)]


def answer_examples(reader: Reader, questions: Path, limit: int) -> list[Example]:
    """Take questions with their gold answer, and with another answer of like kind from the same document."""
    rows = [json.loads(line) for line in questions.read_text("utf-8").splitlines()]
    rows = [row for row in rows if row["answerable"] and row["answers"]]
    rows = [rows[i] for i in np.linspace(0, len(rows) - 1, min(limit, len(rows))).astype(int)]
    found: list[Example] = []
    rng = random.Random(11)
    for row in rows:
        answer = row["answers"][0]
        others = [
            other["answers"][0]
            for other in rows
            if other["doc"] == row["doc"]
            and _alike(other["answers"][0], answer)
            and other["question"] != row["question"]
        ]
        checker = reader.checker(row["question"], row["doc"])
        found.append(_example(checker, row["doc"], "answer", True, f"{row['question']} {answer}"))
        if others:
            wrong = f"{row['question']} {rng.choice(others)}"
            found.append(_example(checker, row["doc"], "wrong answer", False, wrong))
    return [each for each in found if len(each.signals)]


def stated_examples(reader: Reader, statements: Sequence[Stated]) -> list[Example]:
    """Take statements whose truth is known, of a kind each, over what their questions find."""
    found = []
    for stated in statements:
        checker = reader.checker(stated.question, stated.doc)
        kind = "reworded freely" if stated.true else f"{stated.kind} changed"
        found.append(_example(checker, stated.doc, kind, stated.true, stated.statement))
    return [each for each in found if len(each.signals)]


def _alike(one: str, other: str) -> bool:
    numeric = any(map(str.isdigit, one)) == any(map(str.isdigit, other))
    return numeric and one[:1].isupper() == other[:1].isupper() and one.casefold() not in other.casefold()


def _example(checker: Checker, group: str, kind: str, true: bool, text: str) -> Example:
    claim = checker.claim(text)
    rows: list[NDArray[np.float32]] = []
    if claim is not None and checker.sources:
        near = checker.nearest(claim)
        passages = [each.passage for each in checker.sources]
        pairs = [(i, j) for i in near[:PAIRED] for j in near[:PAIRED] if i < j and passages[i] == passages[j]]
        chosen = [*((i,) for i in near), *pairs]
        rows = [support_signals(claim, [checker.sources[i] for i in each]) for each in chosen]
    return Example(group, kind, true, text, np.array(rows, dtype=np.float32))


def _sentences(document: Document) -> list[Span]:
    headings = {section.title.casefold() for section in document.root.walk()}
    return [
        span
        for span in sentence_spans(document.text)
        if _SHORTEST <= len(span) <= _LONGEST
        and document.quote(span).strip("#* \n").casefold() not in headings
        and document.quote(span).rstrip()[-1:] in ".!?"
    ]


def _flat(text: str) -> str:
    return " ".join(text.split())
