"""Hostile files beside good ones: the run ends, the good are indexed, each bad one is indexed or named."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from pincite_evals.attacks.hostile_files import hostile
from pincite_evals.attacks.servers import Served, index_made_of
from pincite_evals.attacks.trials import Plan, Trial
from pincite_evals.attacks.workers import Worker

TOGETHER = 200
UPLOADED = 40
_PATIENCE_S = 300.0
_TOKEN = re.compile(r"h(\d+)")
GOOD = {f"good-{n}.md": f"# Ferry {n}\n\nThe ferry number {n} leaves at nine.\n" for n in range(3)}


def attack(plan: Plan) -> Iterator[Trial]:
    """Try the hostile files of as many seeds: most from folders, a twentieth over HTTP, some by the command."""
    seeds = plan.seeds(80 if plan.short else plan.inputs)
    batches = [seeds[at : at + TOGETHER] for at in range(0, len(seeds), TOGETHER)]
    with Worker("pincite_evals.attacks.tasks:index_folder") as worker:
        for batch in batches:
            yield from _of_batch(plan, "from a folder", batch, partial(from_folder, worker, plan.folder))
    chosen = [seeds[at : at + UPLOADED] for at in range(0, len(seeds), 20 * UPLOADED)]
    yield from _of_batch(plan, "by the command", seeds[: 40 if plan.short else 400], partial(by_command, plan.folder))
    if not plan.short and any(plan.wants("over HTTP", seed) for batch in chosen for seed in batch):
        with (
            index_made_of(plan.folder / "served", GOOD) as index,
            Served(plan.folder, "serve", index, "--no-page") as served,
        ):
            for batch in chosen:
                yield from _of_batch(plan, "over HTTP", batch, partial(over_http, served))


def _of_batch(plan: Plan, name: str, batch: Sequence[int], work: object) -> Iterator[Trial]:
    """Yield a trial for each seed of a batch; where the batch fails, halves are tried until the culprits are known."""
    wanted = [seed for seed in batch if plan.wants(name, seed)]
    if not wanted:
        return
    assert callable(work)
    found = plan.tried(name, partial(work, wanted), seed=wanted[0])
    if found.held:
        share = round(found.seconds / len(wanted), 3)
        yield from (Trial(plan.kind, name, seed, None, share) for seed in wanted)
    elif len(wanted) == 1:
        yield found
    else:
        middle = len(wanted) // 2
        halves = [trial for half in (wanted[:middle], wanted[middle:]) for trial in _of_batch(plan, name, half, work)]
        yield from halves
        if all(trial.held for trial in halves):
            # Only together do they do harm.
            yield Trial(plan.kind, f"{name}, {len(wanted)} together", wanted[0], found.reason)


def written(folder: Path, seeds: Sequence[int]) -> set[int]:
    """Write hostile files and good ones into a new folder; return the seeds of those whose names the disk took."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, text in GOOD.items():
        (folder / name).write_text(text, "utf-8")
    taken = set()
    for seed in seeds:
        name, content = hostile(seed)
        try:
            (folder / name).write_bytes(content)
        except (OSError, UnicodeEncodeError):
            # Too long for the disk in bytes: its content is tried all the same.
            (folder / f"h{seed}{name[name.rindex('.') :]}").write_bytes(content)
        taken.add(seed)
    return taken


def from_folder(worker: Worker, folder: Path, seeds: Sequence[int]) -> str | None:
    """Index a folder of hostile files with the library."""
    files, index = folder / "files", folder / "index"
    shutil.rmtree(index, ignore_errors=True)
    taken = written(files, seeds)
    outcome = worker.do({"folder": str(files), "index": str(index)}, _PATIENCE_S)
    if outcome.reason is not None or outcome.result is None:
        return f"the run ended: {outcome.reason}"
    added, failures = outcome.result["added"], outcome.result["failures"]
    if missing := GOOD.keys() - set(added):
        return f"good files were not indexed: {', '.join(sorted(missing))}"
    if not all(reason.strip() for _, reason in failures):
        return "a failure without a reason"
    named = {int(found[1]) for name in (*added, *(Path(f[0]).name for f in failures)) if (found := _TOKEN.search(name))}
    lost = sorted(taken - named)
    return f"neither indexed nor named: {[hostile(seed)[0] for seed in lost[:3]]}" if lost else None


def by_command(folder: Path, seeds: Sequence[int]) -> str | None:
    """Index a folder with ``pincite index``: it ends in good order, and prints only lines that are lines."""
    files, index = folder / "files", folder / "command-index"
    shutil.rmtree(index, ignore_errors=True)
    written(files, seeds)
    command = [
        sys.executable,
        "-m",
        "pincite_evals.attacks.launching",
        sys.executable,
        "-m",
        "pincite",
        "index",
        str(files),
    ]
    shown = subprocess.run(
        [*command, "--index", str(index)],
        capture_output=True, timeout=_PATIENCE_S, check=False, env={**os.environ, "COLUMNS": "500"},
    )  # fmt: skip
    said = (shown.stdout + shown.stderr).decode("utf-8", "replace")
    if "Traceback" in said or shown.returncode not in {0, 1}:
        return f"status {shown.returncode}: {said[-250:]}"
    if odd := sorted({c for c in said if not c.isprintable() and c != "\n"}):
        return f"the output holds {[hex(ord(c)) for c in odd]}"
    lines = [line for line in said.splitlines() if line.strip()]
    # A name with a line break must not make a line of its own.
    forged = [line for line in lines if line.startswith(("added", "[31m"))]
    return f"a file's name made a line of its own: {forged[0]!r}" if forged else None


def over_http(served: Served, seeds: Sequence[int]) -> str | None:
    """Upload hostile files together with a good one; the job ends, the server lives, no path of its own is told."""
    sent = [("files", ("good.md", GOOD["good-0.md"].encode()))]
    for seed in seeds:
        name, content = hostile(seed)
        sent.append(("files", (name.encode("utf-8", "replace").decode(), content)))
    with served.client() as client:
        response = client.post("/v1/documents", files=sent, timeout=120)
        if response.status_code != 202:
            return f"the upload was answered with {response.status_code}: {response.text[:200]}"
        job = served.finished(client, response.json()["id"], _PATIENCE_S)
        if not served.alive():
            return f"the server died: {served.log_end()}"
        if job["state"] != "done":
            return f"the upload ended as {job['state']}: {[each['reason'] for each in job['failures'][:1]]}"
        if "good.md" not in (
            *job["added"],
            *job["changed"],
            *(["good.md"] if client.get("/v1/documents/good.md").is_success else []),
        ):
            return "the good file was not indexed"
        told = response.text + str(job)
    if served.folder_canary in told:
        return "a path of the server is told"
    if len(job["added"]) + len(job["changed"]) + len(job["failures"]) < len(sent) - 1:
        return f"of {len(sent)} files {len(job['added'])} were added and {len(job['failures'])} named as failures"
    odd = [each["source"] for each in job["failures"] if not each["source"].isprintable()]
    return f"a failure's name is not printable: {odd[0]!r}" if odd else None
