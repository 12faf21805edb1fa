"""What becomes of every document in the next state of an index: read anew, kept as it is, or dropped."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pincite.confining.reader import ConfinedReader, Pending
from pincite.errors import IndexDamaged, ReadError, UnknownDocument
from pincite.indexing.guarding import HEARD_EVERY_S, Heard, guarded
from pincite.indexing.opening import source_state
from pincite.reading import Source, check_doc_id, find_sources
from pincite.storing.base import IndexStore, Snapshot
from pincite.storing.manifest import SourceRecord, sha256_of
from pincite.types import Document, Failure, Progress


@dataclass(frozen=True, slots=True)
class LastState:
    """What the index holds by now, as far as it can be read.

    Attributes
    ----------
    documents
        By id.
    records
        The source of each document that came from a file.
    roots
        The paths that it was made from, as they were given.
    lost
        Ids of documents that cannot be read back.
    """

    documents: Mapping[str, Document] = field(default_factory=dict)
    records: Mapping[str, SourceRecord] = field(default_factory=dict)
    roots: Sequence[str] = ()
    lost: Collection[str] = ()


@dataclass(slots=True)
class Plan:
    """Documents of the next snapshot, each with its source, and how they differ from the last."""

    documents: dict[str, Document] = field(default_factory=dict)
    sources: dict[str, SourceRecord] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Whether anything is not as it was."""
        return bool(self.added or self.changed or self.removed)

    def refuse(self, doc_id: str, reason: str, last: LastState) -> None:
        """Take a document out again that cannot be indexed; what was indexed of it before stays, unless it is that."""
        document, source = self.documents.pop(doc_id), self.sources.pop(doc_id, None)
        self.failures.append(Failure(doc_id if source is None else source.path, reason))
        for ids in (self.added, self.changed, self.unchanged):
            if doc_id in ids:
                ids.remove(doc_id)
        before = last.documents.get(doc_id)
        if before is None:
            return
        if before is document:
            self.removed.append(doc_id)
            return
        self.documents[doc_id] = before
        self.unchanged.append(doc_id)
        if doc_id in last.records:
            self.sources[doc_id] = last.records[doc_id]


def last_state(store: IndexStore, snapshot: Snapshot | None, *, needed: bool) -> LastState:
    """Return what an index holds; of one that cannot be opened, what can be told of it.

    Raises
    ------
    IndexDamaged
        Not even that can be read, and it is ``needed``.
    """
    if snapshot is not None:
        documents = {document.doc_id: document for document in snapshot.documents()}
        records = {source.doc_id: source for source in snapshot.description.sources}
        return LastState(documents, records, list(dict.fromkeys(source.root for source in records.values())))
    try:
        remains = store.remains()
    except (IndexDamaged, FileNotFoundError):
        if needed:
            raise
        return LastState()
    return LastState(roots=remains.roots, lost=remains.doc_ids)


def make_plan(
    roots: Sequence[str | os.PathLike[str]],
    given: Sequence[Document],
    dropped: Collection[str],
    last: LastState,
    *,
    same_recipe: bool,
    max_bytes: int,
    reader: ConfinedReader,
    heard: Heard,
) -> Plan:
    """Read what is new, and say of every document what becomes of it.

    Parameters
    ----------
    roots
        Files, folders and globs to look at.
    given
        Documents made in Python.
    dropped
        Ids of documents to leave out.
    same_recipe
        Whether what did not change may stay as it was indexed.
    heard
        Is told how many files are read, and again and again while one is.

    Raises
    ------
    ReadError
        Two of the documents given have the same id, or one has an id that cannot be shown.
    UnknownDocument
        An id to drop is not in the index.
    """
    plan = Plan()
    made = _by_id(given)
    for doc_id in dropped:
        if doc_id not in last.documents and doc_id not in last.lost:
            raise UnknownDocument(f"no document {doc_id!r} to remove: see `pincite status`")
    found = find_sources(roots)
    plan.failures.extend(found.failures)
    passed_over = {*made, *dropped}
    sources = [source for source in _once(found.found, last.records) if source.doc_id not in passed_over]
    if sources:
        heard(Progress("reading", 0, len(sources), "files"))
    for number, source in enumerate(sources, start=1):
        taken = None
        with guarded(plan.failures, source.path, heard):
            taken = _begin(plan, source, last, reader, same_recipe=same_recipe, max_bytes=max_bytes)
        if taken is not None:
            while not taken.pending.done(HEARD_EVERY_S):
                heard.again()
            with guarded(plan.failures, source.path, heard):
                plan.documents[source.doc_id] = taken.pending.result()
                plan.sources[source.doc_id] = taken.record
                (plan.changed if source.doc_id in last.documents else plan.added).append(source.doc_id)
        heard(Progress("reading", number, len(sources), "files"))
    for doc_id, document in made.items():
        held = last.documents.get(doc_id)
        same = same_recipe and held == document and doc_id not in last.records
        (plan.unchanged if same else plan.added if held is None else plan.changed).append(doc_id)
        plan.documents[doc_id] = document
    _keep_others(plan, last, roots, dropped)
    if plan.documents:
        plan.removed.extend(doc_id for doc_id in last.lost if doc_id not in plan.documents)
    return plan


