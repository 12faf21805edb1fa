"""What is left where others can see it: modes of folders, temporary files, descriptors of old indexes."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from pincite_evals.attacks.page_visitor import PageVisitor
from pincite_evals.attacks.processes import open_files
from pincite_evals.attacks.servers import QUESTION, Served, index_made_of
from pincite_evals.attacks.trials import Plan, Trial

MOST_KEPT = 40
"""Descriptors that may lead to states of an index that are no more: those of requests that still run."""


def attack(plan: Plan) -> Iterator[Trial]:
    """Use a server as people do, then look around."""
    with index_made_of(plan.folder / "indexed") as index, Served(plan.folder, "serve", index) as served:
        rounds = 3 if plan.short else 25
        yield from plan.each(
            (
                ("descriptors after uploads", partial(_descriptors, served, rounds)),
                ("uploads through the page", partial(_page_uploads, served)),
                ("folders of the data", partial(_readable, served, served.data)),
                ("temporary files", partial(_readable, served, served.temporary)),
            )
        )


def _descriptors(served: Served, rounds: int) -> str | None:
    with served.client() as client:
        for n in range(rounds):
            served.upload(client, "changing.md", f"# Number {n}\n\nThe number of the ferry is {n}.\n")
            client.post("/v1/ask", json={"question": QUESTION})
    time.sleep(1)
    held = list(open_files(served.pid))
    dead = [path for path in held if path.endswith(" (deleted)") and "generation-" in path]
    most = MOST_KEPT if rounds > 4 else MOST_KEPT // 2
    if len(dead) > most:
        return f"after {rounds} uploads {len(dead)} of {len(held)} descriptors lead to states that are no more"
    return None


def _page_uploads(served: Served) -> str | None:
    """Send a file through the page, so that there is something to be found."""
    with PageVisitor(served.address) as visitor:
        visitor.arrive()
        path = visitor.upload("trace.md", b"# A trace\n\nWords that nobody else shall read.\n")
        event = next(each for each in visitor.events() if each.name == "_add")
        visitor.send(event, [[{"path": path, "meta": {"_type": "gradio.FileData"}}], '["trace.md"]'])
    return None


def _readable(served: Served, folder: Path) -> str | None:
    """Return what below a folder other users of the machine can read: a way in, and something behind it."""
    if not folder.exists() or _closed(folder):
        return None
    for path in [folder, *folder.rglob("*")]:
        if path.is_symlink() or any(_closed(parent) for parent in path.parents if parent.is_relative_to(folder)):
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        # The folder for temporary files is ours to make, not the server's.
        if mode & 0o077 and path != served.temporary:
            return f"{path.relative_to(served.home)} is open to others (mode {mode:o})"
    return None


def _closed(folder: Path) -> bool:
    return folder.is_dir() and not stat.S_IMODE(folder.stat().st_mode) & 0o077
