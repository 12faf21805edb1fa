"""The process that reads: ``python -m pincite.confining.child MEMORY_BYTES``, started by :mod:`.reader`.

It has its limits set before it sees a file, keeps neither file nor network open, and ends with the one that asks.
"""

from __future__ import annotations

import math
import os
import sys
import traceback
from contextlib import suppress
from typing import IO, Any

from pincite.confining.wire import OUT_OF_MEMORY, Message, document_message, receive, send
from pincite.errors import ReadError
from pincite.reading.base import SourceFile
from pincite.reading.files import read_source
from pincite.reading.pictures import page_png
from pincite.sections import to_document

_OPEN_FILES = 64
_DIE_WITH_PARENT = 1
_SIGKILL = 9
_LONGEST_REASON = 1_000


def main() -> None:
    """Read the files that come on standard input until it ends."""
    requests, answers = _streams()
    _limit(int(sys.argv[1]))
    send(answers, Message({"ready": True}))
    while (request := receive(requests)) is not None:
        _begin(request.head["seconds"])
        try:
            answer = _answer(request)
            request = None
            send(answers, answer)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)


def _answer(request: Message) -> Message:
    head = request.head
    file = SourceFile(head["doc_id"], head["doc_id"], request.body, head["chars"])
    try:
        if "page" in head:
            return Message({}, page_png(file, head["page"], head["width_px"]))
        return document_message(to_document(read_source(file, head["suffix"])))
    except ReadError as error:
        return Message({"error": type(error).__name__, "source": error.source, "reason": _short(error.reason)})
    except MemoryError:
        raise
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        module = os.path.relpath(place.filename, os.path.dirname(os.path.dirname(__file__)))  # noqa: PTH120
        what = f"{type(error).__name__}: {_short(str(error))[:200]}" if str(error) else type(error).__name__
        return Message({"error": "ReaderFault", "reason": f"{what}, at {module}:{place.lineno}"})


def _short(text: str) -> str:
    return " ".join(text[:_LONGEST_REASON].encode("utf-8", "replace").decode().split())


def _streams() -> tuple[IO[bytes], IO[bytes]]:
    """Keep the two pipes to ourselves: what a library prints or reads must not come between."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(nowhere, descriptor)
    return requests, answers


def _limit(memory_bytes: int) -> None:
    """Hold this process to its limits, as far as the system can."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, _SIGKILL)
    with suppress(ImportError):
        import resource

        # Of the address space PDFium reserves far more than it uses; on Linux the other limit counts all that is used.
        space = resource.RLIMIT_DATA if sys.platform == "linux" else resource.RLIMIT_AS
        for kind, most in (
            (space, memory_bytes),
            (resource.RLIMIT_NOFILE, _OPEN_FILES),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            _lower(resource, kind, most)
    # What made the start fail was told there; from here on nobody listens.
    os.dup2(1, 2)


def _lower(resource: Any, kind: int, most: int) -> None:
    """Lower a limit; where the system does not know it, time and characters still have theirs."""
    with suppress(OSError, ValueError):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _begin(seconds: float) -> None:
    """Count memory and time from here; the processor ends what the other side did not, a little after its time."""
    with suppress(OSError), open("/proc/self/clear_refs", "w", encoding="ascii") as peak:  # noqa: PTH123
        peak.write("5")
    with suppress(ImportError, OSError, ValueError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        most = math.ceil(used.ru_utime + used.ru_stime + seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    main()
