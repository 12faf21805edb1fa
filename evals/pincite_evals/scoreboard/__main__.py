"""``python -m pincite_evals.scoreboard FOLDER_OF_SETS``: Pincite and its rivals side by side, in one run.

Quality of the search on each set, at the same number of passages and at the same number of tokens read; then what
indexing and asking cost, in interleaved repeats, medians; then how that grows with the corpus.  Each system runs in a
virtual environment of its own with the same encoder weights.  What a run gave is kept under ``--work``: run it again to
go on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from pincite import load_encoder
from pincite.encoding.bundled import bundled_model
from pincite_evals.gate import DOCUMENTS, QUESTIONS
from pincite_evals.measures.abstention import auroc
from pincite_evals.measures.catalog import TOKEN_BUDGET
from pincite_evals.scoreboard.chroma import chroma_tasks
from pincite_evals.scoreboard.environments import PINCITE, STAGES, SYSTEMS, System, installed_mb, versions
from pincite_evals.scoreboard.running import TOKEN_BUDGETS, Runner, Task, load_task, sampled
from pincite_evals.scoreboard.scaling import repeated
from pincite_evals.scoreboard.table import COSTS, Column, drawing, markdown, ratios
from pincite_evals.sets import DOC_SCOPED

RESULTS = Path(__file__).resolve().parents[2] / "results"
SHIPPED = {"nato": DOCUMENTS[0], "harbour": DOCUMENTS[1], "dehumidifier": DOCUMENTS[1]}
QUALITY = (
    Column("success@1", "success@1", 3, higher_is_better=True),
    Column("success@5", "success@5", 3, higher_is_better=True),
    *(Column(f"success@{n}t", f"success within {n} tokens", 3, higher_is_better=True) for n in TOKEN_BUDGETS),
    Column("AUROC", "AUROC of answerability", 3, higher_is_better=True),
)


def tasks(sets: Path | None, work: Path, only: Collection[str]) -> list[Task]:
    """Return the shipped sets, and those of a folder, or ``only`` some by name; what is not there is named."""
    found = []
    for name, documents in SHIPPED.items():
        docs = work / "documents" / name
        docs.mkdir(parents=True, exist_ok=True)
        task = load_task(name, docs, QUESTIONS / f"{name}.jsonl", scope_to_doc=True)
        for doc in {span.doc_id for question in task.questions for span in question.gold.spans}:
            (docs / doc).write_bytes((Path(documents) / doc).read_bytes())
        found.append(task)
    for folder in sorted(sets.iterdir()) if sets is not None and sets.is_dir() else []:
        if not (folder / "questions.jsonl").exists():
            continue
        task = load_task(
            folder.name, folder / "docs", folder / "questions.jsonl", scope_to_doc=folder.name in DOC_SCOPED
        )
        if any(question.gold.spans for question in task.questions):
            found.append(task)
    if sets is None or not sets.is_dir():
        print(f"left out: the public sets, which are not at {sets}")
    return [task for task in found if not only or task.name in only]


def quality(runner: Runner, found: list[Task], limit: int) -> dict[str, dict[str, dict[str, float]]]:
    """Return measures by set and system."""
    table: dict[str, dict[str, dict[str, float]]] = {}
    for task in found:
        table[task.name] = {}
        for system in (*SYSTEMS, *STAGES):
            if not system.indexes_as:
                runner.index(system, task, 0)
            report = runner.ask(system, task, 0, limit=limit)
            row = runner.quality(report, task, limit)
            asked = sampled(task.questions, limit)
            top = {each["id"]: each["found"][0][3] if each["found"] else -np.inf for each in report["answers"]}
            answerable = np.array([bool(question.gold.answerable) for question in asked])
            sure = np.array([top[question.id] for question in asked], dtype=float)
            area = auroc(answerable, sure)
            table[task.name][system.name] = row if np.isnan(area) else {**row, "AUROC": area}
    return table


def costs(runner: Runner, task: Task, repeats: int, limit: int) -> dict[str, dict[str, float]]:
    """Return medians of what each system took, its runs taking turns."""
    runs: dict[str, list[dict[str, float]]] = {system.name: [] for system in SYSTEMS}
    for repeat in range(1, repeats + 1):
        for system in SYSTEMS:
            row = {} if system.indexes_as else _index_costs(runner, system, task, repeat)
            asked = runner.ask(system, task, repeat, limit=limit)
            seconds = [each["seconds"] * 1000 for each in asked["answers"][1:]]
            row |= {
                "p50_ms": float(np.percentile(seconds, 50)),
                "p95_ms": float(np.percentile(seconds, 95)),
                "first_answer": asked["first_answer"],
                "ask_peak_mb": asked["peak_mb"],
            }
            runs[system.name].append(row)
    table = {name: {key: statistics.median(row[key] for row in rows) for key in rows[0]} for name, rows in runs.items()}
    for system in SYSTEMS:
        table[system.name]["installed_mb"] = installed_mb(system, runner.work)
    return table


def _index_costs(runner: Runner, system: System, task: Task, repeat: int) -> dict[str, float]:
    report = runner.index(system, task, repeat)
    return {
        "index_seconds": report["seconds"],
        "chunks": report["chunks"],
        "chunks_per_second": report["chunks"] / report["seconds"],
        "index_peak_mb": report["peak_mb"],
        "index_mb": report["index_mb"],
    }


def scaling(
    runner: Runner, task: Task, n_docs: int, scales: Sequence[int], budget: float, limit: int
) -> dict[str, dict[str, Any]]:
    """Return what indexing and asking cost at so many times the corpus, and how it grows.

    A system is not run where its last scale says that indexing would take longer than ``budget`` seconds.
    """
    table: dict[str, dict[str, Any]] = {}
    for system in (each for each in SYSTEMS if not each.indexes_as):
        last: dict[str, float] = {}
        before = scales[0]
        for scale in scales:
            name = f"{system.name}, {scale} x"
            times, before = scale / before, scale
            expected = last.get("index_seconds", 0.0) * times
            if expected > budget:
                table[name] = {"not_run": expected}
                last = {"index_seconds": expected}
                continue
            larger_name = f"{task.name}, {n_docs} documents {scale} x"
            docs = repeated(task.docs, scale, runner.work / "documents" / larger_name, limit=n_docs)
            larger = Task(larger_name, docs, _all_over(task, n_docs))
            row = _index_costs(runner, system, larger, 1)
            asked = runner.ask(system, larger, 1, limit=limit)
            seconds = [each["seconds"] * 1000 for each in asked["answers"][1:]]
            row |= {"p50_ms": float(np.percentile(seconds, 50)), "ask_peak_mb": asked["peak_mb"]}
            if last:
                row["growth"] = float(np.log(row["index_seconds"] / last["index_seconds"]) / np.log(times))
                row["query growth"] = float(np.log(row["p50_ms"] / last["p50_ms"]) / np.log(times))
            table[name] = last = row
    return table


def _all_over(task: Task, n_docs: int) -> tuple[Any, ...]:
    """Return the questions about the documents that are kept, confined to none."""
    kept = {path.name for path in sorted(task.docs.iterdir())[:n_docs]}
    unconfined = load_task(task.name, task.docs, task.docs.parent / "questions.jsonl", scope_to_doc=False)
    return tuple(q for q in unconfined.questions if set(q.gold.docs) & kept)


def machine() -> dict[str, Any]:
    """Return what the figures were taken on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.split(":", 1)[1].strip() for line in lines if "model name" in line), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {"cpu": cpu, "cores": os.cpu_count(), "memory_gib": round(memory), "python": platform.python_version()}


