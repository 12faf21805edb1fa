"""Whether the constants of the search hold: ``python -m pincite_evals.search_ablation FOLDER_OF_SETS``.

Each constant is moved alone, over a grid, and every value is compared with the committed one on the same questions.
A constant holds unless another value is better beyond its paired 95 % interval; where one does not, that value is
named and the exit status is 1.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pincite import Encoder, Settings, load_encoder, update_index
from pincite_evals.sets import QuestionSet, SetQuestion, load_set
from pincite_evals.staged_search import COMMITTED, SETS, asked, indexed, moved, row, sampled, setting, tried

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Outcomes = Sequence[NDArray[np.float64]]
    """Success of each question, shape (n_questions, 3), for each set."""

RESULT = Path(__file__).parents[1] / "results" / "search_ablation.md"
SAMPLES = 2000
GRID: Mapping[str, Sequence[float]] = {
    "chunk_chars": (400, 700, 1000, 1400),
    "chunk_tokens": (90, 130, 180),
    "dense_weight": (0.0, 0.3, 0.5, 0.7, 0.85, 1.0),
    "candidates": (10, 20, 30, 50, 100),
    "k1": (0.6, 0.9, 1.2, 1.6, 2.0),
    "b": (0.0, 0.25, 0.5, 0.75, 1.0),
}


@dataclass(frozen=True, slots=True)
class Task:
    """A set with the questions that are asked of it."""

    questions: Sequence[SetQuestion]
    of: QuestionSet


@dataclass(frozen=True, slots=True)
class Difference:
    """How much better a value is than the committed one: mean, and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return it for a table."""
        return f"{self.mean:+.3f} [{self.low:+.3f}, {self.high:+.3f}]"


def variants() -> Iterator[tuple[str, float, Settings]]:
    """Yield every value of every constant, with the settings in which it alone is moved."""
    for name, values in GRID.items():
        for value in values:
            yield name, value, moved(COMMITTED, name, value)


def measure(tasks: Sequence[Task], encoder: Encoder) -> dict[Settings, Outcomes]:
    """Return the outcomes of all variants; texts are encoded once for each size of chunk, words weighed as needed."""
    wanted = list(dict.fromkeys([COMMITTED, *(settings for _, _, settings in variants())]))
    outcomes: dict[Settings, list[NDArray[np.float64]]] = {settings: [] for settings in wanted}
    for task in tasks:
        with indexed(task.of, encoder) as folder:
            for settings in sorted(wanted, key=lambda each: astuple(each.index)):
                update_index(folder, encoder=encoder, settings=settings)
                cases = asked(folder, task.questions, encoder, settings)
                outcomes[settings].append(tried(cases, settings.search))
        print(f"{task.of.name}: done", flush=True)
    return dict(outcomes)


def compare(outcomes: Outcomes, committed: Outcomes, *, seed: int = 0) -> Difference:
    """Return the mean paired difference of all three measures, every set weighing the same."""
    rng = np.random.default_rng(seed)
    changes = [(new - old).mean(axis=1) for new, old in zip(outcomes, committed, strict=True)]
    samples = np.mean([rng.choice(each, (SAMPLES, len(each))).mean(axis=1) for each in changes], axis=0)
    low, high = np.quantile(samples, (0.025, 0.975))
    return Difference(float(np.mean([each.mean() for each in changes])), float(low), float(high))


def report(outcomes: Mapping[Settings, Outcomes], names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the tables, and a line for each constant that does not hold."""
    lines: list[str] = []
    refuted: list[str] = []
    committed = outcomes[COMMITTED]
    for constant in GRID:
        lines += ["", f"## {constant}", "", f"| | {' | '.join(names)} | difference, 95 % |"]
        lines.append("| --- |" + " --- |" * (len(names) + 1))
        better: dict[float, Difference] = {}
        for name, value, settings in variants():
            if name != constant:
                continue
            if settings == COMMITTED:
                lines.append(f"{row(f'**{value:g}**, committed', committed)} |")
                continue
            difference = compare(outcomes[settings], committed)
            lines.append(f"{row(f'{value:g}', outcomes[settings])} {difference} |")
            if difference.low > 0:
                better[value] = difference
        held = setting(COMMITTED, constant)
        if better:
            best = max(better, key=lambda value: better[value].mean)
            refuted.append(f"{constant}: {best:g} is better than {held:g}, by {better[best]}")
        lines += [
            "",
            refuted[-1] if better else f"{constant} = {held:g} holds: no value is better beyond its interval.",
        ]
    return lines, refuted


def main() -> None:
    """Measure, write the tables, and say which constants hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of question sets")
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--limit", type=int, default=300, help="questions of each set")
    parser.add_argument("--out", type=Path, default=RESULT)
    arguments = parser.parse_args()
    sets = [load_set(arguments.data / name) for name in arguments.sets]
    tasks = [
        Task(sampled([q for q in each.questions if q.answerable and q.spans], arguments.limit), each) for each in sets
    ]
    lines, refuted = report(measure(tasks, load_encoder()), [each.name for each in sets])
    head = [
        "# The constants of the search, moved one at a time",
        "",
        f"`python -m pincite_evals.search_ablation FOLDER_OF_SETS --limit {arguments.limit}`.",
        "Cells: success@1, success@5, success within 600 tokens read, of passages of at most 700 characters. The last",
        "column is the mean of the three, every set weighing the same, less that of the committed value.",
    ]
    arguments.out.write_text("\n".join([*head, *lines, ""]), encoding="utf-8")
    print(arguments.out.read_text(encoding="utf-8"))
    if refuted:
        raise SystemExit("\n".join(refuted))


if __name__ == "__main__":
    main()
