"""What the worker of the kills does: forks writers and readers of an index, kills them, and looks at what is left.

They are forked rather than started, for the sake of their number: the libraries are loaded once.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tqdm import tqdm  # type: ignore[import-untyped]

from pincite import Document, Index, Retriever, make_document, update_index
from pincite_evals.attacks.tasks import encoder

# bm25s makes a bar of tqdm even where it shows none.  Its lock is one for all processes that were forked: a child
# killed inside it would stop its parent for ever.
tqdm.set_lock(threading.RLock())
tqdm.monitor_interval = 0

_LONGEST_S = 120.0


def state(name: str) -> list[Document]:
    """Return the documents of one of the two states, ``old`` and ``new``, that the index goes between."""
    n = 6 if name == "old" else 10
    return [
        make_document(
            "".join(f"# Part {part}\n\nThe {name} words of document {i}, part {part}.\n\n" for part in range(3)),
            doc_id=f"d{i}.md",
            media_type="text/markdown",
        )
        for i in range(n)
    ]


def write(index: Path, name: str) -> None:
    """Bring the index into a state, whatever it is in."""
    wanted = state(name)
    with_ids = {document.doc_id for document in wanted}
    gone: list[str] = []
    if Index.exists(index):
        with Index.open(index, encoder=encoder()) as opened:
            gone = [doc_id for doc_id in opened.doc_ids if doc_id not in with_ids]
    update_index(index, (), documents=wanted, remove=gone, encoder=encoder())


def found(index: Path) -> str:
    """Return which state the index is in, having read all of it; anything else raises."""
    with Index.open(index, encoder=encoder()) as opened:
        texts = {doc_id: opened.document(doc_id).text for doc_id in opened.doc_ids}
        hits = Retriever(opened).search("words of a part", k=5)
    for hit in hits:
        chunk = hit.chunk
        if texts[chunk.doc_id][chunk.span.start : chunk.span.end] != chunk.text:
            raise AssertionError(f"a passage is not what {chunk.doc_id} says there")
    for name in ("old", "new"):
        if texts == {document.doc_id: document.text for document in state(name)}:
            return name
    raise AssertionError(f"a mixture of states: {sorted(texts)}")


def prepare(given: dict[str, Any]) -> dict[str, Any]:
    """Make the index; return how long a change of state takes, seconds."""
    index = Path(given["index"])
    _forked(lambda: write(index, "old"), kill_after=None)
    started = time.perf_counter()
    _forked(lambda: write(index, "new"), kill_after=None)
    return {"usual": time.perf_counter() - started, "state": found(index)}


def kill_writer(given: dict[str, Any]) -> dict[str, Any]:
    """Kill a writer at a moment that the seed says; return whether it lived to be killed, and the state left."""
    index, before = Path(given["index"]), given["state"]
    after = "new" if before == "old" else "old"
    delay = random.Random(f"kills/writer/{given['seed']}").uniform(0, 1.2) * given["usual"]
    killed, seconds = _forked(lambda: write(index, after), kill_after=delay)
    return {"killed": killed, "seconds": seconds, "state": found(index), "left": _left(index)}


def kill_reader(given: dict[str, Any]) -> dict[str, Any]:
    """Kill a reader while a writer writes; both must leave the index whole, and the reader see no mixture."""
    index, before = Path(given["index"]), given["state"]
    after = "new" if before == "old" else "old"
    delay = random.Random(f"kills/reader/{given['seed']}").uniform(0, 1.2) * given["usual"]
    told, tells = os.pipe()

    def read_on() -> None:
        try:
            while True:
                found(index)
        except Exception:
            os.write(tells, traceback.format_exc(limit=-1).encode()[-400:])

    writer = _fork(lambda: write(index, after))
    killed, seconds = _forked(read_on, kill_after=delay)
    os.close(tells)
    seen = os.read(told, 1_000).decode("utf-8", "replace")
    os.close(told)
    _, status = os.waitpid(writer, 0)
    if seen:
        raise AssertionError(f"a reader met: {seen}")
    if status:
        raise AssertionError(f"the writer beside it ended with status {status}")
    return {"killed": killed, "seconds": seconds, "state": found(index), "left": _left(index)}


def _left(index: Path) -> int:
    """Return how many states lie in the folder: the next writer removes what a killed one left."""
    return sum(path.name.startswith("generation-") for path in index.iterdir())


def _fork(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return child


def _forked(work: Callable[[], None], *, kill_after: float | None) -> tuple[bool, float]:
    """Let a child work, killed after so long; return whether it was, and how long it lived.

    Raises
    ------
    RuntimeError
        It failed by itself, or did not end.
    """
    child, started = _fork(work), time.perf_counter()
    if kill_after is not None:
        time.sleep(kill_after)
        os.kill(child, signal.SIGKILL)
    deadline = started + _LONGEST_S
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
        if time.perf_counter() > deadline:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.002)
    if os.WIFEXITED(ended[1]) and os.WEXITSTATUS(ended[1]):
        raise RuntimeError("a child failed by itself: see what it printed")
    return os.WIFSIGNALED(ended[1]), time.perf_counter() - started
