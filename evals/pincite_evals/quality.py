"""Quality on public question sets, stage by stage: ``python -m pincite_evals.quality FOLDER_OF_SETS``.

Every row of a table is the same questions over the same documents with the same encoder, so rows may be compared pair
by pair.  ``success@k`` is the share of questions for which one of the first k passages covers a gold span entirely;
``success@600t`` reads passages in rank order until 600 tokens are read, so that pipelines with longer passages gain
nothing by their length.  "stock" is LangChain's ``RecursiveCharacterTextSplitter`` 1000/200 with dense search alone.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pincite import Encoder, Hit, Index, Retriever, Scope, Span, Stages, load_encoder, update_index
from pincite_evals.sets import QuestionSet, SetQuestion, load_set

SETS = (
    "squad_v2_dev",
    "legalbenchrag_contractnli",
    "chunking_evaluation",
    "clapnq_dev",
    "legalbenchrag_privacy_qa",
    "cuad_small40",
)
TOKEN_BUDGET = 600
DEPTH = 20

OFF = Stages(dense=False, lexical=False, late_interaction=False, merge=False, deduplicate=False)
ROWS: Mapping[str, Stages] = {
    "dense": replace(OFF, dense=True),
    "lexical": replace(OFF, lexical=True),
    "dense + lexical": replace(OFF, dense=True, lexical=True),
    "+ late interaction": replace(OFF, dense=True, lexical=True, late_interaction=True),
    "+ near-duplicates removed": replace(OFF, dense=True, lexical=True, late_interaction=True, deduplicate=True),
    "all": Stages(),
}


@dataclass(frozen=True, slots=True)
class Passage:
    """What a pipeline shows a reader: where it stands and how many tokens it takes to read."""

    doc: str
    span: Span
    n_tokens: int


Search = Callable[[SetQuestion], Sequence[Passage]]


def success(
    passages: Sequence[Passage], question: SetQuestion, *, k: int | None = None, tokens: int | None = None
) -> bool:
    """Tell whether one of the first ``k`` passages, or of those within ``tokens``, covers a gold span entirely."""
    read = 0
    for passage in passages[:k]:
        read += passage.n_tokens
        if tokens is not None and read > tokens:
            return False
        if passage.doc == question.doc and any(passage.span.covers(gold) for gold in question.spans):
            return True
    return False


def pincite_search(index: Index, stages: Stages) -> Search:
    """Return our search with some of its stages."""
    retriever = Retriever(index)

    def search(question: SetQuestion) -> list[Passage]:
        hits = retriever.search(question.text, k=DEPTH, scope=Scope(docs=question.scope_docs), stages=stages)
        return [_passage(hit, index.encoder) for hit in hits]

    return search


def stock_search(docs: Path, encoder: Encoder) -> Search:
    """Return LangChain's stock pipeline with the same weights: 1000/200 characters, cosine."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
    passages, texts = [], []
    for path in sorted(docs.iterdir()):
        for piece in splitter.create_documents([path.read_bytes().decode("utf-8")]):
            start = piece.metadata["start_index"]
            n_tokens = len(encoder.token_spans(piece.page_content))
            passages.append(Passage(path.name, Span(start, start + len(piece.page_content)), n_tokens))
            texts.append(piece.page_content)
    vectors = encoder.encode_documents(texts).vectors
    names = np.array([passage.doc for passage in passages])

    def search(question: SetQuestion) -> list[Passage]:
        scores = vectors @ encoder.encode_queries([question.text]).vectors[0]
        if question.scope_docs is not None:
            scores = np.where(np.isin(names, question.scope_docs), scores, -np.inf)
        return [passages[i] for i in np.argsort(-scores, kind="stable")[:DEPTH]]

    return search


def table(questions: Sequence[SetQuestion], rows: Mapping[str, Search]) -> str:
    """Return the Markdown table of one set, with the paired difference of success@1 from the row above."""
    lines = [
        "| | success@1 | success@5 | success@600t | success@1, change from the row above (95 %) |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    before: np.ndarray | None = None
    for name, search in rows.items():
        found = [search(question) for question in questions]
        first = np.array(
            [success(passages, question, k=1) for passages, question in zip(found, questions, strict=True)]
        )
        five = np.mean([success(p, q, k=5) for p, q in zip(found, questions, strict=True)])
        budget = np.mean([success(p, q, tokens=TOKEN_BUDGET) for p, q in zip(found, questions, strict=True)])
        change = "" if before is None else _change(before, first)
        lines.append(f"| {name} | {first.mean():.3f} | {five:.3f} | {budget:.3f} | {change} |")
        before = first
    return "\n".join(lines)


def _change(before: np.ndarray, after: np.ndarray) -> str:
    """Return the mean paired difference and its bootstrap interval over questions."""
    difference = after.astype(float) - before
    samples = np.random.default_rng(0).choice(difference, (2000, len(difference))).mean(axis=1)
    low, high = np.quantile(samples, (0.025, 0.975))
    return f"{difference.mean():+.3f} [{low:+.3f}, {high:+.3f}]"


def _passage(hit: Hit, encoder: Encoder) -> Passage:
    return Passage(hit.chunk.doc_id, hit.chunk.span, len(encoder.token_spans(hit.chunk.text)))


def evaluate(question_set: QuestionSet, encoder: Encoder, *, limit: int | None = None) -> str:
    """Return the Markdown table of one set; ``limit`` takes an evenly spaced sample of the questions."""
    questions = [question for question in question_set.questions if question.answerable and question.spans]
    if limit is not None and limit < len(questions):
        questions = [questions[i] for i in np.linspace(0, len(questions) - 1, limit).astype(int)]
    with tempfile.TemporaryDirectory() as folder:
        update_index(folder, [question_set.docs], encoder=encoder)
        with Index.open(folder, encoder=encoder) as index:
            rows = {"stock": stock_search(question_set.docs, encoder)}
            rows |= {name: pincite_search(index, stages) for name, stages in ROWS.items()}
            return f"## {question_set.name} ({len(questions)} questions)\n\n{table(questions, rows)}\n"


def main() -> None:
    """Print a table for each set that is there; name those that are not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="folder of question sets")
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--limit", type=int, help="questions of each set; all when not given")
    arguments = parser.parse_args()
    encoder = load_encoder()
    for name in arguments.sets:
        if (arguments.data / name).is_dir():
            print(evaluate(load_set(arguments.data / name), encoder, limit=arguments.limit), flush=True)
        else:
            print(f"## {name}\n\nskipped: not in {arguments.data}\n", flush=True)


if __name__ == "__main__":
    main()
