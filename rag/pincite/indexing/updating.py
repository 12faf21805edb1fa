"""Bringing an index in line with its sources: what changed is encoded, the rest is copied."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from pincite.confining.reader import ConfinedReader
from pincite.encoding import Encoder, load_encoder
from pincite.errors import IndexNotFound
from pincite.indexing.cutting import Cuts
from pincite.indexing.guarding import Heard
from pincite.indexing.passages import EncodingFailed, Passages, embedded_text
from pincite.indexing.planning import Plan, last_state, make_plan
from pincite.indexing.segments import continuing
from pincite.reading import DEFAULT_MAX_BYTES, ReadingLimits
from pincite.settings import DEFAULTS, IndexSettings, Settings
from pincite.storing.base import Snapshot, SnapshotWriter
from pincite.storing.folder_store import Where, store_at
from pincite.storing.terms import terms
from pincite.types import Document, IndexReport, ProgressCallback

Paths = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

RECIPE = 2
"""Raise it when the same file would give other sections, chunks or embedded text: every source is then read anew."""

BEFORE = {"context_share": 0.28, "k1": 1.2, "b": 0.5}
"""What made an index of which its manifest does not say: they were constants before they were settings."""

REWEIGHED = frozenset({"k1", "b"})
"""Settings that weigh words alone: with another value nothing is read, cut or encoded anew."""

EMBEDDED = frozenset({"recipe", "context_share"})
"""Settings by which the text that was embedded for a chunk is known again; with another value nothing is copied."""


def update_index(
    folder: Where,
    paths: Paths | None = None,
    *,
    documents: Iterable[Document] = (),
    remove: str | Iterable[str] = (),
    encoder: Encoder | None = None,
    rebuild: bool = False,
    max_bytes: int = DEFAULT_MAX_BYTES,
    limits: ReadingLimits | None = None,
    settings: Settings = DEFAULTS,
    progress: ProgressCallback | None = None,
) -> IndexReport:
    """Make the index in ``folder``, or bring it in line with its sources.

    Only passages whose embedded text is new are encoded; documents of the paths given that are no longer there are
    dropped; those that came from other paths, or from Python, stay.  A source that cannot be read is reported, and
    what was indexed of it before stays; so it does where the folder itself is missing or cannot be listed.  The new
    state replaces the old one in one step, so that an error, a crash or a kill at any moment leaves the old one.

    Files are read in another process, which is held to ``limits`` and ends with the call, however it ends.  Whatever
    goes wrong with one file is reported as that file's failure, and the others go on.

    Parameters
    ----------
    folder
        The index; made where it is missing.  A path, or another `IndexStore`.
    paths
        Files, folders (recursively) or globs; ``None`` for those of the last time.
    documents
        Documents made in Python; each replaces the one with the same id, which then is no longer a file's.
    remove
        Ids of documents to drop.  A file that is still there comes back the next time its folder is indexed.
    encoder
        By default the one that the index was built with, else the embedded default.
    rebuild
        Start afresh, whatever is in the folder.  Documents from Python, and those whose source cannot be read now,
        are kept where the index is sound, and else reported as removed.
    max_bytes
        Larger files are refused.
    limits
        Memory, time and characters that reading one file may take; by default those of :class:`ReadingLimits`.
    settings
        Of which ``index`` counts.  Where one differs from what the index was made with, what it decides is made anew:
        chunks of another size are cut and encoded, and words weighed by another ``k1`` or ``b``.
    progress
        Told how far the work is; while one file is read, the same again several times a second.  What it raises ends
        the run at once, and leaves the index as it was.

    Raises
    ------
    ReadError
        Two of the documents given have the same id, or one has an id that cannot be shown.
    UnknownDocument
        An id to remove is not in the index.
    IndexNotFound
        Neither paths nor documents were given, and there is no index to bring up to date.
    UnusableIndex
        The index is damaged, of another format version, built with another encoder, or being written by another
        process.
    EncoderError
        The encoder cannot be loaded.
    """
    started = time.perf_counter()
    store = store_at(folder)
    given = tuple(documents)
    exists = store.exists()
    if paths is None and not given and not exists:
        raise IndexNotFound(f"{store}: no index to bring up to date: run `pincite index PATH --index {store}`")
    if encoder is None:
        encoder = load_encoder(None if rebuild or not exists else store.description().encoder.name)
    recorded = {"recipe": RECIPE, **asdict(settings.index)}
    with store.writer(encoder.identity, recorded, rebuild=rebuild) as writer:
        last = last_state(store, writer.replaced, needed=paths is None and exists)
        roots = last.roots if paths is None else _listed(paths)
        differing = _differing(writer.previous, recorded)
        dropped = {str(doc_id) for doc_id in _listed(remove)}
        heard = Heard(progress)
        with ConfinedReader(limits, max_bytes=max_bytes) as reader:
            plan = make_plan(
                roots,
                given,
                dropped,
                last,
                same_recipe=not differing - REWEIGHED,
                max_bytes=max_bytes,
                reader=reader,
                heard=heard,
            )
        n_chunks = writer.previous.n_chunks if writer.previous is not None else 0
        cuts = Cuts(encoder, heard, settings.index)
        # An index that cannot be read is not replaced by an empty one: the paths may have been mistyped.
        anew = rebuild or writer.is_older or (writer.previous is not None and bool(differing))
        while (plan.documents or writer.replaced is not None) and (plan.differs or anew):
            refused = cuts.refused(plan.documents)
            if not refused:
                known = _known(writer.previous, encoder, settings.index) if not differing & EMBEDDED else {}
                written = _write(writer, plan, cuts, known, encoder, settings.index, heard)
                if isinstance(written, int):
                    n_chunks = written
                    break
                refused = written
            for doc_id, reason in refused.items():
                plan.refuse(doc_id, reason, last)
    return IndexReport(
        tuple(sorted(plan.added)),
        tuple(sorted(plan.changed)),
        tuple(sorted(plan.unchanged)),
        tuple(sorted(plan.removed)),
        tuple(plan.failures),
        n_chunks,
        time.perf_counter() - started,
    )


def _listed(given: Paths | None) -> list[str | os.PathLike[str]]:
    """Return what was given as a list: one path or id by itself counts as one, not as its characters."""
    if given is None:
        return []
    return [given] if isinstance(given, (str, os.PathLike)) else list(given)


def _differing(previous: Snapshot | None, recorded: Mapping[str, object]) -> set[str]:
    """Return the names of the settings that are others than those of the last snapshot; all, where there is none."""
    before = {} if previous is None else {**BEFORE, **previous.description.settings}
    return {name for name, value in recorded.items() if before.get(name) != value}


def _write(
    writer: SnapshotWriter,
    plan: Plan,
    cuts: Cuts,
    known: Mapping[bytes, int],
    encoder: Encoder,
    settings: IndexSettings,
    heard: Heard,
) -> int | dict[str, str]:
    """Encode what the plan holds, copy what the last snapshot has of it, and swap the next one in.

    Returns
    -------
    int or dict
        How many chunks it has; or, where nothing was written, why by the ids of documents that cannot be encoded.
    """
    documents = [plan.documents[doc_id] for doc_id in sorted(plan.documents)]
    chunks = [chunk for document in documents for chunk in cuts.of(document).chunks]
    embedded = [text for document in documents for text in cuts.of(document).embedded]
    copied = {i: known[key] for i, key in enumerate(map(_digest, embedded)) if key in known}
    passages = Passages(chunks, embedded, plan.documents, encoder, writer.previous, copied, writer.spool())
    try:
        passages.encode(heard)
    except EncodingFailed as failed:
        return cuts.unencodable({chunks[number].doc_id for number in failed.numbers}, failed)
    writer.commit(
        documents=documents,
        chunks=chunks,
        vectors=passages.vectors,
        terms=map(terms, embedded),
        k1=settings.k1,
        b=settings.b,
        token_vectors=passages.token_vectors(),
        segments=passages.segments,
        continues=continuing(chunks, plan.documents),
        sources=[plan.sources[doc_id] for doc_id in sorted(plan.sources)],
    )
    return len(chunks)


def _known(previous: Snapshot | None, encoder: Encoder, settings: IndexSettings) -> dict[bytes, int]:
    """Return the handle of each of the last snapshot's chunks by what was embedded for it."""
    if previous is None:
        return {}
    handles = previous.handles().tolist()
    return {_digest(embedded_text(previous.chunk(handle), encoder, settings)): handle for handle in handles}


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8"), digest_size=16).digest()
