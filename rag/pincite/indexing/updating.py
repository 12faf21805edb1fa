"""Bringing an index in line with its sources: what changed is encoded, the rest is copied."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pincite.chunking import chunk_document
from pincite.encoding import Encoder, load_encoder
from pincite.errors import IndexNotFound, ReadError
from pincite.indexing.opening import source_state
from pincite.indexing.passages import MAX_CHUNK_CHARS, MAX_CHUNK_TOKENS, Passages, embedded_text, max_chunk_tokens
from pincite.indexing.segment_table import SegmentTable
from pincite.reading import DEFAULT_MAX_BYTES, Source, find_sources, read_file
from pincite.sections import to_document
from pincite.storing.folder import CURRENT
from pincite.storing.generation import Generation, open_generation
from pincite.storing.lexical import LexicalIndex
from pincite.storing.manifest import SourceRecord, sha256_of
from pincite.storing.writer import IndexWriter
from pincite.types import Document, Failure, IndexReport, Progress, ProgressCallback

RECIPE = 1
"""Raise it when the same file would give other sections, chunks or embedded text: every source is then read anew."""


@dataclass(slots=True)
class _Plan:
    """Documents of the next generation, each with its source, and how they differ from the last."""

    documents: dict[str, Document] = field(default_factory=dict)
    sources: dict[str, SourceRecord] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def update_index(
    folder: str | os.PathLike[str],
    paths: Iterable[str | os.PathLike[str]] | None = None,
    *,
    documents: Iterable[Document] = (),
    encoder: Encoder | None = None,
    rebuild: bool = False,
    max_bytes: int = DEFAULT_MAX_BYTES,
    progress: ProgressCallback | None = None,
) -> IndexReport:
    """Make the index in ``folder``, or bring it in line with its sources.

    Only passages whose embedded text is new are encoded; documents of the paths given that are no longer there are
    dropped; those that came from other paths, or from Python, stay.  A source that cannot be read is reported, and
    what was indexed of it before stays.  The new state replaces the old one in one step, so that an error, a crash or
    a kill at any moment leaves the old one.

    Parameters
    ----------
    folder
        The index; made where it is missing.
    paths
        Files, folders (recursively) or globs; ``None`` for those of the last time.
    documents
        Documents made in Python; each replaces the one with the same id.
    encoder
        By default the one that the index was built with, else the embedded default.
    rebuild
        Start afresh, whatever is in the folder.
    max_bytes
        Larger files are refused.

    Raises
    ------
    IndexNotFound
        Neither paths nor documents were given, and there is no index to bring up to date.
    UnusableIndex
        The index is damaged, of another format version, built with another encoder, or being written by another
        process.
    EncoderError
        The encoder cannot be loaded.
    """
    started = time.perf_counter()
    folder = Path(folder)
    given = tuple(documents)
    exists = (folder / CURRENT).exists()
    if paths is None and not given and not exists:
        raise IndexNotFound(f"{folder}: no index to bring up to date: run `pincite index PATH --index {folder}`")
    roots = list(paths) if paths is not None else _roots(folder) if exists else []
    if encoder is None:
        encoder = load_encoder(None if rebuild or not exists else _built_with(folder))
    settings = {"recipe": RECIPE, "chunk_tokens": MAX_CHUNK_TOKENS, "chunk_chars": MAX_CHUNK_CHARS}
    with IndexWriter(folder, encoder.identity, settings, rebuild=rebuild) as writer:
        plan = _plan(roots, given, writer.previous, settings, max_bytes, progress)
        n_chunks = len(writer.previous.chunks) if writer.previous is not None else 0
        if plan.added or plan.changed or plan.removed:
            n_chunks = _write(writer, plan, encoder, progress)
    return IndexReport(
        tuple(sorted(plan.added)),
        tuple(sorted(plan.changed)),
        tuple(sorted(plan.unchanged)),
        tuple(sorted(plan.removed)),
        tuple(plan.failures),
        n_chunks,
        time.perf_counter() - started,
    )


def _roots(folder: Path) -> list[str]:
    """Return the paths of the last time."""
    with open_generation(folder) as generation:
        return list(dict.fromkeys(source.root for source in generation.manifest.sources))


def _built_with(folder: Path) -> str:
    with open_generation(folder) as generation:
        return generation.manifest.encoder.name


def _write(writer: IndexWriter, plan: _Plan, encoder: Encoder, progress: ProgressCallback | None) -> int:
    """Chunk and encode what the plan holds, copy what the last generation has of it, and swap the next one in."""
    documents = [plan.documents[doc_id] for doc_id in sorted(plan.documents)]
    limits = {"max_tokens": max_chunk_tokens(encoder), "max_chars": MAX_CHUNK_CHARS}
    chunks = [
        chunk for document in documents for chunk in chunk_document(document, token_spans=encoder.token_spans, **limits)
    ]
    embedded = [embedded_text(chunk, encoder) for chunk in chunks]
    known = _known(writer.previous, encoder)
    copied = {i: known[key] for i, key in enumerate(map(_digest, embedded)) if key in known}
    with tempfile.TemporaryDirectory(prefix="pincite-") as spool:
        passages = Passages(chunks, embedded, encoder, writer.previous, copied, Path(spool))
        passages.encode(progress)
        writer.commit(
            documents=documents,
            chunks=chunks,
            vectors=passages.vectors,
            lexical=LexicalIndex.build(embedded),
            sources=[plan.sources[doc_id] for doc_id in sorted(plan.sources)],
            token_vectors=passages.token_vectors(),
            arrays=SegmentTable.collect(passages.segments, chunks, plan.documents).arrays(),
        )
    return len(chunks)


def _known(previous: Generation | None, encoder: Encoder) -> dict[bytes, int]:
    """Return the number of each of the last generation's chunks by what was embedded for it."""
    if previous is None:
        return {}
    return {_digest(embedded_text(chunk, encoder)): number for number, chunk in enumerate(previous.chunks)}


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8"), digest_size=16).digest()


