"""Pages of a PDF as pictures, drawn in another process: a page can be made to take any time and memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from pincite import ConfinedReader, PinciteError, ReadError, ReadingLimits

WIDTH_PX = 1100
MOST_SECONDS = 15.0
"""For one page; nobody waits longer for a picture."""
MOST_WAITING = 32
_MOST_REMEMBERED = 1_000
_Page = tuple[Path, int, int, int]


class PagePictures:
    """Draws pages, one after another in a process of its own.  Safe for use by many threads.

    Parameters
    ----------
    limits
        What drawing one page may take; of the time at most :data:`MOST_SECONDS`.
    """

    def __init__(self, limits: ReadingLimits | None = None) -> None:
        limits = limits or ReadingLimits()
        self._reader = ConfinedReader(replace(limits, seconds=min(limits.seconds, MOST_SECONDS)))
        # The process ends with the thread that started it: it must be one that stays.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pincite-pages")
        self._waiting = 0
        self._lock = threading.Lock()
        self._refused: OrderedDict[_Page, str] = OrderedDict()

    def draw(self, path: Path, number: int) -> Future[bytes]:
        """Begin to draw a page, :data:`WIDTH_PX` wide; the future is a PNG, or raises `PinciteError`.

        Parameters
        ----------
        number
            From 1.

        Raises
        ------
        PinciteError
            Too many pages wait to be drawn.
        """
        with self._lock:
            if self._waiting >= MOST_WAITING:
                raise PinciteError("too many pages are being drawn at this moment: try again")
            self._waiting += 1
        drawing = self._thread.submit(self._drawn, path, number)
        drawing.add_done_callback(self._done)
        return drawing

    def close(self) -> None:
        """End the process."""
        self._thread.shutdown(wait=False, cancel_futures=True)
        self._reader.close()

    def _drawn(self, path: Path, number: int) -> bytes:
        try:
            status = path.stat()
        except OSError as error:
            raise PinciteError(f"{path.name}: cannot be read any more") from error
        page = (path, status.st_size, status.st_mtime_ns, number)
        # What took all of its time once takes it again.
        if page in self._refused:
            raise PinciteError(self._refused[page])
        try:
            return self._reader.draw_page(path, number, width_px=WIDTH_PX)
        except ReadError as error:
            self._refused[page] = said = f"{path.name}: {error.reason}"
            if len(self._refused) > _MOST_REMEMBERED:
                self._refused.popitem(last=False)
            raise PinciteError(said) from error

    def _done(self, _drawing: Future[bytes]) -> None:
        with self._lock:
            self._waiting -= 1
