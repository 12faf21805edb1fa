"""What becomes of every question: ``python -m pincite_evals.outcomes SETS``.

``SETS`` are folders with ``docs`` and ``questions.jsonl``, or folders of such.  A question that the documents answer is
cited whole, cut, answered with a wrong sentence or from a wrong passage, refused, or its gold is not found; one that
they do not answer is refused or answered.  Sets that the cross-encoder was tuned on are asked only with ``--judges``, a
folder of weights that have not seen the document asked about; see `pincite_evals.judges`.  ``--list OUTCOME`` writes
the questions behind a count.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TextIO

import numpy as np

from pincite import Answer, Assistant, Encoder, Index, PinciteError, Scope, Span, load_encoder, update_index
from pincite_evals.judges import TUNED_ON, Judges, folded, shipped
from pincite_evals.sets import QuestionSet, SetQuestion, load_set

DEPTH = 10
TOKEN_BUDGET = 600


class Outcome(StrEnum):
    """What became of a question."""

    WHOLE = "cited whole"
    CUT = "cut"
    WRONG_SENTENCE = "wrong sentence"
    WRONG_PASSAGE = "wrong passage"
    REFUSED_FIRST = "refused though first"
    REFUSED_FOUND = "refused though found"
    NOT_FOUND = "not found"
    REFUSED = "refused"
    ANSWERED = "answered"


OF_UNANSWERABLE = (Outcome.REFUSED, Outcome.ANSWERED)
OF_ANSWERABLE = tuple(outcome for outcome in Outcome if outcome not in OF_UNANSWERABLE)


@dataclass(frozen=True, slots=True)
class Told:
    """A question, what became of it, and what there is to see why.

    Attributes
    ----------
    answer
        The text given, or the reason why there is none.
    gold
        The gold evidence's own characters.
    rank
        Of the first passage that holds gold, from 1; ``None`` if none of ten does.
    cited, within
        Share of the gold's characters that is cited, and that stands in the passages read within 600 tokens.
    """

    set_name: str
    kind: str
    question_id: str
    question: str
    answerable: bool
    outcome: Outcome
    confidence: float
    answer: str
    gold: tuple[str, ...]
    rank: int | None
    cited: float
    within: float


def holds(passage: Span, gold: Span) -> bool:
    """Tell whether a passage holds gold: half of it, or where that is longer than the passage, half the passage."""
    both = min(passage.end, gold.end) - max(passage.start, gold.start)
    return both * 2 >= min(len(passage), len(gold)) and both > 0


def share(gold: Sequence[Span], given: Iterable[Span]) -> float:
    """Return the share of the gold's characters, each counted once, that lie in what is given; 0 without gold."""
    wanted = {place for span in gold for place in range(span.start, span.end)}
    there = {place for span in given for place in range(span.start, span.end)}
    return len(wanted & there) / len(wanted) if wanted else 0.0


def outcome(question: SetQuestion, answer: Answer) -> Outcome:
    """Return what became of a question.

    Cited whole is one whose citations together cover one of its gold spans; cut, one of which they cover a part only.
    A wrong sentence stands in a passage that holds gold; a wrong passage is cited although one of the ten holds gold.
    """
    if not question.answerable:
        return Outcome.REFUSED if answer.text is None else Outcome.ANSWERED
    cited = [c.span for c in answer.citations if c.doc_id == question.doc]
    if any(share([gold], cited) == 1 for gold in question.spans):
        return Outcome.WHOLE
    if share(question.spans, cited):
        return Outcome.CUT
    rank = gold_rank(question, answer)
    if rank is None:
        return Outcome.NOT_FOUND
    if answer.text is None:
        return Outcome.REFUSED_FIRST if rank == 1 else Outcome.REFUSED_FOUND
    right = [hit.chunk.span for hit in answer.hits if _holds_gold(hit.chunk.doc_id, hit.chunk.span, question)]
    in_right = any(passage.covers(span) for passage in right for span in cited)
    return Outcome.WRONG_SENTENCE if in_right else Outcome.WRONG_PASSAGE


def gold_rank(question: SetQuestion, answer: Answer) -> int | None:
    """Return the rank of the first passage that holds gold, from 1."""
    ranks = (n for n, hit in enumerate(answer.hits, 1) if _holds_gold(hit.chunk.doc_id, hit.chunk.span, question))
    return next(ranks, None)


def _holds_gold(doc_id: str, span: Span, question: SetQuestion) -> bool:
    return doc_id == question.doc and any(holds(span, gold) for gold in question.spans)


def _within(question: SetQuestion, answer: Answer, encoder: Encoder) -> float:
    """Return the share of the gold's characters in the first passages, as many as can be read within the budget."""
    read, spans = 0, []
    for hit in answer.hits:
        read += len(encoder.token_spans(hit.chunk.text))
        if read > TOKEN_BUDGET:
            break
        if hit.chunk.doc_id == question.doc:
            spans.append(hit.chunk.span)
    return share(question.spans, spans)


def asked(questions: QuestionSet, *, limit: int | None = None) -> list[SetQuestion]:
    """Return the questions to ask, which are those whose outcome can be told, or a sample of them."""
    kept = [q for q in questions.questions if not q.answerable or q.spans]
    if limit is not None and limit < len(kept):
        kept = [kept[i] for i in np.linspace(0, len(kept) - 1, limit).astype(int)]
    return kept


