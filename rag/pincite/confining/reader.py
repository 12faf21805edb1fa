"""Asks the process that reads, ends it when it takes too long, and starts another when it died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from pincite import errors
from pincite.confining.wire import (
    OUT_OF_MEMORY,
    BrokenOff,
    Message,
    WireError,
    document_of,
    most_of_answer,
    receive,
    send,
)
from pincite.errors import DocumentTooLarge, PinciteError, ReaderFault, ReadError
from pincite.reading.files import read_bytes
from pincite.reading.limits import DEFAULT_MAX_BYTES, ReadingLimits

if TYPE_CHECKING:
    from types import TracebackType

    from pincite.types import Document

CHILD = "pincite.confining.child"
_START_S = 60.0
_DYING_S = 5.0
"""What a process that closed its pipes may still take until its exit status is known."""
_LOOK_EVERY_S = 0.05
_REUSED_BELOW = 0.25
"""Share of the memory up to which a process goes on to the next file, so that every file has nearly all of it."""
_NEARLY_ALL = 0.75
"""Share of the memory from which a library's complaint is one of memory, whatever it says."""
_PASSED_ON = ("PATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "WINDIR")
_REPORT = "a bug of ours: please report it, if you may with the file"
_ERRORS: dict[str, type[ReadError]] = {
    name: getattr(errors, name)
    for name in ("UnsupportedFormat", "EmptyDocument", "EncryptedDocument", "DamagedDocument", "DocumentTooLarge")
}


class ConfinedReader:
    """Reads files and finds their sections in another process, one after another.

    A context manager.  For one thread at a time; the process starts with the first file and ends with the reader.

    Parameters
    ----------
    limits
        What reading one file may take.
    max_bytes
        Larger files are refused.
    """

    def __init__(self, limits: ReadingLimits | None = None, *, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        self.limits = limits or ReadingLimits()
        self._max_bytes = max_bytes
        self._process: _Process | None = None

    def read_document(self, path: str | os.PathLike[str], *, doc_id: str | None = None) -> Document:
        """Read one file and find its sections.

        Parameters
        ----------
        doc_id
            By default the file's name.

        Raises
        ------
        ReadError
            The file cannot be read, or takes more than the limits allow.
        PinciteError
            The process that reads cannot be started.
        """
        pending = self.begin(path, doc_id=doc_id)
        while not pending.done(within=1.0):
            pass
        return pending.result()

    def draw_page(self, path: str | os.PathLike[str], number: int, *, width_px: int) -> bytes:
        """Draw a page of a PDF; return a PNG.

        Parameters
        ----------
        number
            From 1.
        width_px
            How wide the picture is to be.

        Raises
        ------
        ReadError
            The file has no such page, cannot be read, or takes more than the limits allow.
        PinciteError
            The process that reads cannot be started.
        """
        pending = self._begin(Path(path), Path(path).name, {"page": number, "width_px": width_px})
        while not pending.done(within=1.0):
            pass
        return pending.answer().body

    def begin(self, path: str | os.PathLike[str], *, doc_id: str | None = None) -> Pending:
        """Begin to read a file; the one before must be done.

        Raises
        ------
        ReadError
            The file cannot be opened, or is too large.
        PinciteError
            The process that reads cannot be started.
        """
        path = Path(path)
        return self._begin(path, path.name if doc_id is None else doc_id, {})

    def _begin(self, path: Path, doc_id: str, wanted: dict[str, int]) -> Pending:
        """Begin to read a file, or to do with it what is wanted."""
        data = read_bytes(path, self._max_bytes)
        if self._process is not None and not self._process.is_usable():
            self.close()
        if self._process is None:
            self._process = _Process(self.limits)
        return Pending(self._process, path, doc_id, data, wanted)

    def close(self) -> None:
        """End the process, whatever it does."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def __enter__(self) -> ConfinedReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class Pending:
    """A file that is being read."""

    def __init__(self, process: _Process, path: Path, doc_id: str, data: bytes, wanted: dict[str, int]) -> None:
        self._process, self._path, self._doc_id = process, path, doc_id
        self._limits = process.limits
        self._until = time.monotonic() + self._limits.seconds
        self._late = False
        request = {
            "doc_id": doc_id,
            "suffix": path.suffix,
            "chars": self._limits.chars,
            "seconds": self._limits.seconds,
            **wanted,
        }
        self._answer: Future[Message | None] = process.ask(Message(request, data))

    def done(self, within: float) -> bool:
        """Tell whether it is read, or refused, waiting for so many seconds; a file whose time is up is refused."""
        end = time.monotonic() + within
        while (now := time.monotonic()) < end:
            if wait([self._answer], max(0.0, min(_LOOK_EVERY_S, end - now, self._until - now))).done:
                return True
            self._process.look()
            if time.monotonic() >= self._until:
                self._late = True
                self._process.end()
        return self._answer.done()

    def result(self) -> Document:
        """Return the document.

        Raises
        ------
        ReadError
            The file cannot be read, or takes more than the limits allow.
        """
        answer = self.answer()
        try:
            return document_of(answer, doc_id=self._doc_id, max_chars=self._limits.chars)
        except WireError as error:
            raise self._nonsense(error) from error

    def answer(self) -> Message:
        """Return what the process answered, which is to be believed in nothing.

        Raises
        ------
        ReadError
            The file cannot be read, or takes more than the limits allow.
        """
        try:
            answer = self._answer.result()
        except (BrokenOff, OSError):
            answer = None
        except WireError as error:
            raise self._nonsense(error) from error
        if answer is None:
            raise self._death()
        if "error" in answer.head:
            raise self._refusal(answer)
        return answer

    def _nonsense(self, error: WireError) -> ReaderFault:
        self._process.end()
        return ReaderFault(self._path, f"reading it gave no document ({error}), {_REPORT}")

    def _refusal(self, answer: Message) -> ReadError:
        """Return the error that the process names."""
        kind, reason = answer.head.get("error"), answer.head.get("reason")
        reason = " ".join(str(reason)[:2000].split())
        if kind == "ReaderFault":
            return ReaderFault(self._path, f"reading it failed ({reason}), {_REPORT}")
        self._process.look()
        if kind == "DamagedDocument" and self._process.peak > _NEARLY_ALL * self._limits.memory_bytes:
            return self._too_much_memory()
        # A part of the file, such as a chapter, is named after the file.
        part = str(answer.head.get("source") or "")[:500].removeprefix(self._doc_id).strip()
        return _ERRORS.get(str(kind), ReadError)(self._path, f"{part}: {reason}" if part else reason)

    def _death(self) -> ReadError:
        """Return why the process died."""
        status, peak = self._process.end(_DYING_S)
        limits = self._limits
        if self._late or (hasattr(signal, "SIGXCPU") and status == -signal.SIGXCPU):
            reason = f"takes longer to read than {limits.seconds:g} s, the limit: split it or raise the limit"
            return DocumentTooLarge(self._path, reason)
        if status == OUT_OF_MEMORY or peak > limits.memory_bytes / 2:
            return self._too_much_memory()
        how = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        reason = f"what reads it crashed ({how}): damaged, or made to do harm; save it anew if you trust it"
        return ReaderFault(self._path, reason)

    def _too_much_memory(self) -> DocumentTooLarge:
        megabytes = self._limits.memory_bytes // 1_000_000
        reason = f"takes more memory to read than {megabytes:,} MB, the limit: split it or raise the limit"
        return DocumentTooLarge(self._path, reason)


class _Process:
    """The other process, with the thread that talks to it."""

    def __init__(self, limits: ReadingLimits) -> None:
        self.limits = limits
        self.peak = 0
        if not sys.executable or getattr(sys, "frozen", False):
            raise PinciteError(
                "the process that reads files cannot be started: this program has no Python interpreter beside it: "
                "read with read_document, and give update_index the documents"
            )
        try:
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-s", "-B", "-m", CHILD, str(limits.memory_bytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=Path(sys.executable).anchor,
                env=_environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise PinciteError(f"the process that reads files cannot be started: {sys.executable}: {error}") from error
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pincite-reading")
        ready = self._thread.submit(self._listen, (1000, 0, 0))
        try:
            wait([ready], _START_S)
            started = ready.done() and ready.exception() is None and ready.result() is not None
        except BaseException:
            self.end()
            raise
        if not started:
            self._process.kill()
            said = self._stream(self._process.stderr).read()[-2000:].decode("utf-8", "replace").split("\n")
            self.end()
            last = next((line for line in reversed(said) if line.strip()), "it said nothing")
            raise PinciteError(f"the process that reads files cannot be started: {sys.executable}: {last}")

    def ask(self, request: Message) -> Future[Message | None]:
        """Send a request; the answer is ``None`` where the process died."""
        self.peak = 0
        return self._thread.submit(self._exchange, request, most_of_answer(self.limits.chars))

    def running(self) -> bool:
        """Tell whether the process is there."""
        return self._process.poll() is None

    def is_usable(self) -> bool:
        """Tell whether the next file can have nearly all of the memory."""
        return self.running() and _status(self._process.pid, "VmRSS") < self.limits.memory_bytes * _REUSED_BELOW

    def look(self) -> None:
        """Note how much memory the process has taken."""
        self.peak = max(self.peak, _status(self._process.pid, "VmHWM"))

    def end(self, patience: float = 0.0) -> tuple[int, int]:
        """End the process and return its exit status and the most memory that it was seen to take, bytes.

        It has so many seconds to end by itself.
        """
        self.look()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        with suppress(OSError):
            self._process.kill()
        status = self._process.wait()
        self._thread.shutdown(wait=True)
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(OSError):
                self._stream(stream).close()
        return status, self.peak

    def _exchange(self, request: Message, most: tuple[int, int, int]) -> Message | None:
        send(self._stream(self._process.stdin), request)
        return self._listen(most)

    def _listen(self, most: tuple[int, int, int]) -> Message | None:
        return receive(self._stream(self._process.stdout), most=most)

    @staticmethod
    def _stream(stream: IO[bytes] | None) -> IO[bytes]:
        assert stream is not None
        return stream


def _environment() -> dict[str, str]:
    """Return what the other process may know: where to find modules, and no secret of this one's."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # The folder that the user happens to be in stands in the path as '': its modules are not ours.
    path = os.pathsep.join(str(Path(each).absolute()) for each in sys.path if each)
    return {**passed, "PYTHONPATH": path, "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def _status(pid: int, name: str) -> int:
    """Return an amount of memory that Linux tells of a process, bytes; 0 where it tells none."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as lines:  # noqa: PTH123
            return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:")), 0)
    except (OSError, ValueError):
        return 0
