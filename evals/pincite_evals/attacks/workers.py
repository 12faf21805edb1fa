"""Dangerous work in a process of its own: bounded in memory and time, measured, and replaced when it dies.

``python -m pincite_evals.attacks.workers MODULE:FUNCTION`` does one task after another: each a JSON line in, the
function's answer a JSON line out.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from pincite_evals.attacks.processes import MOST_BYTES, cpu_seconds, end_tree, end_with_parent, private_bytes

_LOOK_S = 0.03
_CLOCK = 12.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task.

    Attributes
    ----------
    result
        What the function returned; ``{"raised": ..., "trace": ...}`` where it raised, ``None`` where it never did.
    ended
        ``done``, or why there is no result: the process ``died``, took ``too long``, or ``too much memory``.
    seconds, cpu_s
        Wall and processor time of the whole process tree.
    peak_bytes
        The most that the tree held above what it held before the task.
    said
        The end of what the process printed on standard error.
    """

    result: dict[str, Any] | None
    ended: Literal["done", "died", "too long", "too much memory"]
    seconds: float
    cpu_s: float
    peak_bytes: int
    said: str = ""

    @property
    def reason(self) -> str | None:
        """How the task went wrong by itself, or ``None``."""
        if self.result is None:
            return f"the process {self.ended if self.ended == 'died' else f'took {self.ended}'} {self.said[-200:]}"
        if "raised" in self.result:
            return f"raised {self.result['raised']}"
        return None


class Worker:
    """A process that does tasks of one kind, started when the first is given; a context manager.

    Parameters
    ----------
    task
        ``package.module:function``, which takes a dictionary and returns one, both as JSON holds them.
    most_bytes
        The tree is killed beyond this.
    """

    def __init__(self, task: str, *, most_bytes: int = MOST_BYTES) -> None:
        self._task, self._most_bytes = task, most_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed on leaving

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        self._errors.close()

    @property
    def pid(self) -> int:
        """The process that works now."""
        return self._started().pid

    def do(self, given: Mapping[str, Any], seconds: float) -> Outcome:
        """Let a task be done within a time of the processor's, and twelve times as long by the clock.

        The machine may be busy with other things; a task that waits for ever ends nevertheless.
        """
        try:
            return self._done(given, seconds)
        except BaseException:
            # What it still does would be in the way of the next task, and its answer be taken for that one's.
            self._end()
            raise

    def _done(self, given: Mapping[str, Any], seconds: float) -> Outcome:
        process = self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        before, cpu_before, started = private_bytes(process.pid), cpu_seconds(process.pid), time.monotonic()
        peak, cpu, answer = before, cpu_before, b""
        ended: Literal["done", "died", "too long", "too much memory"] = "done"
        process.stdin.write(json.dumps(given).encode() + b"\n")
        process.stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not answer.endswith(b"\n"):
                if selector.select(_LOOK_S):
                    piece = os.read(process.stdout.fileno(), 1 << 20)
                    answer += piece
                    if not piece:
                        ended = "died"
                        break
                held = private_bytes(process.pid)
                peak, cpu = max(peak, held), max(cpu, cpu_seconds(process.pid))
                if held > self._most_bytes:
                    ended = "too much memory"
                elif cpu - cpu_before > seconds or time.monotonic() - started > _CLOCK * seconds:
                    ended = "too long"
                else:
                    continue
                if not answer.endswith(b"\n"):
                    break
        taken = time.monotonic() - started
        result = json.loads(answer) if answer.endswith(b"\n") else None
        if result is None:
            self._end()
        spent = cpu - cpu_before if result is None else result.pop("cpu_s")
        said = "" if result is not None else self._said()
        return Outcome(result, "done" if result else ended, taken, spent, max(0, peak - before), said)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._errors.truncate(0)
            self._errors.seek(0)
            command = [sys.executable, "-m", "pincite_evals.attacks.workers", self._task, str(self._most_bytes)]
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, bufsize=0
            )
            assert self._process.stdout is not None
            if self._process.stdout.readline() != b"ready\n":
                raise RuntimeError(f"the worker did not start: {self._said()}")
        return self._process

    def _said(self) -> str:
        self._errors.seek(0)
        return " ".join(self._errors.read().decode("utf-8", "replace").split())[-2_000:]

    def _end(self) -> None:
        if self._process is not None:
            if self._process.poll() is None:
                end_tree(self._process.pid)
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            self._process = None


def main() -> None:
    """Do tasks until standard input ends."""
    end_with_parent(most_bytes=int(sys.argv[2]))
    module, _, name = sys.argv[1].partition(":")
    function = getattr(import_module(module), name)
    # What a task prints must not be taken for its answer, nor its children hold the pipe.
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    answers.write(b"ready\n")
    for line in sys.stdin:
        before = _cpu()
        try:
            result = function(json.loads(line))
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            raised = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
            result = {"raised": raised[:500], "type": type(error).__name__}
        answers.write(json.dumps({**result, "cpu_s": _cpu() - before}).encode() + b"\n")


def _cpu() -> float:
    """Return the time of this process, exactly, and that of its children, in steps of 10 ms."""
    own = os.times()
    children = cpu_seconds(os.getpid()) - (own.user + own.system)
    return time.process_time() + max(0.0, children)


if __name__ == "__main__":
    main()
