"""Processes that are watched: how much they take, and that none of them outlives the run."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PAGE_BYTES = resource.getpagesize()
MOST_BYTES = 3_000_000_000
"""What one process tree may take before it is killed: the machine is others' too."""
_PR_SET_PDEATHSIG = 1


def tree(root: int) -> list[int]:
    """Return a process and all its descendants that live, parents first."""
    found = [root]
    for each in found:
        # It may end at any moment, in between two steps of this.
        with suppress(OSError, ValueError):
            for task in Path(f"/proc/{each}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text("ascii").split()]
    return found


def private_bytes(root: int) -> int:
    """Return the memory that a process tree holds and shares with no file: what ends a machine."""
    held = 0
    for each in tree(root):
        with suppress(OSError, IndexError, ValueError):
            _, resident, shared, *_ = Path(f"/proc/{each}/statm").read_text("ascii").split()
            held += (int(resident) - int(shared)) * PAGE_BYTES
    return held


def cpu_seconds(root: int) -> float:
    """Return the processor's time that a process tree has taken, in steps of 10 ms."""
    ticks = 0
    for each in tree(root):
        with suppress(OSError, IndexError, ValueError):
            fields = Path(f"/proc/{each}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            # Its own time, and that of children which have ended.
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def open_files(pid: int) -> Iterator[str]:
    """Yield what a process's descriptors lead to."""
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            yield os.readlink(entry)  # noqa: PTH115 - of a removed file the path ends in words of the kernel's


def end_tree(root: int) -> None:
    """Kill a process that we started, and what it started, which may stand in groups of their own."""
    for each in reversed(tree(root)):
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def wait_gone(pids: list[int], seconds: float) -> list[int]:
    """Wait until processes have ended; return those that have not."""
    deadline = time.monotonic() + seconds
    while (left := [pid for pid in pids if _lives(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def end_with_parent(*, most_bytes: int | None = None) -> None:
    """Let the calling process be killed when the one that started it ends, and bound what it may allocate."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if most_bytes is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (most_bytes, most_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] != "Z"
    except (OSError, IndexError):
        return False