def report(content: Mapping[str, Any]) -> str:
    """Return the whole scoreboard in Markdown."""
    used, seen = content["machine"], content["versions"]
    where = f"{used['cpu']}, {used['cores']} cores, {used['memory_gib']} GiB, Python {used['python']}"
    lines = [
        "# Scoreboard",
        "",
        f"`python -m pincite_evals.scoreboard FOLDER_OF_SETS`, {content['created']}; {where}.",
        "All with the weights of all-MiniLM-L6-v2.",
        "; ".join(f"{name} {version}" for each in seen.values() for name, version in each.items()) + ".",
        "",
        "Bold is the best of a column. A passage counts that covers a gold span entirely: long gold spans favour long",
        "passages, and a passage longer than a budget is not read within it. No rival says how sure it is, so the",
        "AUROC is of the best passage's score; with the checked answer, it is of Pincite's confidence.",
    ]
    for name, rows in content["quality"].items():
        n = next(iter(rows.values()))["questions"]
        lines += ["", f"## {name}: {n} questions with gold spans", "", markdown(rows, QUALITY)]
    lines += ["", f"## Costs, on {content['timed_on']}", "", "Medians of interleaved repeats.", ""]
    lines += [markdown(content["costs"], COSTS), "", "As ratios to Pincite:", ""]
    times = tuple(Column(column.key, column.title.split(",")[0], 2, column.higher_is_better) for column in COSTS)
    lines += [markdown(ratios(content["costs"], PINCITE.name), times)]
    if content["scaling"]:
        columns = (
            Column("chunks", "chunks", higher_is_better=True),
            *(column for column in COSTS if column.key in {"index_seconds", "p50_ms", "ask_peak_mb", "index_mb"}),
            Column("growth", "growth of indexing", 2),
            Column("query growth", "growth of a query", 2),
        )
        run = {name: row for name, row in content["scaling"].items() if "not_run" not in row}
        lines += ["", "## Scaling", "", "Growth is the exponent: 1 is linear, 0 is none.", ""]
        lines += [markdown(run, columns).replace("**", "")]
        lines += [
            f"- {name}: not run, indexing would take about {row['not_run'] / 60:.0f} minutes"
            for name, row in content["scaling"].items()
            if "not_run" in row
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run what is asked for and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path, nargs="?", help="folder of public question sets")
    parser.add_argument("--chroma", type=Path, help="general_evaluation_data of Chroma's chunking evaluation")
    parser.add_argument("--work", type=Path, default=Path("scoreboard-work"), help="environments, indexes and runs")
    parser.add_argument("--only", nargs="*", default=(), help="names of the sets to run; all when not given")
    parser.add_argument("--limit", type=int, default=200, help="questions of a set")
    parser.add_argument("--repeats", type=int, default=3, help="repeats of each timing")
    parser.add_argument("--timed-on", default="squad_v2_dev", help="set on which costs are taken")
    parser.add_argument("--scale-docs", type=int, default=0, help="documents of that set to scale up; 0: no scaling")
    parser.add_argument("--scales", type=int, nargs="+", default=(1, 10, 100), help="how many times, ascending")
    parser.add_argument("--budget", type=float, default=600, help="seconds that one indexing may take when scaling")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the results")
    arguments = parser.parse_args()
    encoder = load_encoder()
    runner = Runner(arguments.work.resolve(), bundled_model(), encoder)
    runner.work.mkdir(parents=True, exist_ok=True)
    found = tasks(arguments.sets, runner.work, arguments.only)
    if arguments.chroma is not None:
        found += chroma_tasks(arguments.chroma, runner.work)
    timed = next((task for task in found if task.name == arguments.timed_on), found[0])
    table = quality(runner, found, arguments.limit)
    content = {
        "created": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": machine(),
        "versions": {each.name: versions(each, runner.work) for each in SYSTEMS if not each.indexes_as},
        "quality": table,
        "timed_on": timed.name,
        "costs": costs(runner, timed, arguments.repeats, arguments.limit),
        "scaling": scaling(runner, timed, arguments.scale_docs, arguments.scales, arguments.budget, 50)
        if arguments.scale_docs
        else {},
    }
    measure = f"success@{TOKEN_BUDGET}t"
    drawn = {
        system.name: {name: rows[system.name][measure] for name, rows in table.items()}
        for system in SYSTEMS
        if not system.indexes_as
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "scoreboard.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (arguments.out / "scoreboard.md").write_text(report(content), encoding="utf-8")
    picture = drawing(drawn, f"success within {TOKEN_BUDGET} tokens")
    (arguments.out / "scoreboard.svg").write_text(picture, encoding="utf-8")
    print(report(content))


if __name__ == "__main__":
    main()
