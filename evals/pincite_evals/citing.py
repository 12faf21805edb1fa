"""How rightly a language model cites, bare and checked: ``python -m pincite_evals.citing MODEL``.

Asks the shipped questions that our documents answer.  Bare: what the model wrote, each of its markers ``[n]`` standing
for passage n of its prompt.  Checked: Pincite's answer from the very same output.  A citation is right where it
overlaps the gold evidence.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Generator as Pieces
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from pincite import Answer, Assistant, Index, Patience, Scope, Span, Writing, open_generator, update_index
from pincite.checking import StatementReader
from pincite_evals.gate import DOCUMENTS, QUESTIONS
from pincite_evals.gold import GoldQuestion, read_gold

if TYPE_CHECKING:
    from pincite import Generator, Message

SETS = ("nato", "harbour", "dehumidifier")
RESULTS = Path(__file__).parents[1] / "results" / "citing.md"
PATIENT = Patience(first=600.0, next=300.0, total=900.0)


class Recorder:
    """A model whose last words are kept."""

    def __init__(self, model: Generator) -> None:
        self._model = model
        self.name, self.counts_exactly = model.name, model.counts_exactly
        self.said = ""

    @property
    def context_size(self) -> int:
        """The model's own."""
        return self._model.context_size

    def count_tokens(self, text: str) -> int:
        """Count as the model does."""
        return self._model.count_tokens(text)

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> Pieces[str, None, None]:
        """Pass on what the model writes."""
        self.said = ""
        for piece in self._model.generate(messages, max_tokens=max_tokens):
            self.said += piece
            yield piece


@dataclass(frozen=True, slots=True)
class Citing:
    """What one answer cites: how many citations, how many of them right, and statements without any."""

    citations: int
    right: int
    uncited: int

    @property
    def is_right(self) -> bool:
        """Whether there is a citation, all are right, and no statement goes without."""
        return self.citations > 0 and self.right == self.citations and not self.uncited


def bare(said: str, answer: Answer, gold: Sequence[Span], passages: int) -> Citing:
    """Score what the model wrote, taken at its word."""
    reader = StatementReader()
    statements = [*reader.feed(said), *reader.end()]
    shown = answer.hits[:passages]
    named = [n for statement in statements for n in statement.named]
    right = sum(0 < n <= len(shown) and any(shown[n - 1].chunk.span.overlaps(span) for span in gold) for n in named)
    return Citing(len(named), right, sum(not statement.named for statement in statements) + (not statements))


def checked(answer: Answer, gold: Sequence[Span]) -> Citing:
    """Score Pincite's answer."""
    right = sum(any(citation.span.overlaps(span) for span in gold) for citation in answer.citations)
    return Citing(len(answer.citations), right, len(answer.unsupported))


def row(name: str, scored: Sequence[Citing]) -> str:
    """Return a row of the table."""
    citations = sum(each.citations for each in scored)
    right = sum(each.right for each in scored) / max(1, citations)
    any_right = np.mean([each.right > 0 for each in scored])
    uncited = np.mean([each.uncited > 0 for each in scored])
    whole = np.mean([each.is_right for each in scored])
    return f"| {name} | {len(scored)} | {any_right:.2f} | {right:.2f} | {uncited:.2f} | **{whole:.2f}** |"


def main() -> None:
    """Ask, score and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("model", help="as --llm takes it: an address, a GGUF file or a folder")
    parser.add_argument("--name", help="which of a server's models")
    parser.add_argument("--limit", type=int, default=60, help="questions at most, evenly spaced")
    parser.add_argument("--passages", type=int, default=3)
    options = parser.parse_args()
    model = Recorder(open_generator(options.model, model=options.name))
    writing = Writing(patience=PATIENT, passages=options.passages, max_tokens=200)
    rows: dict[str, list[Citing]] = {"the bare model": [], "checked": [], "without the model": []}
    seconds: list[float] = []
    fell_back = 0
    with TemporaryDirectory() as folder:
        update_index(folder, [Path(each) for each in DOCUMENTS])
        with Index.open(folder) as index:
            assistant = Assistant(index, generator=model, writing=writing)
            plain = Assistant(index)
            for number, question in enumerate(_questions(options.limit), start=1):
                asked = question.question
                scope = Scope(docs=(str(asked.fields["doc"]),))
                given: dict[str, Any] = {"history": asked.history, "scope": scope}
                own = plain.ask(asked.text, **given)
                if own.abstained:
                    continue
                began = time.perf_counter()
                answer = assistant.ask(asked.text, **given)
                seconds.append(time.perf_counter() - began)
                gold = [span.span for span in question.gold.spans]
                rows["the bare model"].append(bare(model.said, answer, gold, options.passages))
                rows["checked"].append(checked(answer, gold))
                rows["without the model"].append(checked(own, gold))
                fell_back += answer.generated_by is None
                print(f"{number}: {model.said!r} -> {answer.text!r} ({answer.notice})", flush=True)
    about = (
        f"`python -m pincite_evals.citing MODEL --limit {options.limit} --passages {options.passages}` with "
        f"{model.name}, {datetime.now(UTC):%Y-%m-%d}: shipped questions that are answered, {fell_back} of them in the "
        f"end without the model; {statistics.median(seconds):.1f} s an answer in the median, on two cores."
    )
    columns = (
        "| | answers | a right citation | citations that are right | a statement not cited | all cited, all right |"
    )
    lines = [
        "# How rightly a language model cites, bare and checked",
        "",
        about,
        "",
        columns,
        "| --- | --- | --- | --- | --- | --- |",
        *(row(name, scored) for name, scored in rows.items()),
    ]
    print("\n".join(lines))
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _questions(limit: int) -> list[GoldQuestion]:
    found = [
        question
        for name in SETS
        for question in read_gold(QUESTIONS / f"{name}.jsonl", scope_to_doc=True).questions
        if question.gold.answerable and question.gold.spans
    ]
    return [found[i] for i in np.linspace(0, len(found) - 1, min(limit, len(found))).astype(int)]


if __name__ == "__main__":
    main()
