"""Adding, listing and removing the visitor's documents."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from pincite import IndexReport, PinciteError, Progress
from pincite.web.file_names import free_name, safe_name
from pincite_ui.jobs import Job, JobStopped
from pincite_ui.visitors import Visitor
from pincite_ui.wording import sentence

log = logging.getLogger("pincite_ui")

STATES = {
    "current": "up to date",
    "changed": "changed on disk since it was indexed",
    "deleted": "its file is gone",
    "unreadable": "its file cannot be read",
    "from Python": "added by a program",
}
JOB = "documents"


def documents_view(
    visitor: Visitor,
    *,
    progress: Progress | None = None,
    message: str | None = None,
    failures: tuple[tuple[str, str], ...] = (),
) -> dict[str, Any]:
    """Return the visitor's documents as the list draws them."""
    library = visitor.library
    items = [
        {
            "doc": each.doc_id,
            "title": each.title,
            "sections": each.n_sections,
            "chunks": each.n_chunks,
            "chars": each.n_chars,
            "state": STATES[each.state],
            "own": library.is_own(each.doc_id),
        }
        for each in library.index.status().documents
    ]
    return {
        "items": items,
        "progress": None
        if progress is None
        else {"stage": progress.stage, "done": progress.done, "total": progress.total, "unit": progress.unit},
        "message": message,
        "failures": [{"source": source, "reason": reason} for source, reason in failures],
    }


def add(visitor: Visitor, files: list[tuple[Path, str]]) -> Iterator[dict[str, Any]]:
    """Take files in, yielding the list with its progress; ends with what was added and what could not be."""
    outcome: list[IndexReport] = []
    job: Job[Progress] = Job(lambda report: outcome.append(visitor.library.add(files, report)))
    visitor.jobs[JOB] = job
    try:
        yield documents_view(visitor, progress=Progress("reading", 0, len(files), "files"))
        for progress in job.start().reports(every=False):
            yield documents_view(visitor, progress=progress)
    except JobStopped:
        yield documents_view(visitor, message="Stopped: nothing was added.")
    except Exception as error:
        if not isinstance(error, (PinciteError, OSError)):
            log.exception("adding documents failed")
        yield documents_view(visitor, message=sentence(error))
    else:
        report = outcome[0]
        new = len(report.added) + len(report.changed)
        failed = tuple((each.source, each.reason) for each in report.failures)
        done = f"{new} {'document' if new == 1 else 'documents'} added: ask about {'it' if new == 1 else 'them'} now."
        yield documents_view(visitor, message=done if new or not failed else None, failures=failed)
    finally:
        job.stop()


def names(paths: Sequence[Path], chosen: str | None = None) -> list[str]:
    """Return a name for each uploaded file, no two alike.

    Parameters
    ----------
    chosen
        What the page says they were called, folders included, as a JSON list: Gradio keeps neither folders nor every
        character.  It is believed where it fits.
    """
    try:
        said: Any = json.loads(chosen or "")
    except ValueError:
        said = None
    fits = isinstance(said, list) and len(said) == len(paths) and all(isinstance(each, str) for each in said)
    found: list[str] = []
    for path, name in zip(paths, said if fits else [each.name for each in paths], strict=True):
        # Who uploads may call a file what they like; only its kind is what it was sent as.
        wanted = safe_name(name) if PurePosixPath(name).suffix == path.suffix else path.name
        found.append(free_name(wanted, found))
    return found


def remove(visitor: Visitor, doc_id: str) -> dict[str, Any]:
    """Drop a document and return the list, or the list with the reason why not."""
    try:
        visitor.library.remove(doc_id)
    except (PinciteError, OSError) as error:
        return documents_view(visitor, message=sentence(error))
    return documents_view(visitor, message=f"{doc_id} removed.")
