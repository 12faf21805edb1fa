"""A small index of made-up documents, for the tests of the index folder."""

import dataclasses

import numpy as np
import orjson

from pincite.encoding.base import EncoderIdentity
from pincite.indexing.segments import continuing, segment
from pincite.storing.blocks import BLOCKS
from pincite.storing.folder import read_pointer
from pincite.storing.manifest import MANIFEST, SourceRecord, sha256_of
from pincite.storing.snapshot import open_snapshot
from pincite.storing.terms import terms
from pincite.storing.writer import IndexWriter, recorded
from pincite.types import Chunk, Document, Page, Section, Span

DIM = 16
ENCODER = EncoderIdentity("tiny", "ab" * 32, DIM, 64)


def make_document(doc_id, *, words="alpha beta", boxes=False):
    title = f"Title of {doc_id}"
    parts = [
        title + "\r\n\r\n",
        f"Opening 𝔘ñïcode {words}.\n\n",
        "Part\n",
        f"Body of {doc_id}: {words} end.\n",
        "Menu\n",
    ]
    at = np.cumsum([0, *(len(part) for part in parts)]).tolist()
    text = "".join(parts)
    part = Section((title, "Part"), Span(at[2], at[5]), Span(at[2], at[3] - 1), Span(at[3], at[5]))
    root = Section((title,), Span(0, at[5]), Span(0, len(title)), Span(len(title), at[2]), (part,))
    char_boxes = None
    if boxes:
        char_boxes = np.random.default_rng(0).normal(size=(len(text), 4)).astype(np.float32)
        char_boxes[3] = np.nan
    pages = (Page(1, Span(0, at[2]), 612.0, 792.5), Page(2, Span(at[2], at[5]), 612.0, 792.5)) if boxes else ()
    return Document(doc_id, text, root, "text/markdown", (Span(at[4], at[5] - 1),), pages, char_boxes)


def chunks_of(document):
    found = []
    for section in document.root.walk():
        span = section.body
        chunk_id = f"{document.doc_id}#{span.start}-{span.end}"
        page = document.page_at(span.start)
        found.append(Chunk(chunk_id, document.doc_id, span, document.quote(span), section.path, page))
    return found


def documents(n=3, *, words="alpha beta"):
    return [make_document(f"folder/d{i}.md", words=words, boxes=i % 2 == 1) for i in range(n)]


def unit_vectors(n, dim=DIM, *, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def segments_of(chunk, document, vectors):
    spans = [Span(i, i + 1) for i in range(len(vectors))]
    return segment(chunk, text=document.text, context_length=1, token_spans=spans, token_vectors=vectors)


def contents(docs, *, seed=0):
    chunks = [chunk for document in docs for chunk in chunks_of(document)]
    token_vectors = [unit_vectors(2 + i % 5, seed=seed + i) for i in range(len(chunks))]
    held = {document.doc_id: document for document in docs}
    return {
        "documents": docs,
        "chunks": chunks,
        "vectors": unit_vectors(len(chunks), seed=seed),
        "terms": [terms(chunk.text) for chunk in chunks],
        "k1": 1.2,
        "b": 0.5,
        "token_vectors": token_vectors,
        "segments": [
            segments_of(chunk, held[chunk.doc_id], vectors)
            for chunk, vectors in zip(chunks, token_vectors, strict=True)
        ],
        "continues": continuing(chunks, held),
        "sources": [SourceRecord(d.doc_id, f"/in/{d.doc_id}", "/in", len(d.text), 17, "0" * 64) for d in docs],
    }


def write_index(folder, docs=None, *, seed=0, encoder=ENCODER, rebuild=False):
    with IndexWriter(folder, encoder, {"chars": 700}, rebuild=rebuild) as writer:
        writer.commit(**contents(documents() if docs is None else docs, seed=seed))


def reseal(folder):
    """Have every checksum and digest agree with what the files hold by now, as a hostile hand could."""
    snapshot = folder / read_pointer(folder).name
    (snapshot / BLOCKS).unlink(missing_ok=True)
    path = snapshot / MANIFEST
    held = orjson.loads(path.read_bytes())
    path.unlink()
    held["files"] = {name: dataclasses.asdict(record) for name, record in recorded(snapshot).items()}
    path.write_bytes(orjson.dumps(held))
    (folder / "CURRENT").write_text(f"{snapshot.name} {sha256_of(path)}\n", newline="\n")


def read_whole(folder):
    """Open with full verification, read everything, and return the documents' texts."""
    with open_snapshot(folder, verify="full") as snapshot:
        docs = list(snapshot.documents())
        handles = snapshot.handles()
        for handle in handles:
            chunk = snapshot.chunk(handle)
            assert snapshot.document(chunk.doc_id).quote(chunk.span) == chunk.text
            snapshot.tokens_of(handle)
            snapshot.segments_of(handle)
        snapshot.compare(handles, unit_vectors(2), neighbours=True)
        snapshot.part().propose(terms=["alpha", "beta"], vector=unit_vectors(1)[0], k=3)
        return [document.text for document in docs]
