"""Ask our questions by kind and say how well each kind is answered: ``python -m pincite_evals.kinds``.

``--kept`` asks the third that is set apart and prints counts only; look at it when the work is done, not on the way.
``--answers FILE`` keeps the answers of the open questions, as ``pincite batch`` writes them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from pincite import PinciteError, Progress, QuestionError
from pincite_evals.gold import GoldQuestion, read_gold
from pincite_evals.kinds.asking import ask_all, everyday_assistant
from pincite_evals.kinds.files import KEPT, OPEN
from pincite_evals.kinds.judging import judge
from pincite_evals.kinds.placing import everyday_documents
from pincite_evals.kinds.tables import counts, failures
from pincite_evals.records import read_answers


def read_questions(folder: Path) -> list[GoldQuestion]:
    """Read all question files of a folder.

    Raises
    ------
    QuestionError
        A line cannot be used.
    """
    questions: list[GoldQuestion] = []
    for path in sorted(folder.glob("*.jsonl")):
        file = read_gold(path)
        if file.failures:
            raise QuestionError(f"{file.failures[0].source}: {file.failures[0].reason}")
        questions += file.questions
    return questions


def main() -> None:
    """Ask, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kept", action="store_true", help="ask the third set apart, and print counts only")
    parser.add_argument("--answers", type=Path, help="keep the answers in this file")
    arguments = parser.parse_args()
    if arguments.kept and arguments.answers:
        parser.error("expected --answers without --kept: the answers to the kept questions are not looked at")
    questions = read_questions(KEPT if arguments.kept else OPEN)
    with tempfile.TemporaryDirectory() as folder:
        answers = arguments.answers or Path(folder) / "answers.jsonl"
        with everyday_assistant() as assistant:
            ask_all(assistant, questions, answers, _tell)
        records = read_answers(answers).answers
    documents = list(everyday_documents().values())
    judged = [judge(each, records[each.id], documents) for each in questions]
    print(f"## {'Kept apart' if arguments.kept else 'Open'}: {len(judged)} questions\n")
    print(counts(judged))
    if not arguments.kept:
        print(f"\n### Not as they should be\n\n{failures(judged)}")


def _tell(progress: Progress) -> None:
    if progress.done % 50 == 0:
        print(f"{progress.done} of {progress.total}", file=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except PinciteError as error:
        sys.exit(f"error: {error}")
