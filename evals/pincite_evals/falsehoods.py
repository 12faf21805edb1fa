"""How many false statements pass the check, kind by kind: ``python -m pincite_evals.falsehoods``.

Each statement of `statements/` stands for one sentence of a language model: it is held against the passages that its
question finds among all documents, as the product does.  A third of them was set aside while the check was written.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pincite import Assistant, Index, update_index
from pincite.answering.assistant import PASSAGES_READ
from pincite.checking import Source

EVALS = Path(__file__).parents[1]
STATEMENTS = EVALS / "statements" / "statements.jsonl"
DOCUMENTS = (EVALS / "statements" / "documents", EVALS / "documents")
HELD_OUT = "held out"


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement about a document whose truth is known.

    Attributes
    ----------
    kind
        "reworded" where it is true, else what was made false.
    spans
        The sentences of the document that it says otherwise, or contradicts.
    part
        "open", or "held out" while the check was written.
    """

    id: str
    doc: str
    question: str
    spans: tuple[tuple[int, int], ...]
    kind: str
    true: bool
    statement: str
    part: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check makes of a statement; ``cited`` tells whether a sentence cited overlaps one that it is about."""

    stated: Stated
    passed: bool
    probability: float
    cited: bool
    support: tuple[str, ...]


def read_statements(path: Path = STATEMENTS) -> list[Stated]:
    """Return the statements of a JSONL file."""
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return [Stated(**row | {"spans": tuple(map(tuple, row["spans"]))}) for row in rows]


def judge(assistant: Assistant, statements: Sequence[Stated]) -> tuple[list[Verdict], float]:
    """Hold statements against what their questions find; return also the seconds that the checks alone took."""
    asked: dict[str, list[Stated]] = defaultdict(list)
    for stated in statements:
        asked[stated.question].append(stated)
    found: list[Verdict] = []
    seconds = 0.0
    for question, about in asked.items():
        checker = assistant.checker(question, assistant.retriever.retrieve(question, k=PASSAGES_READ))
        for stated in about:
            if not any(_overlaps(source, stated) for source in checker.sources):
                continue  # no passage that was found holds what it is about
            started = time.process_time()
            checked = checker.check(stated.statement)
            seconds += time.process_time() - started
            cited = any(_overlaps(source, stated) for source in checked.support)
            texts = tuple(source.text for source in checked.support)
            found.append(Verdict(stated, checked.supported, checked.probability, cited, texts))
    return found, seconds


def _overlaps(source: Source, stated: Stated) -> bool:
    return source.chunk.doc_id == stated.doc and any(
        source.span.start < end and start < source.span.end for start, end in stated.spans
    )


def table(verdicts: Sequence[Verdict]) -> list[str]:
    """Return a table: for each kind of falsehood how many pass, and for what is true how many are left unmarked."""
    parts = ("open", HELD_OUT)
    lines = ["| kind | " + " | ".join(f"passed, {part} | share" for part in parts) + " |", "| --- |" + " --- |" * 4]
    kinds = sorted({each.stated.kind for each in verdicts if not each.stated.true})
    rows: list[tuple[str, list[Verdict]]] = [
        *((kind, [each for each in verdicts if each.stated.kind == kind]) for kind in kinds),
        ("**all that is false**", [each for each in verdicts if not each.stated.true]),
        ("**all that is true**", [each for each in verdicts if each.stated.true]),
    ]
    for name, group in rows:
        cells = []
        for part in parts:
            own = [each.passed for each in group if each.stated.part == part]
            cells += [f"{sum(own)} of {len(own)}", f"{sum(own) / len(own):.3f}" if own else ""]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    right = [each.cited for each in verdicts if each.stated.true and each.passed]
    lines += ["", f"Of the true ones that pass, {sum(right)} of {len(right)} cite a sentence that they are about."]
    return lines


def main() -> None:
    """Judge all statements and print how many pass."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--statements", type=Path, default=STATEMENTS, help="JSONL; see evals/statements")
    parser.add_argument("--documents", type=Path, nargs="+", default=list(DOCUMENTS), help="what they are about")
    parser.add_argument("--show", action="store_true", help="list what is judged wrongly, the held-out part apart")
    parser.add_argument("--show-held-out", action="store_true", help="list what is judged wrongly of that part too")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        update_index(folder, options.documents)
        with Index.open(folder) as index:
            verdicts, seconds = judge(Assistant(index), read_statements(options.statements))
    print("\n".join(table(verdicts)))
    statements = read_statements(options.statements)
    print(f"{len(statements) - len(verdicts)} of {len(statements)} are left out: no passage found is about them.")
    print(f"{1000 * seconds / len(verdicts):.1f} ms of processor time for each statement")
    for each in verdicts:
        seen = options.show_held_out or (options.show and each.stated.part != HELD_OUT)
        if seen and each.passed != each.stated.true:
            print(f"{each.probability:.2f} {each.stated.kind}: {each.stated.statement}  <- {' || '.join(each.support)}")


if __name__ == "__main__":
    main()
