"""What every system under test does, run as a script in an environment of its own.

``index DOCS FOLDER MODEL`` indexes every file of a folder; ``ask FOLDER MODEL QUESTIONS K`` answers JSON Lines of
questions.  Either prints one JSON object.  Standard library only, since it runs beside each rival's own packages.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

os.environ.update(
    HF_HUB_OFFLINE="1",
    TRANSFORMERS_OFFLINE="1",
    HAYSTACK_TELEMETRY_ENABLED="False",
    ANONYMIZED_TELEMETRY="False",
    DO_NOT_TRACK="1",
    TOKENIZERS_PARALLELISM="false",
)


@dataclass
class Found:
    """A passage: half-open code points of a document, and the system's own score, higher being better."""

    doc: str
    start: int
    end: int
    score: float


class System(ABC):
    """A retrieval pipeline, as its own documentation builds it."""

    def __init__(self, folder: Path, model: str) -> None:
        self.folder = folder
        self.model = model

    @abstractmethod
    def index(self, docs: dict[str, str]) -> int:
        """Index documents by name, write the index into the folder, and return the number of chunks."""

    @abstractmethod
    def open(self) -> None:
        """Make ready to search what :meth:`index` wrote."""

    @abstractmethod
    def search(self, question: str, k: int, docs: list[str] | None) -> list[Found]:
        """Return the best passages, within some documents or all."""


def run(system: type[System]) -> None:
    """Do what the command line says and print what it cost."""
    mode, *arguments = sys.argv[1:]
    if mode == "index":
        docs, folder, model = arguments
        texts = {path.name: path.read_bytes().decode("utf-8") for path in sorted(Path(docs).iterdir())}
        Path(folder).mkdir(parents=True, exist_ok=True)
        started = time.perf_counter()
        n_chunks = system(Path(folder), model).index(texts)
        report = {"seconds": time.perf_counter() - started, "chunks": n_chunks}
    else:
        folder, model, questions, k = arguments
        rows = [json.loads(line) for line in Path(questions).read_text(encoding="utf-8").splitlines()]
        asked = system(Path(folder), model)
        asked.open()
        answers = []
        first = None
        for row in rows:
            started = time.perf_counter()
            found = asked.search(row["question"], int(k), row["docs"])
            seconds = time.perf_counter() - started
            first = _process_age() if first is None else first
            answers.append(
                {"id": row["id"], "seconds": seconds, "found": [[f.doc, f.start, f.end, float(f.score)] for f in found]}
            )
        report = {"answers": answers, "first_answer": first}
    report["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    report["process"] = _process_age()
    sys.stdout.write(json.dumps(report) + "\n")


def _process_age() -> float:
    """Return the seconds since this process began, the interpreter's own start included (Linux)."""
    began = int(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
    return float(Path("/proc/uptime").read_text().split()[0]) - began
