"""Questions and passages with made-up vectors: each stem has its own random direction."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pytest

from pincite import evidence
from pincite.encoding.base import Judgements
from pincite.evidence import Passage, Question, read_question
from pincite.storing.terms import terms
from pincite.types import Chunk, Span

DIM = 64


def direction(word: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.blake2b((terms(word) or [word])[0].encode(), digest_size=4).digest())
    vector = np.random.default_rng(seed).standard_normal(DIM).astype(np.float32)
    return vector / np.linalg.norm(vector)


def encode(text: str):
    """Return token vectors and spans, one token a word."""
    found = [(m.start(), m.end()) for m in re.finditer(r"\w+", text)]
    vectors = np.array([direction(text[a:b].casefold()) for a, b in found], np.float32).reshape(-1, DIM)
    return vectors, found


@pytest.fixture
def ask():
    def make(text: str, rarity_of=lambda stem: 1.0) -> Question:
        vectors, found = encode(text)
        mean = vectors.sum(axis=0) if len(vectors) else np.zeros(DIM, np.float32)
        mean /= max(float(np.linalg.norm(mean)), 1e-6)
        return read_question(text, mean, vectors, [Span(a, b) for a, b in found], rarity_of)

    return make


@pytest.fixture
def passage():
    def make(text: str, *, start: int = 0, doc: str = "doc.txt", section: tuple[str, ...] = ("Title",)) -> Passage:
        vectors, found = encode(text)
        span = Span(start, start + len(text))
        chunk = Chunk(f"{doc}#{span.start}-{span.end}", doc, span, text, section)
        return Passage(chunk, vectors, np.array(found, np.int32).reshape(-1, 2))

    return make


@pytest.fixture
def gather():
    def judge(question, texts, sentences):
        def shared(text):
            return len(set(terms(question)) & set(terms(text)))

        return Judgements(
            np.array([shared(text) for text in texts], np.float32),
            tuple(
                np.array([shared(text[s.start : s.end]) for s in spans], np.float32)
                for text, spans in zip(texts, sentences, strict=True)
            ),
        )

    return lambda question, passages: evidence.gather(question, passages, judge)