def tell(
    questions: QuestionSet, encoder: Encoder, *, limit: int | None = None, judges: Judges = shipped
) -> Iterator[Told]:
    """Index a set's documents, ask its questions, and yield what became of each."""
    with tempfile.TemporaryDirectory() as folder:
        update_index(folder, [questions.docs], encoder=encoder)
        with Index.open(folder, encoder=encoder) as index:
            for question in asked(questions, limit=limit):
                assistant = Assistant(index, cross_encoder=judges(questions.name, question.doc))
                yield _told(questions.name, question, assistant)


def _told(name: str, question: SetQuestion, assistant: Assistant) -> Told:
    answer = assistant.ask(question.text, k=DEPTH, history=question.history, scope=Scope(docs=question.scope_docs))
    spans = question.spans if question.answerable else ()
    document = assistant.index.document(question.doc) if spans else None
    return Told(
        set_name=name,
        kind=question.kind,
        question_id=question.question_id,
        question=question.text,
        answerable=question.answerable,
        outcome=outcome(question, answer),
        confidence=round(answer.confidence, 4),
        answer=answer.text or answer.reason or "",
        gold=() if document is None else tuple(map(document.quote, spans)),
        rank=gold_rank(question, answer) if spans else None,
        cited=share(spans, [c.span for c in answer.citations if c.doc_id == question.doc]),
        within=_within(question, answer, assistant.index.encoder) if spans else 0.0,
    )


def table(told: Sequence[Told], *, kinds: bool = True) -> str:
    """Return the counts as a Markdown table: a row for each set, and below it for each kind where there are several."""
    head = ["", "answerable", *OF_ANSWERABLE, "gold cited", f"gold within {TOKEN_BUDGET} tokens"]
    head += ["unanswerable", *OF_UNANSWERABLE]
    lines = [f"| {' | '.join(head)} |", "| --- |" + " ---: |" * (len(head) - 1)]
    for name in dict.fromkeys(each.set_name for each in told):
        own = [each for each in told if each.set_name == name]
        lines.append(_row(name, own))
        named = dict.fromkeys(each.kind for each in own)
        if kinds and len(named) > 1:
            lines += [_row(f"{name}: {kind or 'other'}", [e for e in own if e.kind == kind]) for kind in named]
    if len({each.set_name for each in told}) > 1:
        lines.append(_row("all", told))
    return "\n".join(lines) + "\n"


def _row(name: str, told: Sequence[Told]) -> str:
    answerable, others = ([each for each in told if each.answerable == flag] for flag in (True, False))
    cells = [name, str(len(answerable))]
    cells += [str(sum(each.outcome == outcome for each in answerable)) for outcome in OF_ANSWERABLE]
    for values in ([each.cited for each in answerable], [each.within for each in answerable]):
        cells.append(f"{np.mean(values):.3f}" if values else "")
    cells.append(str(len(others)))
    cells += [str(sum(each.outcome == outcome for each in others)) for outcome in OF_UNANSWERABLE]
    return f"| {' | '.join(cells)} |"


def write(told: Iterable[Told], wanted: Sequence[str], out: TextIO) -> None:
    """Write the questions of some outcomes, or of all where none is named, as JSON Lines."""
    for each in told:
        if not wanted or each.outcome in wanted:
            out.write(json.dumps(asdict(each), ensure_ascii=False) + "\n")


def set_folders(paths: Sequence[Path]) -> list[Path]:
    """Return the folders of question sets that paths name or hold.

    Raises
    ------
    SystemExit
        A path is no set and holds none.
    """
    found: list[Path] = []
    for path in paths:
        inside = (
            [path]
            if (path / "questions.jsonl").is_file()
            else sorted(each.parent for each in path.glob("*/questions.jsonl"))
        )
        if not inside:
            raise SystemExit(
                f"{path} holds no question set: expected docs and questions.jsonl in it, or in its folders"
            )
        found += inside
    return found


def main() -> None:
    """Ask, count, and list."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("sets", type=Path, nargs="+", help="folders of question sets")
    parser.add_argument("--judges", type=Path, help="folder of the cross-encoder's weights of each fold")
    parser.add_argument("--limit", type=int, help="questions of a set at most, evenly spaced")
    parser.add_argument(
        "--list", dest="wanted", action="append", default=[], choices=list(map(str, Outcome)),
        help="an outcome whose questions to write; may be given again",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, help="where to write questions as JSON Lines; with no --list, all of them")
    options = parser.parse_args()
    encoder, told = load_encoder(), list[Told]()
    judges = shipped if options.judges is None else folded(options.judges)
    for folder in set_folders(options.sets):
        if folder.name in TUNED_ON and options.judges is None:
            print(f"{folder.name}: left out, since the cross-encoder was tuned on it; see --judges", file=sys.stderr)
            continue
        told += tell(load_set(folder), encoder, limit=options.limit, judges=judges)
        print(f"{folder.name}: asked", file=sys.stderr, flush=True)
    print(table(told))
    if options.out is not None:
        with options.out.open("w", encoding="utf-8") as out:
            write(told, options.wanted, out)
    elif options.wanted:
        write(told, options.wanted, sys.stdout)


if __name__ == "__main__":
    try:
        main()
    except PinciteError as error:
        sys.exit(f"error: {error}")
