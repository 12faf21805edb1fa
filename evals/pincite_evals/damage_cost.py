"""What it costs to compare every block of an index with its digest: ``python -m pincite_evals.damage_cost INDEX SETS``.

Each round starts a fresh process with the checks, one without them and, if it is named, one of another version of
Pincite, in turn; in each the index is opened and the same questions are asked twice.  Figures are medians over rounds,
of the processor's time, since that is what other programs on the machine disturb least.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

MEASURED = ("opening, cold", "opening", "first answer", "answer", "answer again")
CHECKS = ("_check_block", "read")
"""Of a mapped file: what compares a block, and what reads and compares a text.  They are also the first to touch what
they compare, so that the time to bring it into the process, which is spent in any case, counts as theirs."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the rounds and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("sets", type=Path, help="a folder of question sets, each with questions.jsonl")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--other", type=Path, help="the folder `rag` of a version with format version 1")
    options = parser.parse_args(arguments)
    questions = _questions(options.sets, options.questions)
    ways = {"unchecked": (options.index, None), "checked": (options.index, None)}
    with tempfile.TemporaryDirectory() as folder:
        if options.other is not None:
            ways["other"] = (_as_version_1(options.index, Path(folder) / "index"), options.other)
        seen: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        for _ in range(options.rounds):
            for way, (index, source) in ways.items():
                seen[way].append(_in_a_process(index, questions, source, checked=way != "unchecked"))
    print(f"| milliseconds | {' | '.join(ways)} | checked to unchecked |")
    print(f"| --- | {' | '.join('---' for _ in ways)} | --- |")
    for name in MEASURED:
        middle = {way: statistics.median(each[name] for each in seen[way]) for way in ways}
        ratio = statistics.median(a[name] / b[name] for a, b in zip(seen["checked"], seen["unchecked"], strict=True))
        print(f"| {name} | {' | '.join(f'{1000 * middle[way]:.2f}' for way in ways)} | {ratio:.3f} |")
    for name in ("answer", "answer again"):
        share = statistics.median(each[f"checks, {name}"] for each in seen["checked"])
        print(f"the checks: {100 * share:.2f} % of an {name}")
    sizes = {path.name: path.stat().st_size for path in _generation(options.index).iterdir()}
    print(f"\n{sum(sizes.values()) / 1e6:.1f} MB on disk, of which digests {sizes['blocks.bin'] / 1e3:.1f} kB")


def measure(index_folder: Path, questions: Sequence[str]) -> dict[str, float]:
    """Open the index with its files out of the system's cache and in it, and ask every question twice; in seconds."""
    from pincite import Assistant, Index, load_encoder

    encoder = load_encoder()
    encoder.encode_queries(["Is it ready?"], with_tokens=True)
    for path in _generation(index_folder).iterdir():
        handle = os.open(path, os.O_RDONLY)
        os.fsync(handle)
        os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(handle)
    found = {}
    for name in ("opening, cold", "opening"):
        started = time.process_time()
        index = Index.open(index_folder, encoder=encoder)
        found[name] = time.process_time() - started
        if name == "opening, cold":
            index.close()
    # The cross-encoder is loaded by another index, so that the first answer here is that of a server that is warm.
    assistant = Assistant(index)
    from pincite.encoding.cross_encoder import load_cross_encoder

    load_cross_encoder().read("Is it ready?", ["It is ready."])
    spent = _count_checks()
    for name in ("answer", "answer again"):
        shares, seconds = [], []
        for question in questions:
            before = spent[0]
            seconds.append(_timed(assistant, question))
            shares.append((spent[0] - before) / seconds[-1])
        found.setdefault("first answer", seconds[0])
        found[name], found[f"checks, {name}"] = statistics.median(seconds), statistics.median(shares)
    return found


def _count_checks() -> list[float]:
    """Have the time that is spent on checks added up in what is returned, in seconds."""
    spent = [0.0]
    try:
        from pincite.storing.blocks import MappedFile
    except ImportError:  # another version
        return spent

    def counted(inner: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any) -> Any:
            started = time.thread_time()
            try:
                return inner(*arguments)
            finally:
                spent[0] += time.thread_time() - started

        return wrapped

    for name in CHECKS:
        setattr(MappedFile, name, counted(getattr(MappedFile, name)))
    return spent


def _timed(assistant: object, question: str) -> float:
    started = time.process_time()
    assistant.ask(question)  # type: ignore[attr-defined]
    return time.process_time() - started


def _child() -> None:
    """Measure in this process what standard input names."""
    given = json.load(sys.stdin)
    if not given["checked"]:
        from pincite.storing import blocks

        init = blocks.MappedFile.__init__
        blocks.MappedFile.__init__ = lambda self, path, digests=None: init(self, path)  # type: ignore[method-assign]  # noqa: ARG005
    json.dump(measure(Path(given["index"]), given["questions"]), sys.stdout)


def _in_a_process(index: Path, questions: Sequence[str], source: Path | None, *, checked: bool) -> dict[str, float]:
    environment = dict(os.environ)
    if source is not None:
        environment["PYTHONPATH"] = str(source.resolve())
    given = json.dumps({"index": str(index), "questions": questions, "checked": checked})
    command = [sys.executable, "-c", "from pincite_evals.damage_cost import _child; _child()"]
    ran = subprocess.run(command, input=given, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(ran.stderr)
    held: dict[str, float] = json.loads(ran.stdout)
    return held


def _questions(sets: Path, n: int) -> list[str]:
    lines = [line for path in sorted(sets.glob("*/questions.jsonl")) for line in path.read_text("utf-8").splitlines()]
    return [json.loads(line)["question"] for line in random.Random(0).sample(lines, n)]


def _generation(index: Path) -> Path:
    return index / (index / "CURRENT").read_text("ascii").split()[0]


def _as_version_1(index: Path, copy: Path) -> Path:
    """Copy an index as it was before blocks had digests."""
    shutil.copytree(index, copy)
    generation = _generation(copy)
    manifest = json.loads((generation / "manifest.json").read_text("utf-8"))
    manifest["version"] = 1
    del manifest["files"]["blocks.bin"]
    (generation / "blocks.bin").unlink()
    content = json.dumps(manifest).encode()
    (generation / "manifest.json").write_bytes(content)
    (copy / "CURRENT").write_text(f"{generation.name} {hashlib.sha256(content).hexdigest()}\n")
    return copy


if __name__ == "__main__":
    main()
