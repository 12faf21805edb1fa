"""A second place to keep an index, so that the seam is one: all in memory, by plain loops, and with handles that lie.

Not shipped.  Nothing of the folder's own is used but the rounding of token vectors, without which scores would differ
in the third digit.
"""

import hashlib
import math
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import orjson

from pincite.errors import EncoderMismatch, IndexDamaged, IndexLocked, IndexNotFound, UnknownDocument
from pincite.storing.manifest import Description
from pincite.storing.tokens import quantise
from pincite.storing.values import Compared, Proposals, Segments


class MemoryStore:
    def __init__(self):
        self.current, self.n_commits, self.writing = None, 0, False

    def __str__(self):
        return "memory"

    def exists(self):
        return self.current is not None

    def version(self):
        return self.n_commits or None

    def description(self):
        return self.open().description

    def remains(self):
        raise FileNotFoundError("memory")

    def open(self, *, expect=None, verify=False):
        if self.current is None:
            raise IndexNotFound("memory: no index: run `pincite index`")
        snapshot = MemorySnapshot(self.current)
        built = snapshot.description.encoder
        if expect is not None and built.weights_sha256 != expect.weights_sha256:
            raise EncoderMismatch(f"memory: index was built with {built.name}, the query encoder is {expect.name}")
        return snapshot

    def writer(self, encoder, settings, *, rebuild=False):
        return MemoryWriter(self, encoder, settings, rebuild)


class MemoryWriter:
    is_older = False

    def __init__(self, store, encoder, settings, rebuild):
        self._store, self._encoder, self._settings, self._rebuild = store, encoder, settings, rebuild
        self.previous = self.replaced = None

    def __enter__(self):
        if self._store.writing:
            raise IndexLocked("memory: another writes: wait until it is done")
        if self._store.exists():
            self.replaced = self._store.open(expect=None if self._rebuild else self._encoder)
            self.previous = None if self._rebuild else self.replaced
        self._store.writing = True
        self._folder = tempfile.TemporaryDirectory()
        return self

    def __exit__(self, kind, error, trace):
        self._folder.cleanup()
        self._store.writing = False

    def spool(self):
        return Path(tempfile.mkdtemp(dir=self._folder.name))

    def commit(
        self, *, documents, chunks, vectors, terms, k1, b, token_vectors, segments, continues, sources
    ):  # fmt: skip
        held = list(documents)
        ids = tuple(document.doc_id for document in held)
        described = Description("2026-01-01T00:00:00+00:00", self._encoder, dict(self._settings), ids, tuple(sources))
        tokens = [codes * scales[:, None] for codes, scales in map(quantise, token_vectors)]
        columns = (chunks, list(terms), tokens, segments, continues, vectors)
        if len({len(column) for column in columns}) != 1:
            raise ValueError("expected an entry for each chunk")
        self._store.current = (described, {d.doc_id: d for d in held}, *map(list, columns), k1, b)
        self._store.n_commits += 1