def _by_id(given: Iterable[Document]) -> dict[str, Document]:
    made: dict[str, Document] = {}
    for document in given:
        check_doc_id(document.doc_id)
        if document.doc_id in made:
            raise ReadError(document.doc_id, "two of the documents given have this id: give each its own")
        made[document.doc_id] = document
    return made


def _once(found: Iterable[Source], records: Mapping[str, SourceRecord]) -> list[Source]:
    """Leave out a file found again below another path, preferring the id under which it is indexed."""
    chosen: dict[str, Source] = {}
    aliases: list[Source] = []
    for source in found:
        real = os.path.realpath(source.path)
        other = chosen.setdefault(real, source)
        if other.given == source.given:
            if other is not source:
                aliases.append(source)  # links within one folder have names of their own
        elif source.doc_id in records and other.doc_id not in records:
            chosen[real] = source
    return [*chosen.values(), *aliases]


@dataclass(frozen=True, slots=True)
class _Taken:
    """A file that is being read, described as it was before."""

    pending: Pending
    record: SourceRecord


def _begin(
    plan: Plan, source: Source, last: LastState, reader: ConfinedReader, *, same_recipe: bool, max_bytes: int
) -> _Taken | None:
    """Keep a file as it was indexed where it did not change, else begin to read it anew."""
    doc_id, record = source.doc_id, last.records.get(source.doc_id)
    root = str(Path(source.given).absolute())
    if record is None and doc_id in last.documents:
        reason = (
            f"has the same id, {doc_id}, as a document from Python: rename it, or `pincite index --remove` that one"
        )
        raise ReadError(source.path, reason)
    if record is not None and record.path != os.path.realpath(source.path) and not _missing(record.path):
        reason = f"has the same id, {doc_id}, as {record.path}, which is indexed: give their common folder"
        raise ReadError(source.path, reason)
    if same_recipe and record is not None and source_state(record) == "current":
        plan.documents[doc_id] = last.documents[doc_id]
        plan.sources[doc_id] = replace(record, root=root)
        plan.unchanged.append(doc_id)
        return None
    # Described before it is read: a change in between is then noticed the next time.
    described = _record(source, root, max_bytes)
    return _Taken(reader.begin(source.path, doc_id=doc_id), described)


def _keep_others(
    plan: Plan, last: LastState, roots: Iterable[str | os.PathLike[str]], dropped: Collection[str]
) -> None:
    """Keep what was not looked for now or could not be read; drop what is gone, or has another id by now."""
    looked_for = {os.path.realpath(root) for root in roots}
    taken = {source.path for source in plan.sources.values()}
    for doc_id, document in last.documents.items():
        if doc_id in plan.documents:
            continue
        record = last.records.get(doc_id)
        gone = record is not None and os.path.realpath(record.root) in looked_for and _gone(record)
        if doc_id in dropped or gone or (record is not None and record.path in taken):
            plan.removed.append(doc_id)
            continue
        plan.documents[doc_id] = document
        plan.unchanged.append(doc_id)
        if record is not None:
            plan.sources[doc_id] = record


def _gone(record: SourceRecord) -> bool:
    """Tell whether a source was deleted: the folder that it was found below can be listed, and it is not there.

    A folder that is itself missing may have been moved, or be on a disk that is not mounted now.
    """
    root = Path(record.root)
    # The root is the folder itself, a file in it, or a glob that begins with it.
    folder = next(
        (each for each in (root, *root.parents) if os.path.realpath(each / record.doc_id) == record.path), None
    )
    if folder is None:
        return False
    try:
        with os.scandir(folder):
            return _missing(record.path)
    except OSError:
        return False


def _missing(path: str) -> bool:
    """Tell whether there is nothing at ``path``; what cannot be looked at may well be there."""
    try:
        Path(path).stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _record(source: Source, root: str, max_bytes: int) -> SourceRecord:
    """Describe a source as it is now; one that will be refused, such as a pipe, is not opened."""
    status = source.path.stat()
    readable = stat.S_ISREG(status.st_mode) and status.st_size <= max_bytes
    return SourceRecord(
        doc_id=source.doc_id,
        path=os.path.realpath(source.path),
        root=root,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        sha256=sha256_of(source.path) if readable else "",
    )
