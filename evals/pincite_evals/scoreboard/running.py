"""Run the systems in turn, keep what each run gave, and score what they found alike."""

from __future__ import annotations

import hashlib
import json
import math
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pincite import Encoder, PinciteError, Span
from pincite.atomic import write_atomically
from pincite_evals.gold import Gold, GoldQuestion, read_gold
from pincite_evals.measures.catalog import TOKEN_BUDGET
from pincite_evals.measures.ranking import chunk_ranking, covers, rank_scores
from pincite_evals.records import Quoted
from pincite_evals.scoreboard.environments import SYSTEMS_FOLDER, System, python_of, size_mb

DEPTH = 10
"""Passages that each system is asked for: twice the five that the stock pipelines return by default."""


TOKEN_BUDGETS = (TOKEN_BUDGET, 1500)
"""What a reader, or a language model, reads at most; the second has room for one of LlamaIndex' passages."""


@dataclass(frozen=True, slots=True)
class Task:
    """Questions about the documents of a folder."""

    name: str
    docs: Path
    questions: tuple[GoldQuestion, ...]


class Runner:
    """Runs systems on tasks; what a run gave is kept in ``work``, so that a run that is stopped goes on.

    Parameters
    ----------
    encoder
        Counts the tokens that are read, the same for all.
    """

    def __init__(self, work: Path, model: Path, encoder: Encoder) -> None:
        self.work = work
        self.model = model
        self.encoder = encoder

    def index(self, system: System, task: Task, repeat: int) -> dict[str, Any]:
        """Index a task's documents; return seconds, chunks, peak memory and the size of the index."""
        folder = self._index_folder(system, task)

        def fresh() -> dict[str, Any]:
            shutil.rmtree(folder, ignore_errors=True)
            report = self._call(system, "index", str(task.docs), str(folder), str(self.model))
            return {**report, "index_mb": size_mb(folder)}

        return self._kept(f"index {system.name} {task.name} {repeat}", fresh)

    def ask(self, system: System, task: Task, repeat: int, *, limit: int | None = None) -> dict[str, Any]:
        """Ask a task's questions, or an evenly spaced sample; return answers, seconds and peak memory."""
        folder = self._index_folder(system, task)

        def fresh() -> dict[str, Any]:
            path = self.work / "questions.jsonl"
            path.write_text("\n".join(json.dumps(_row(q)) for q in sampled(task.questions, limit)), encoding="utf-8")
            return self._call(system, "ask", str(folder), str(self.model), str(path), str(DEPTH))

        return self._kept(f"ask {system.name} {task.name} {repeat} {limit}", fresh)

    def quality(self, report: dict[str, Any], task: Task, limit: int | None) -> dict[str, float]:
        """Score what a system found: success@1, success@5 and success within each of `TOKEN_BUDGETS`."""
        texts = {path.name: path.read_bytes().decode() for path in task.docs.iterdir()}
        gold = {question.id: question.gold for question in sampled(task.questions, limit)}
        answers = {each["id"]: each["found"] for each in report["answers"]}
        hits = {key: [_quoted(each, texts) for each in found] for key, found in answers.items()}
        asked = {key: each for key, each in gold.items() if each.spans}
        ranked = rank_scores({key: chunk_ranking(hits[key], each.spans) for key, each in asked.items()})
        read = [self._read_until_found(hits[key], each) for key, each in asked.items()]
        means = {name: float(np.mean([each[name] for each in ranked.values()])) for name in ("success@1", "success@5")}
        within = {f"success@{tokens}t": float(np.mean([each <= tokens for each in read])) for tokens in TOKEN_BUDGETS}
        return {**means, **within, "questions": len(asked)}

    def _read_until_found(self, hits: Sequence[Quoted], gold: Gold) -> float:
        """Return the tokens that are read to the end of the passage that covers gold, infinite where none does."""
        read = 0
        for hit in hits:
            read += len(self.encoder.token_spans(hit.text))
            if any(covers(hit, span) for span in gold.spans):
                return read
        return math.inf

    def _index_folder(self, system: System, task: Task) -> Path:
        return self.work / "indexes" / _safe(f"{system.indexes_as or system.name} {task.name}")

    def _call(self, system: System, *arguments: str) -> dict[str, Any]:
        command = [str(python_of(system, self.work)), str(SYSTEMS_FOLDER / system.script), *arguments]
        environment = {**os.environ, **system.variables, "CUDA_VISIBLE_DEVICES": ""}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise PinciteError(f"{system.name} failed to {arguments[0]}: {reason}")
        report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return report

    def _kept(self, name: str, fresh: Any) -> dict[str, Any]:
        path = self.work / "runs" / f"{_safe(name)}.json"
        if not path.exists():
            started = time.perf_counter()
            content = fresh()
            write_atomically(path, json.dumps(content).encode(), draft=path.with_suffix(".draft"))
            print(f"{name}: {time.perf_counter() - started:.1f} s", flush=True)
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return kept


def sampled(questions: Sequence[GoldQuestion], limit: int | None) -> list[GoldQuestion]:
    """Return questions evenly spaced over a set."""
    if limit is None or limit >= len(questions):
        return list(questions)
    return [questions[i] for i in np.linspace(0, len(questions) - 1, limit).astype(int)]


def load_task(name: str, docs: Path, questions: Path, *, scope_to_doc: bool) -> Task:
    """Read a set; questions that go on with a conversation are left out, since a bare search knows none."""
    file = read_gold(questions, scope_to_doc=scope_to_doc)
    return Task(name, docs, tuple(each for each in file.questions if not each.question.history))


def _row(question: GoldQuestion) -> dict[str, Any]:
    scope = question.question.scope_docs
    return {"id": question.id, "question": question.question.text, "docs": None if scope is None else list(scope)}


def _quoted(found: Sequence[Any], texts: dict[str, str]) -> Quoted:
    doc, start, end, _ = found
    return Quoted(doc, Span(max(0, int(start)), max(int(start), int(end))), texts[doc][int(start) : int(end)], ())


def _safe(name: str) -> str:
    """Return a file name that is short and unlike any other's."""
    plain = "".join(c if c.isalnum() else "-" for c in name.lower())
    return f"{plain[:60]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
