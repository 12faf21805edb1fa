"""Small files that become large: each beside a good one, in a process that is watched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pincite_evals.attacks.bomb_files import BOMBS, SHORT
from pincite_evals.attacks.trials import Plan, Trial
from pincite_evals.attacks.workers import Worker

MOST_BYTES = 1_150_000_000
"""What reading may take beside what the program holds: the limit of 1 GB, and what the reading process is itself."""
MOST_SECONDS = 75.0
"""The limit of 60 s a file, and what the good file takes."""
MOST_CHARS = 20_000_000
GOOD = "# The ferry\n\nThe ferry to Aster leaves at nine in the morning.\n"


def attack(plan: Plan) -> Iterator[Trial]:
    """Index each bomb together with a good file."""
    names = [name for name in BOMBS if not plan.short or name in SHORT]
    for name in [name for name in names if plan.wants(name)][: plan.count]:
        figures: dict[str, float] = {}
        # A process for each: what one leaves in memory is not the next one's.
        with Worker("pincite_evals.attacks.tasks:index_folder") as worker:
            yield plan.tried(name, partial(defused, worker, plan.folder, name, figures), figures=figures)


def defused(
    worker: Worker, folder: Path, name: str, figures: dict[str, float], content: bytes | None = None
) -> str | None:
    """Index one bomb beside a good file; return what went wrong.  Fills ``peak_mb``, ``seconds`` and ``kB``."""
    files, index = folder / "files", folder / "index"
    for each in (files, index):
        shutil.rmtree(each, ignore_errors=True)
    files.mkdir(parents=True)
    (files / "good.md").write_text(GOOD, "utf-8")
    # The libraries are loaded, and the memory measured, before the bomb comes.
    warm = worker.do({"folder": str(files), "index": str(index)}, MOST_SECONDS)
    if warm.reason is not None:
        return f"a good file alone could not be indexed: {warm.reason}"
    shutil.rmtree(index)
    bomb = BOMBS[name]() if content is None else content
    (files / name).write_bytes(bomb)
    outcome = worker.do({"folder": str(files), "index": str(index)}, MOST_SECONDS)
    figures |= {"peak_mb": round(outcome.peak_bytes / 1e6), "seconds": round(outcome.seconds, 1)}
    figures |= {"cpu_s": round(outcome.cpu_s, 1)}
    size = f"{len(bomb) / 1e3:,.1f} kB"
    if outcome.reason is not None or outcome.result is None:
        spent = f"{outcome.cpu_s:.0f} s of the processor's time and {outcome.peak_bytes / 1e6:,.0f} MB"
        return f"{size} ended the run after {spent}: {outcome.reason}"
    if outcome.peak_bytes > MOST_BYTES:
        return f"{size} took {outcome.peak_bytes / 1e6:,.0f} MB"
    if "good.md" not in outcome.result["added"]:
        return f"{size}: the good file beside it was not indexed"
    named = [reason for source, reason in outcome.result["failures"] if Path(source).name == name]
    length = outcome.result["chars"].get(name)
    if length is None:
        return None if named else f"{size}: neither indexed nor named as a failure"
    return None if length <= MOST_CHARS else f"{size} became {length:,} characters"