class MemorySnapshot:
    rebuild_command = "pincite index --rebuild"

    def __init__(self, held):
        self.description, self._documents, self._chunks, terms, *rest = held
        self._tokens, self._segments, self._continues, self._vectors, self._k1, self._b = rest
        self._counts = [Counter(each) for each in terms]
        # Neither ascending nor dense, and others each time: whoever counts with them is found out.
        names = np.random.default_rng().choice(1 << 40, len(self._chunks), replace=False)
        self._names = names.astype(np.int64)
        self._places = {int(name): place for place, name in enumerate(names)}
        self._closed = False

    @property
    def digest(self):
        parts = [self.description.settings, [c.chunk_id + c.text for c in self._chunks], str(self._vectors)]
        return hashlib.sha256(orjson.dumps(parts)).hexdigest()

    @property
    def n_chunks(self):
        return len(self._chunks)

    def documents(self):
        self._check()
        return iter(self._documents.values())

    def document(self, doc_id):
        self._check()
        if doc_id not in self._documents:
            raise UnknownDocument(f"no document {doc_id!r} in memory")
        return self._documents[doc_id]

    def handles(self, doc_id=None):
        if doc_id is not None:
            self.document(doc_id)
        return self._names[[i for i, chunk in enumerate(self._chunks) if doc_id in {None, chunk.doc_id}]]

    def handle(self, chunk_id):
        for name, chunk in zip(self._names.tolist(), self._chunks, strict=True):
            if chunk.chunk_id == chunk_id:
                return name
        raise KeyError(f"no chunk {chunk_id!r} in memory")

    def chunk(self, handle):
        self._check()
        return self._chunks[self._places[handle]]

    def vectors_of(self, chunks):
        self._check()
        return np.array([self._vectors[self._places[int(name)]] for name in chunks]).reshape(len(chunks), -1)

    def tokens_of(self, chunk):
        return self._tokens[self._places[int(chunk)]]

    def segments_of(self, chunk):
        return self._segments[self._places[int(chunk)]]

    def sections(self, docs=None):
        return list(dict.fromkeys(self._chunks[place].section for place in self._of(docs)))

    def part(self, *, docs=None, sections=None):
        places = [i for i in self._of(docs) if sections is None or self._chunks[i].section in set(sections)]
        return MemoryPart(self, places)

    def compare(self, chunks, vectors, *, neighbours):
        self._check()
        places = {self._places[int(name)] for name in chunks}
        if neighbours:
            before = {place - 1 for place in places if self._continues[place]}
            after = {place + 1 for place in places if place + 1 < self.n_chunks and self._continues[place + 1]}
            places |= before | after
        chosen = sorted(places)
        firsts, at = [], 0
        for place in chosen:
            firsts.append(self._segments[place].firsts + at)
            at += len(self._tokens[place])
        of_each = [self._segments[place] for place in chosen]
        segments = Segments(
            np.concatenate(firsts),
            np.concatenate([each.spans for each in of_each]),
            np.concatenate([each.norms for each in of_each]),
            np.concatenate([each.opens for each in of_each]),
        )
        return Compared(
            self._names[chosen],
            np.array([bool(self._continues[place]) and place - 1 in places for place in chosen]),
            np.array([len(each.firsts) for each in of_each]),
            segments,
            np.concatenate([self._tokens[place] @ vectors.T for place in chosen]),
        )

    def token_vectors(self, doc_id, span):
        parts = [np.empty((0, self.description.encoder.dim), np.float32)]
        for place in self._of([doc_id]):
            segments, tokens = self._segments[place], self._tokens[place]
            ends = [*segments.firsts[1:], len(tokens)]
            for (start, end), first, last in list(zip(segments.spans, segments.firsts, ends, strict=True))[1:]:
                if span.start <= start and end <= span.end:
                    parts.append(tokens[first:last])
        return np.concatenate(parts)

    def damaged(self, found):
        return IndexDamaged(f"memory: {found}")

    def close(self):
        self._closed = True

    def _of(self, docs):
        for doc_id in docs or ():
            self.document(doc_id)
        return [i for i, chunk in enumerate(self._chunks) if docs is None or chunk.doc_id in docs]

    def _check(self):
        if self._closed:
            raise ValueError("the index is closed")


class MemoryPart:
    def __init__(self, snapshot, places):
        self._snapshot, self._places = snapshot, places

    @property
    def n_chunks(self):
        return len(self._places)

    def document_frequency(self, term):
        return sum(term in self._snapshot._counts[place] for place in self._places)

    def propose(self, *, terms, vector, k):
        whole = self._snapshot
        whole._check()
        if vector is not None and (np.shape(vector) != np.shape(whole._vectors[0]) or not np.isfinite(vector).all()):
            raise ValueError("expected a query of finite numbers")
        bm25 = {place: 0.0 if terms is None else self._bm25(place, terms) for place in self._places}
        cosines = {place: 0.0 if vector is None else float(whole._vectors[place] @ vector) for place in self._places}
        chosen = set()
        for scores, asked in ((bm25, terms is not None), (cosines, vector is not None)):
            if asked:
                chosen |= set(sorted(self._places, key=lambda place: (-round(scores[place], 6), place))[:k])
        places = sorted(chosen)
        columns = (np.array([scores[place] for place in places], np.float32) for scores in (cosines, bm25))
        return Proposals(whole._names[places], *columns)

    def _bm25(self, place, terms):
        counts, n = self._snapshot._counts, self._snapshot.n_chunks
        mean = sum(map(Counter.total, counts)) / n
        score = 0.0
        for term in set(terms):
            df, tf = sum(term in each for each in counts), counts[place][term]
            idf = math.log(1 + (n - df + 0.5) / (df + 0.5))
            length = 1 - self._snapshot._b + self._snapshot._b * counts[place].total() / mean
            score += idf * tf / (tf + self._snapshot._k1 * length)
        return score
