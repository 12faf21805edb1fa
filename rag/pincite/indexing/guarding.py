"""What goes wrong with one file is that file's failure, and never the run's."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pincite
from pincite.errors import PinciteError, ReadError
from pincite.types import Failure, Progress, ProgressCallback

HEARD_EVERY_S = 0.1
"""How often a run that is at work on one file tells so, and can be stopped by what it tells."""
_LONGEST_DETAIL = 200


class Heard:
    """A callback for progress that remembers what it raised: so a run is stopped, and no file is at fault.

    It may be called with the last progress again and again, and passes that on every ``HEARD_EVERY_S``.
    """

    def __init__(self, callback: ProgressCallback | None) -> None:
        self._callback = callback
        self._last: Progress | None = None
        self._at = 0.0
        self.raised: BaseException | None = None

    def __call__(self, progress: Progress) -> None:
        """Pass progress on."""
        self._last, self._at = progress, time.monotonic()
        if self._callback is None:
            return
        try:
            self._callback(progress)
        except BaseException as error:
            self.raised = error
            raise

    def again(self) -> None:
        """Tell the last progress again where that was not done a moment ago."""
        if self._last is not None and time.monotonic() - self._at >= HEARD_EVERY_S:
            self(self._last)


@contextmanager
def guarded(failures: list[Failure], source: str | os.PathLike[str], heard: Heard) -> Iterator[None]:
    """Turn what is raised inside into a failure of a source.

    What the callback for progress raised goes on, and so do errors of ours that are about the whole run.
    """
    try:
        yield
    except ReadError as error:
        failures.append(Failure(error.source, error.reason))
    except Exception as error:
        if error is heard.raised or isinstance(error, PinciteError):
            raise
        failures.append(Failure(os.fspath(source), reason_of(error)))


def reason_of(error: Exception) -> str:
    """Return the reason of a failure that nobody foresaw, in one line."""
    if isinstance(error, OSError):
        return f"cannot be opened ({error.strerror or error})"
    if isinstance(error, MemoryError):
        return "needs more memory than there is: split it"
    place = next(
        (each for each in reversed(traceback.extract_tb(error.__traceback__)) if _is_ours(each.filename)), None
    )
    where = f", at {Path(place.filename).relative_to(_HOME)}:{place.lineno}" if place else ""
    detail = " ".join(f"{type(error).__name__}: {error}"[:_LONGEST_DETAIL].split())
    return f"indexing it failed ({detail}{where}), a bug of ours: please report it, if you may with the file"


_HOME = Path(pincite.__file__).parent


def _is_ours(file: str) -> bool:
    return Path(file).is_relative_to(_HOME)
