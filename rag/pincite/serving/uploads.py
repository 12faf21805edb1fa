"""Uploaded files: taken in, indexed one upload after another, and what became of each."""

from __future__ import annotations

import logging
import re
import secrets
import shutil
import threading
import time
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal

from pincite.errors import PinciteError
from pincite.serving.collections import Collection
from pincite.serving.limits import Busy, Limits, StorageFull
from pincite.serving.private import bytes_below, close_to_others, make_private, without_folders
from pincite.types import Failure, IndexReport, Progress

logger = logging.getLogger(__name__)

MAX_KEPT_JOBS = 1000
_STALE_S = 86_400
_UNSAFE = re.compile(r'[<>:"|?*]')
State = Literal["waiting", "running", "done", "failed", "cancelled"]


class _Stopped(Exception):
    """The server is told to end; raised in the job's own thread at its next report."""


@dataclass(slots=True)
class Job:
    """One upload: what state it is in, and at its end what was added, changed or refused, by document id."""

    job_id: str
    collection: Collection
    doc_ids: tuple[str, ...]
    folder: Path
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
            "doc_ids": list(self.doc_ids),
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
        folder = self._waiting / job_id
        names: list[str] = []
        try:
            make_private(self._waiting)
            collection.make_home()
            left = self._limits.stored_bytes - bytes_below(collection.uploads)
            for name, file in files:
                names.append(_free(safe_name(name), names))
                place = folder / "new" / names[-1]
                place.parent.mkdir(parents=True, exist_ok=True)
                with place.open("wb") as sink:
                    shutil.copyfileobj(file, sink)
                left -= place.stat().st_size
            if left < 0 and room is not None and room.key is not None:
                most = self._limits.stored_bytes // 1_000_000
                raise StorageFull(f"more than {most:,} MB would be kept for this key: remove documents first")
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        job = Job(job_id, collection, tuple(names), folder)
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
                shutil.rmtree(job.folder, ignore_errors=True)
        wait_for(running, timeout=seconds)
        self._stop.set()
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _forget_old(self) -> None:
        for job_id in [key for key, future in self._futures.items() if future.done()][:-MAX_KEPT_JOBS]:
            del self._jobs[job_id], self._futures[job_id]

    def _run(self, job: Job) -> None:
        job.state = "running"
        ended: State = "failed"
        replaced = job.folder / "replaced"
        uploads = job.collection.uploads
        try:
            for doc_id in job.doc_ids:
                _swap(job.folder / "new" / doc_id, uploads / doc_id, replaced / doc_id)
            report = job.collection.add(lambda progress: self._note(job, progress))
            job.added = tuple(doc_id for doc_id in job.doc_ids if doc_id in report.added)
            job.changed = tuple(doc_id for doc_id in job.doc_ids if doc_id in report.changed)
            job.failures = _refused(job, report)
            _put_back(job, [failure.source for failure in job.failures])
            ended = "done"
        except _Stopped:
            _put_back(job, job.doc_ids)
            ended = "cancelled"
        except Exception as error:
            _put_back(job, job.doc_ids)
            reason = _reason(error)
            job.failures = tuple(Failure(doc_id, _without(reason, job)) for doc_id in job.doc_ids)
            logger.exception("indexing failed")
        finally:
            job.progress = None
            shutil.rmtree(job.folder, ignore_errors=True)
            job.state = ended

    def _note(self, job: Job, progress: Progress) -> None:
        if self._stop.is_set():
            raise _Stopped
        job.progress = progress


def safe_name(name: str) -> str:
    """Return a file's name, folders included, such that it stays below the folder it is put in and can be found there.

    Examples
    --------
    >>> safe_name("../../etc/passwd")
    'etc/passwd'
    >>> safe_name("a<b>.txt"), safe_name(".hidden.txt"), safe_name("")
    ('a_b_.txt', 'hidden.txt', 'document.txt')
    """
    parts = []
    for part in unicodedata.normalize("NFC", name).replace("\\", "/").split("/"):
        shown = "".join(c if c.isprintable() else "_" for c in part)
        stem, dot, suffix = _UNSAFE.sub("_", shown).strip(". ").rpartition(".")
        # A file system takes some 255 bytes; the suffix says what kind of file it is.
        kept = f"{_cut(stem, 150)}{dot}{_cut(suffix, 20 if dot else 150)}"
        if kept.strip(". "):
            parts.append(kept.strip(". "))
    return "/".join(parts[-8:]) or "document.txt"


def _clear(waiting: Path) -> None:
    """Remove what a server that was killed left behind; what is younger may be another server's."""
    for folder in waiting.glob("*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _STALE_S:
                shutil.rmtree(folder, ignore_errors=True)


def _cut(text: str, n_bytes: int) -> str:
    return text.encode("utf-8", "replace")[:n_bytes].decode("utf-8", "ignore")


def _free(name: str, taken: Iterable[str]) -> str:
    """Return a name that is neither one of those taken, nor a folder of one, nor below one."""
    held = set(taken)
    path = Path(name)
    number = 1
    while any(path == Path(each) or path in Path(each).parents or Path(each) in path.parents for each in held):
        number += 1
        path = Path(name).with_name(f"{Path(name).stem} ({number}){Path(name).suffix}")
        if any(Path(each) in path.parents for each in held):
            path = Path(path.name)
    return path.as_posix()


def _swap(new: Path, place: Path, replaced: Path) -> None:
    """Move a file to its place, and what stood there out of the way."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_file():
        replaced.parent.mkdir(parents=True, exist_ok=True)
        place.replace(replaced)
    new.replace(place)


def _put_back(job: Job, doc_ids: Iterable[str]) -> None:
    """Take files away that no document was made from, and put back those that they replaced."""
    for doc_id in doc_ids:
        place, replaced = job.collection.uploads / doc_id, job.folder / "replaced" / doc_id
        with suppress(OSError):
            if replaced.is_file():
                replaced.replace(place)
            elif not (job.folder / "new" / doc_id).exists():
                place.unlink()


def _refused(job: Job, report: IndexReport) -> tuple[Failure, ...]:
    """Return which of the files could not be indexed, and why."""
    uploads = job.collection.uploads.resolve()
    reasons: Mapping[Path, str] = {Path(failure.source).resolve(): failure.reason for failure in report.failures}
    indexed = {*report.added, *report.changed, *report.unchanged}
    refused = []
    for doc_id in job.doc_ids:
        reason = reasons.get(uploads / doc_id)
        if reason is None and doc_id not in indexed:
            kind = Path(doc_id).suffix or "a file without a suffix"
            reason = f"is of no kind that can be read ({kind}): save it as PDF, DOCX, HTML, Markdown or text"
        if reason is not None:
            refused.append(Failure(doc_id, _without(reason, job)))
    return tuple(refused)


def _reason(error: Exception) -> str:
    if isinstance(error, PinciteError):
        return str(error)
    if isinstance(error, OSError):
        return f"cannot be stored ({error.strerror or error}): rename it, or free space on the server"
    return "the server failed: see its log"


def _without(reason: str, job: Job) -> str:
    """Return a reason without the server's own folders."""
    collection = job.collection
    return without_folders(reason, [job.folder / "new", job.folder, collection.uploads, collection.folder])
