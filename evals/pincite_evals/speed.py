"""Speed and memory beside LangChain's stock pipeline, in one run: ``python -m pincite_evals.speed DOCS QUESTIONS``.

The rival is what LangChain's documentation shows: ``RecursiveCharacterTextSplitter`` 1000/200,
``HuggingFaceEmbeddings`` and ``FAISS`` in memory, top 5; the same weights, the same texts, the same questions.  Each
side runs in processes of its own, in turns, so that both see the same machine; the figures are medians and the ratios
are taken pair by pair.

Needs ``pip install langchain-huggingface langchain-community`` beside ``pincite``.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Figures = dict[str, float]

LABELS = {
    "index_s": "indexing, s (model loaded)",
    "chunks_per_s": "chunks indexed a second",
    "ask_ms": "a question, ms (median)",
    "ask_p95_ms": "a question, ms (95th percentile)",
    "process_index_s": "process from start to indexed, s",
    "process_ask_s": "process from start to the first answer, s",
    "index_mb": "peak memory while indexing, MB",
    "ask_mb": "peak memory while asking, MB",
}


def main() -> None:
    """Run both sides in turns and print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("docs", type=Path, help="folder of text files")
    parser.add_argument("questions", type=Path, help='JSON Lines with a field "question"')
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--limit", type=int, default=200, help="questions asked in each repeat")
    parser.add_argument("--side", choices=sorted(SIDES), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.side:
        questions = [json.loads(line)["question"] for line in arguments.questions.read_text("utf-8").splitlines()]
        print(json.dumps(SIDES[arguments.side](arguments.docs, questions[: arguments.limit], arguments.folder)))
        return
    runs: dict[str, list[Figures]] = {"pincite": [], "langchain": []}
    with tempfile.TemporaryDirectory() as folder:
        _pair(arguments, Path(folder) / "warm-up")
        for number in range(arguments.repeats):
            for side, figures in _pair(arguments, Path(folder) / str(number)).items():
                runs[side].append(figures)
    print(table(runs))


def table(runs: dict[str, list[Figures]]) -> str:
    """Return medians of both sides, and the median of the ratios rival / Pincite taken pair by pair."""
    lines = ["| | Pincite | LangChain stock | LangChain / Pincite |", "| --- | ---: | ---: | ---: |"]
    for key, label in LABELS.items():
        ours = [figures[key] for figures in runs["pincite"]]
        theirs = [figures[key] for figures in runs["langchain"]]
        ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
        lines.append(f"| {label} | {statistics.median(ours):.4g} | {statistics.median(theirs):.4g} | {ratio:.2f} |")
    return "\n".join(lines)


def _pair(arguments: argparse.Namespace, folder: Path) -> dict[str, Figures]:
    """Index and ask once on each side, in turns."""
    merged: dict[str, Figures] = {"pincite": {}, "langchain": {}}
    for task in ("index", "ask"):
        for side, figures in merged.items():
            command = [sys.executable, "-m", "pincite_evals.speed", str(arguments.docs), str(arguments.questions)]
            options = ["--side", f"{side}-{task}", "--folder", str(folder / side), "--limit", str(arguments.limit)]
            started = time.perf_counter()
            shown = subprocess.run([*command, *options], check=True, capture_output=True, text=True)
            elapsed = time.perf_counter() - started
            figures.update(json.loads(shown.stdout.splitlines()[-1]))
            figures.setdefault(f"process_{task}_s", elapsed)
    return merged


def _pincite_index(docs: Path, questions: list[str], folder: Path) -> Figures:  # noqa: ARG001
    from pincite import load_encoder, update_index

    encoder = load_encoder()
    encoder.encode_documents(["warm up"])
    started = time.perf_counter()
    report = update_index(folder, [docs], encoder=encoder)
    seconds = time.perf_counter() - started
    return {"index_s": seconds, "chunks_per_s": report.n_chunks / seconds, "index_mb": _peak_mb()}


def _pincite_ask(docs: Path, questions: list[str], folder: Path) -> Figures:  # noqa: ARG001
    from pincite import Assistant, Index

    assistant = Assistant(Index.open(folder))
    return _asked(assistant.ask, questions)


def _langchain_index(docs: Path, questions: list[str], folder: Path) -> Figures:  # noqa: ARG001
    from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    embeddings = _langchain_embeddings()
    embeddings.embed_documents(["warm up"])
    started = time.perf_counter()
    documents = [
        Document(path.read_text("utf-8"), metadata={"source": path.name})
        for path in sorted(docs.iterdir())
        if path.is_file()
    ]
    chunks = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_documents(documents)
    FAISS.from_documents(chunks, embeddings).save_local(str(folder))
    seconds = time.perf_counter() - started
    return {"index_s": seconds, "chunks_per_s": len(chunks) / seconds, "index_mb": _peak_mb()}


def _langchain_ask(docs: Path, questions: list[str], folder: Path) -> Figures:  # noqa: ARG001
    from langchain_community.vectorstores import FAISS

    store = FAISS.load_local(str(folder), _langchain_embeddings(), allow_dangerous_deserialization=True)
    return _asked(lambda question: store.similarity_search_with_score(question, k=5), questions)


def _langchain_embeddings() -> Any:
    from langchain_huggingface import HuggingFaceEmbeddings

    from pincite.encoding.bundled import bundled_model

    return HuggingFaceEmbeddings(model_name=str(bundled_model()), encode_kwargs={"normalize_embeddings": True})


def _asked(ask: Callable[[str], object], questions: list[str]) -> Figures:
    """Ask the first question, then all; return the seconds from process start and the times of the rest."""
    ask(questions[0])
    since_start = _process_age()
    seconds = []
    for question in questions:
        started = time.perf_counter()
        ask(question)
        seconds.append(time.perf_counter() - started)
    milliseconds = [1000 * value for value in sorted(seconds)]
    return {
        "process_ask_s": since_start,
        "ask_ms": statistics.median(milliseconds),
        "ask_p95_ms": milliseconds[int(0.95 * (len(milliseconds) - 1))],
        "ask_mb": _peak_mb(),
    }


def _process_age() -> float:
    """Return the seconds since this process was started (Linux)."""
    ticks = int(Path("/proc/self/stat").read_text("ascii").rpartition(")")[2].split()[19])
    uptime = float(Path("/proc/uptime").read_text("ascii").split()[0])
    return uptime - ticks / os.sysconf("SC_CLK_TCK")


def _peak_mb() -> float:
    """Return the peak resident memory of this process, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


SIDES = {
    "pincite-index": _pincite_index,
    "pincite-ask": _pincite_ask,
    "langchain-index": _langchain_index,
    "langchain-ask": _langchain_ask,
}

if __name__ == "__main__":
    main()
