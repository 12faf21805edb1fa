"""``python -m pincite_evals.threshold_curve``: what each threshold does to the question sets that ship.

Answers every question however unsure, then counts for each threshold how many would have been answered, and how many of
those answers are right; an answer to a question that the document does not answer is wrong.  The page draws its slider
over this curve.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pincite import Assistant
from pincite_evals.gate import QUESTIONS, run_set, shipped_assistant

OUT = Path(__file__).resolve().parents[2] / "ui" / "pincite_ui" / "measured" / "threshold_curve.json"
STEP = 0.02


def points(judged: Sequence[tuple[float, bool]]) -> list[dict[str, float]]:
    """Return the curve for answers given as confidence and whether right.

    ``right`` is 1 where nothing is answered any more.

    Examples
    --------
    >>> points([(0.9, True), (0.1, False)])[25]
    {'threshold': 0.5, 'answered': 0.5, 'right': 1.0}
    """
    found = []
    for step in range(round(1 / STEP) + 1):
        threshold = round(step * STEP, 4)
        given = [right for sure, right in judged if sure >= threshold]
        share = sum(given) / len(given) if given else 1.0
        found.append({"threshold": threshold, "answered": round(len(given) / len(judged), 4), "right": round(share, 4)})
    return found


def judged_answers(assistant: Assistant) -> list[tuple[float, bool]]:
    """Return confidence and rightness of the answer to each shipped question whose answer can be judged."""
    bold = Assistant(assistant.index, threshold=0.0)
    return [
        (float(row.answer["confidence"]), row.outcome == "right")
        for questions in sorted(QUESTIONS.glob("*.jsonl"))
        for row in run_set(bold, questions).rows
        if row.answer is not None and row.outcome != "not scored"
    ]


def main() -> None:
    """Measure, and write the file that the page reads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    with shipped_assistant() as assistant:
        judged = judged_answers(assistant)
        default = assistant.threshold
    sets = ", ".join(sorted(path.stem for path in QUESTIONS.glob("*.jsonl")))
    content: dict[str, Any] = {
        "default": default,
        "questions": len(judged),
        "measured_on": f"Measured on the question sets that ship with Pincite ({sets}). About a third to a half of "
        "their questions have no answer in the documents. On your documents it will differ: see Batch.",
        "points": points(judged),
    }
    arguments.out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"{len(judged)} answers: {arguments.out}")
    for point in content["points"][::5]:
        print(f"{point['threshold']:.2f}  answered {point['answered']:.3f}  right {point['right']:.3f}")


if __name__ == "__main__":
    main()
