"""The gate of our own CI: ``python -m pincite_evals.gate``.

Asks the question sets that ship, and fails when a measure is significantly worse than in the committed baseline.
``--renew`` writes new baselines, for a change that is meant to alter answers.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pincite import Assistant, Index, PinciteError, update_index
from pincite_evals.comparing import GATED, Comparison, compare
from pincite_evals.evaluation import Evaluation, read_evaluation, slim, write_evaluation
from pincite_evals.report import comparison_markdown
from pincite_evals.running import evaluate

_EVALS = Path(__file__).resolve().parents[1]
QUESTIONS = _EVALS / "questions"
BASELINES = _EVALS / "baselines"
DOCUMENTS = (str(_EVALS.parent / "corpus"), str(_EVALS / "documents"))

# The comparison resamples by itself; intervals of a single run are not looked at.
_N_RESAMPLES = 20


@contextmanager
def shipped_assistant() -> Iterator[Assistant]:
    """Yield an assistant over the documents that ship, in an index that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        update_index(folder, DOCUMENTS)
        with Index.open(folder) as index:
            yield Assistant(index)


def run_set(assistant: Assistant, questions: Path) -> Evaluation:
    """Ask a set and score its answers."""
    with tempfile.TemporaryDirectory() as folder:
        return evaluate(assistant, questions, Path(folder), n_resamples=_N_RESAMPLES)


def check(assistant: Assistant, questions: Path) -> Comparison:
    """Compare a set's answers with those of its baseline."""
    return compare(read_evaluation(baseline(questions)), run_set(assistant, questions))


def baseline(questions: Path) -> Path:
    """Return where a set's baseline lies."""
    return BASELINES / f"{questions.stem}.json"


def main() -> None:
    """Check every set, or renew the baselines."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--renew", action="store_true", help="write new baselines instead of comparing with them")
    arguments = parser.parse_args()
    worse: list[str] = []
    with shipped_assistant() as assistant:
        for questions in sorted(QUESTIONS.glob("*.jsonl")):
            if arguments.renew:
                write_evaluation(slim(run_set(assistant, questions), GATED), baseline(questions))
                continue
            comparison = check(assistant, questions)
            print(f"{questions.stem}\n\n{comparison_markdown(comparison)}")
            worse += [f"{questions.stem}: {change.measure.name}" for change in comparison.regressions]
    if worse:
        sys.exit(f"significantly worse than the baseline: {', '.join(worse)}")


if __name__ == "__main__":
    try:
        main()
    except PinciteError as error:
        sys.exit(f"error: {error}")
