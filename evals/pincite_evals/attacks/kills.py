"""Writers, readers and servers killed at any moment: the index is as it was or as it would have become, whole."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from pincite_evals.attacks.processes import tree, wait_gone
from pincite_evals.attacks.servers import Served, index_made_of
from pincite_evals.attacks.trials import Plan, Trial
from pincite_evals.attacks.workers import Worker

_PATIENCE_S = 180.0
_SHARES = {"a writer": 0.74, "a reader beside a writer": 0.25}
"""The rest are servers, which take seconds to come back."""


def attack(plan: Plan) -> Iterator[Trial]:
    """Kill as many as the plan says, in these shares."""
    kills = 16 if plan.short else plan.kills
    for name, task in (("a writer", "kill_writer"), ("a reader beside a writer", "kill_reader")):
        index = plan.folder / task / "index"
        yield from _killed(plan, name, task, index, round(kills * _SHARES[name]))
    servers = range(plan.seed, plan.seed + (0 if plan.short else max(1, round(kills * 0.01))))
    wanted = [seed for seed in servers[: plan.count] if plan.wants("a server", seed)]
    if wanted:
        with index_made_of(plan.folder / "indexed") as shared:
            served = Served(plan.folder, "serve", shared, "--no-page", tenants=("acme",))
            try:
                versions = _begin(served)
                for seed in wanted:
                    yield plan.tried("a server", partial(kill_server, served, seed, versions), seed=seed)
            finally:
                served.stop()


def _killed(plan: Plan, name: str, task: str, index: Path, kills: int) -> Iterator[Trial]:
    """Kill so many; those that ended before they could be killed are not counted, and the next seed is taken."""
    seed, made = plan.seed, 0
    most = kills if plan.count is None else min(kills, plan.count)
    with Worker("pincite_evals.attacks.kills:task") as worker:
        known: dict[str, Any] = {}
        while made < most and seed < plan.seed + 10 * kills:
            if plan.wants(name, seed):
                if not known:
                    known = _prepared(worker, index)
                trial = plan.tried(name, partial(_once, worker, task, index, seed, known), seed=seed)
                if trial.held and not known.pop("killed", True):
                    seed += 1
                    continue
                yield trial
                if not trial.held:
                    known = {}
            made += plan.case is None or plan.case in name
            seed += 1


def task(given: dict[str, Any]) -> dict[str, Any]:
    """Do one of the tasks of :mod:`pincite_evals.attacks.killing`, in the worker."""
    from pincite_evals.attacks import killing

    done: dict[str, Any] = getattr(killing, given["task"])(given)
    return done


def _prepared(worker: Worker, index: Path) -> dict[str, Any]:
    # What an attack has broken is not what the next one begins with.
    shutil.rmtree(index, ignore_errors=True)
    outcome = worker.do({"task": "prepare", "index": str(index)}, _PATIENCE_S)
    if outcome.reason is not None or outcome.result is None:
        raise RuntimeError(f"the index to be attacked could not be made: {outcome.reason}")
    return dict(outcome.result)


def _once(worker: Worker, task: str, index: Path, seed: int, known: dict[str, Any]) -> str | None:
    """Kill one; ``known`` is what is known of the index, and is brought up to date."""
    given = {"task": task, "index": str(index), "seed": seed, "usual": known["usual"], "state": known["state"]}
    outcome = worker.do(given, _PATIENCE_S)
    if outcome.reason is not None or outcome.result is None:
        return f"after the kill: {outcome.reason}"
    result = outcome.result
    known |= {"state": result["state"], "killed": result["killed"]}
    if not result["killed"] and task == "kill_writer":
        # One that came through says how long it takes now.
        known["usual"] = 0.8 * known["usual"] + 0.2 * result["seconds"]
        if result["left"] != 1:
            return f"a writer that came through left {result['left']} states in the folder"
    return None


def _begin(served: Served) -> dict[str, str]:
    """Start the server and upload the first version; return both versions' texts."""
    versions = {
        name: "".join(f"# Part {n}\n\nThe {name} ferry number {n} leaves at nine.\n\n" for n in range(60))
        for name in ("old", "new")
    }
    served.start()
    with served.client("acme") as client:
        served.upload(client, "ferry.md", versions["old"])
    return versions


def kill_server(served: Served, seed: int, versions: dict[str, str]) -> str | None:
    """Kill a server while it takes a document in and answers, start it again, and look at the document."""
    rng = random.Random(f"kills/server/{seed}")
    if not served.alive():
        served.stop()
        served.start()
    wanted = versions[rng.choice(("old", "new"))]

    def busy() -> None:
        with suppress(httpx.HTTPError), served.client("acme", timeout=20) as client:
            served.upload(client, "ferry.md", wanted)

    def asking() -> None:
        with suppress(httpx.HTTPError), served.client("acme", timeout=20) as client:
            while served.alive():
                client.post("/v1/ask", json={"question": "When does the ferry number 7 leave?"})

    threads = [threading.Thread(target=work, daemon=True) for work in (busy, asking)]
    for thread in threads:
        thread.start()
    time.sleep(rng.uniform(0, 2))
    children = tree(served.pid)[1:]
    served.kill()
    for thread in threads:
        thread.join(30)
    if left := wait_gone(children, 10):
        return f"{len(left)} processes of the server outlive it"
    served.stop()
    served.start()
    with served.client("acme") as client:
        told = client.get("/v1/texts/ferry.md")
        asked = client.post("/v1/ask", json={"question": "When does the ferry number 7 leave?"})
    if told.status_code != 200 or told.json()["text"] not in versions.values():
        return f"the document is neither as it was nor as it would have become ({told.status_code}: {told.text[:150]})"
    return None if asked.is_success else f"a question is answered with {asked.status_code}: {asked.text[:150]}"
