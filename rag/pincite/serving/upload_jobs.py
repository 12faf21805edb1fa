"""Uploaded files: taken in, indexed one upload after another, and what became of each."""

from __future__ import annotations

import logging
import secrets
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from pincite.errors import PinciteError
from pincite.serving.collections import Collection
from pincite.types import Failure, Progress
from pincite.web.limits import Busy, Limits, StorageFull
from pincite.web.private import bytes_below, close_to_others, private_folder, without_folders
from pincite.web.uploads import Upload

logger = logging.getLogger(__name__)

MAX_KEPT_JOBS = 1000
_STALE_S = 86_400
State = Literal["waiting", "running", "done", "failed", "cancelled"]


class _Stopped(Exception):
    """The server is told to end; raised in the job's own thread at its next report."""


@dataclass(slots=True)
class Job:
    """One upload: what state it is in, and at its end what was added, changed or refused, by document id."""

    job_id: str
    collection: Collection
    upload: Upload
    state: State = "waiting"
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    progress: Progress | None = None
    created: float = field(default_factory=time.time)

    def to_dict(self) -> dict[str, Any]:
        """Return the job as JSON holds it."""
        progress = self.progress
        return {
            "id": self.job_id,
            "state": self.state,
            "doc_ids": list(self.upload.doc_ids),
            "added": list(self.added),
            "changed": list(self.changed),
            "failures": [{"source": failure.source, "reason": failure.reason} for failure in self.failures],
            "progress": None
            if progress is None
            else {"stage": progress.stage, "done": progress.done, "total": progress.total, "unit": progress.unit},
        }


@dataclass(slots=True, eq=False)
class Room:
    """Room for one upload, from before its first byte until it is indexed.

    Attributes
    ----------
    key, address
        Whose it is; of a server without keys nobody's.
    """

    key: str | None
    address: str
    arriving: bool = True
    future: Future[None] | None = None

    @property
    def held(self) -> bool:
        """Whether its upload is still in hand."""
        return self.arriving or (self.future is not None and not self.future.done())


class Uploads:
    """Indexes uploads in a thread of its own, one after another.  Safe for use by many threads.

    Parameters
    ----------
    data
        Where files wait.
    """

    def __init__(self, data: Path, limits: Limits) -> None:
        self._waiting = data / "incoming"
        self._limits = limits
        self._rooms: list[Room] = []
        self._jobs: dict[str, Job] = {}
        self._futures: dict[str, Future[None]] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pincite-index")
        if self._waiting.exists():
            close_to_others(self._waiting)
            _clear(self._waiting)

    @contextmanager
    def room(self, key: str | None = None, address: str = "") -> Iterator[Room]:
        """Hold room for one upload while its files arrive; given to `submit` it is held until they are indexed.

        Parameters
        ----------
        key, address
            Whose it is, where there are keys: no key and no address gets all the room.

        Raises
        ------
        Busy
            Too many arrive or wait already, in all or of this key or address.
        """
        limits = self._limits
        with self._lock:
            self._rooms = held = [room for room in self._rooms if room.held]
            own = sum(room.key == key for room in held)
            near = sum(room.address == address for room in held)
            if self._stop.is_set() or len(held) >= limits.jobs:
                raise Busy(5)
            if key is not None and (own >= limits.jobs_per_key or near >= limits.jobs_per_address):
                raise Busy(5, "too many uploads at once: wait until the earlier ones are done")
            room = Room(key, address)
            held.append(room)
        try:
            yield room
        finally:
            room.arriving = False

    def submit(self, collection: Collection, files: Iterable[tuple[str, IO[bytes]]], room: Room | None = None) -> Job:
        """Take files in under their names, which may hold folders, and let them be indexed.

        Parameters
        ----------
        room
            What was held for them.

        Raises
        ------
        StorageFull
            More would be kept for the key than there may be.
        OSError
            The disk is full or cannot be written.
        """
        job_id = secrets.token_hex(16)
        upload = Upload(collection.uploads, self._waiting / job_id)
        try:
            private_folder(self._waiting)
            collection.make_home()
            left = self._limits.stored_bytes - bytes_below(collection.uploads)
            for name, file in files:
                left -= upload.take(name, file)
            if left < 0 and room is not None and room.key is not None:
                most = self._limits.stored_bytes // 1_000_000
                raise StorageFull(f"more than {most:,} MB would be kept for this key: remove documents first")
        except BaseException:
            upload.clear()
            raise
        job = Job(job_id, collection, upload)
        with self._lock:
            self._forget_old()
            self._jobs[job_id] = job
            self._futures[job_id] = self._thread.submit(self._run, job)
            if room is not None:
                room.future = self._futures[job_id]
        return job

    def of(self, collection: Collection) -> list[Job]:
        """Return a collection's uploads, the oldest first."""
        with self._lock:
            return [job for job in self._jobs.values() if job.collection is collection]

    def get(self, collection: Collection, job_id: str) -> Job | None:
        """Return an upload to this collection, or ``None`` where there is none with this id."""
        with self._lock:
            job = self._jobs.get(job_id)
        return job if job is not None and job.collection is collection else None

    def finish(self, seconds: float) -> None:
        """Take no more; let the upload in hand end within a time, else stop it, which leaves the index as it was."""
        with self._lock:
            running = list(self._futures.values())
        for job, future in [(self._jobs[key], future) for key, future in self._futures.items()]:
            if future.cancel():
                job.state = "cancelled"
                job.upload.clear()
        wait_for(running, timeout=seconds)
        self._stop.set()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _forget_old(self) -> None:
        for job_id in [key for key, future in self._futures.items() if future.done()][:-MAX_KEPT_JOBS]:
            del self._jobs[job_id], self._futures[job_id]

    def _run(self, job: Job) -> None:
        job.state = "running"
        ended: State = "failed"
        upload = job.upload
        try:
            upload.put_in_place()
            report = job.collection.add(lambda progress: self._note(job, progress))
            job.added = tuple(doc_id for doc_id in upload.doc_ids if doc_id in report.added)
            job.changed = tuple(doc_id for doc_id in upload.doc_ids if doc_id in report.changed)
            refused = upload.refused(report)
            job.failures = tuple(Failure(each.source, _without(each.reason, job)) for each in refused)
            upload.put_back(failure.source for failure in refused)
            ended = "done"
        except _Stopped:
            upload.put_back()
            ended = "cancelled"
        except Exception as error:
            upload.put_back()
            reason = _reason(error)
            job.failures = tuple(Failure(doc_id, _without(reason, job)) for doc_id in upload.doc_ids)
            logger.exception("indexing failed")
        finally:
            job.progress = None
            upload.clear()
            job.state = ended

    def _note(self, job: Job, progress: Progress) -> None:
        if self._stop.is_set():
            raise _Stopped
        job.progress = progress


def _clear(waiting: Path) -> None:
    """Remove what a server that was killed left behind; what is younger may be another server's."""
    for folder in waiting.glob("*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _STALE_S:
                shutil.rmtree(folder, ignore_errors=True)


def _reason(error: Exception) -> str:
    if isinstance(error, PinciteError):
        return str(error)
    if isinstance(error, OSError):
        return f"cannot be stored ({error.strerror or error}): rename it, or free space on the server"
    return "the server failed: see its log"


def _without(reason: str, job: Job) -> str:
    """Return a reason without the server's own folders."""
    return without_folders(reason, [*job.upload.folders, job.collection.folder])
