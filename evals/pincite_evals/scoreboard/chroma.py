"""The corpora of Chroma's chunking evaluation (github brandonstarxel/chunking_evaluation), where the user has them."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from pincite import QuestionError
from pincite_evals.scoreboard.running import Task, load_task


def chroma_tasks(folder: Path, work: Path) -> Iterator[Task]:
    """Yield a task for each corpus of ``folder/questions_df.csv``, its text being ``folder/corpora/NAME.md``.

    Parameters
    ----------
    folder
        That repository's ``general_evaluation_data``.

    Raises
    ------
    QuestionError
        The folder holds something else.
    """
    try:
        with (folder / "questions_df.csv").open(encoding="utf-8", newline="") as source:
            rows = list(csv.DictReader(source))
        corpora = {path.stem: path.read_bytes() for path in (folder / "corpora").glob("*.md")}
        lines: dict[str, list[str]] = {}
        for number, row in enumerate(rows, start=1):
            name = row["corpus_id"]
            spans = [[each["start_index"], each["end_index"]] for each in json.loads(row["references"])]
            line = {"id": f"{name}-{number}", "question": row["question"], "doc": f"{name}.md", "spans": spans}
            lines.setdefault(name, []).append(json.dumps(line))
        texts = {name: corpora[name] for name in lines}
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise QuestionError(f"{folder}: expected corpora/*.md and questions_df.csv of Chroma's evaluation") from error
    for name, text in texts.items():
        place = work / "chroma" / name
        (place / "docs").mkdir(parents=True, exist_ok=True)
        (place / "docs" / f"{name}.md").write_bytes(text)
        (place / "questions.jsonl").write_text("\n".join(lines[name]), encoding="utf-8")
        yield load_task(f"chroma {name}", place / "docs", place / "questions.jsonl", scope_to_doc=False)