def _plan(
    roots: Sequence[str | os.PathLike[str]],
    given: Sequence[Document],
    previous: Generation | None,
    settings: Mapping[str, object],
    max_bytes: int,
    progress: ProgressCallback | None,
) -> _Plan:
    """Read what is new, and say of every document what becomes of it."""
    plan = _Plan()
    same_recipe = previous is not None and previous.manifest.settings == settings
    held = {} if previous is None else {document.doc_id: document for document in previous.documents()}
    records = {} if previous is None else {source.doc_id: source for source in previous.manifest.sources}
    found = find_sources(roots)
    plan.failures.extend(found.failures)
    for number, source in enumerate(found.found, start=1):
        doc_id, record = source.doc_id, records.get(source.doc_id)
        try:
            if record is not None:
                _refuse_other_file(record, source)
            if same_recipe and record is not None and source_state(record) == "current":
                plan.documents[doc_id] = held[doc_id]
                plan.unchanged.append(doc_id)
            else:
                plan.documents[doc_id] = to_document(read_file(source.path, doc_id=doc_id, max_bytes=max_bytes))
                (plan.changed if doc_id in held else plan.added).append(doc_id)
            plan.sources[doc_id] = _record(source)
        except ReadError as error:
            plan.failures.append(Failure(error.source, error.reason))
        if progress is not None:
            progress(Progress("reading", number, len(found.found), "files"))
    for document in given:
        same = same_recipe and held.get(document.doc_id) == document
        kind = plan.unchanged if same else plan.changed if document.doc_id in held else plan.added
        kind.append(document.doc_id)
        plan.documents[document.doc_id] = document
    _keep_others(plan, held, records, roots)
    return plan


def _keep_others(
    plan: _Plan,
    held: Mapping[str, Document],
    records: Mapping[str, SourceRecord],
    roots: Sequence[str | os.PathLike[str]],
) -> None:
    """Keep what was not looked for now or could not be read; drop what is gone, or has another id by now."""
    looked_for = {os.path.realpath(root) for root in roots}
    taken = {source.path for source in plan.sources.values()}
    for doc_id, document in held.items():
        if doc_id in plan.documents:
            continue
        record = records.get(doc_id)
        gone = record is not None and os.path.realpath(record.root) in looked_for and not Path(record.path).exists()
        if record is not None and (gone or record.path in taken):
            plan.removed.append(doc_id)
            continue
        plan.documents[doc_id] = document
        plan.unchanged.append(doc_id)
        if record is not None:
            plan.sources[doc_id] = record


def _refuse_other_file(record: SourceRecord, source: Source) -> None:
    """Raise :class:`ReadError` where another file, which is still there, has given its document this id."""
    if record.path != os.path.realpath(source.path) and Path(record.path).exists():
        reason = f"has the same id, {source.doc_id}, as {record.path}, which is indexed: give their common folder"
        raise ReadError(source.path, reason)


def _record(source: Source) -> SourceRecord:
    """Describe a source as it is now."""
    status = source.path.stat()
    return SourceRecord(
        doc_id=source.doc_id,
        path=os.path.realpath(source.path),
        root=str(Path(source.given).absolute()),
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        sha256=sha256_of(source.path),
    )
