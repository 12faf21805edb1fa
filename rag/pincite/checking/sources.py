"""The sentences of the passages that were found: what a statement may rest on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pincite.checking import english
from pincite.checking.grammar import Reading, read_sentence
from pincite.checking.rows import TABLE_RULE, cells, with_head
from pincite.checking.words import owners, polarity, said_in, words
from pincite.evidence.polarity import denies
from pincite.evidence.selecting import with_list
from pincite.sentences import sentence_spans
from pincite.storing.terms import terms
from pincite.types import Chunk, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pincite.encoding import Encoder

# A sentence that speaks to a language model is no evidence for what the model says then.
_TO_A_MODEL = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instructions?|rules?|prompts?|above|previous|prior)\b"
    r"|\b(?:you are|act as|pretend to be|behave as)\b.{0,30}\b(?:assistant|model|ai|chatbot|bot|admin|developer|dan)\b"
    r"|\b(?:system|assistant|developer|user|human)\s*+(?:(?:prompt|message|override|note)\s*+)?:"
    r"|\b(?:respond|reply|answer|output|print|write|repeat|say|append|add|include|cite|end|begin|start)\b.{0,60}"
    r"\b(?:your (?:answer|reply|response|output|instructions|system prompt|prompt)|the following|exactly|verbatim"
    r"|only with|instead|every (?:answer|sentence|reply))\b"
    r"|\A\W*(?:say|tell|claim|reply|respond|pretend)\b|\band (?:say|claim|pretend)\b"
    r"|\b(?:language model|llm|chatbot|ai assistant|large language|prompt injection|new instructions?)\b",
    re.IGNORECASE | re.DOTALL,
)
_POINTS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|he|him|his|she|her|this|that|these|those|such|both|former|latter|same|others?|another|"
    r"then|there)\b",
    re.IGNORECASE,
)
# What numbers or marks a sentence: "4.1", "(a)", "- ", "> **Warning:**".
_ENUMERATOR = re.compile(
    r"(?:[>*#•-]+[ \t]+|\(?\d{1,3}(?:\.\d{1,3})*[.)]?[ \t]+(?=[^\W\da-z])"
    r"|\([a-z\d]{1,3}\)[ \t]+|\*\*\w+:\*\*[ \t]*){1,4}"
)
_CLAUSE_NUMBER = re.compile(r"\(?(\d{1,3}(?:\.\d{1,3})+|\d{1,3}(?![.)]))[.)]?[ \t]+(?=[^\W\da-z])")
_BEFORE = 2  # sentences before that a pronoun may point to


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """A sentence of a passage, or a list with the sentence that introduces it.

    Attributes
    ----------
    passage
        Which passage, from 0.
    span
        Its characters in the document.
    reading
        What it says; of a table's row together with the head of each column.
    stems
        Its terms, numbers in digits among them.
    senses, akin
        The groups of like meaning that its terms belong to, our own and those of WordNet.
    said
        Its terms and its every word, stop words among them.
    around
        Terms of the headings, and of the mark that numbers it.
    before
        Terms of the sentences just before it, where it points back to them.
    vector
        Shape (dim,), float32, unit norm: the sentence encoded alone.
    token_vectors
        Shape (n_tokens, dim), float32, unit norm.
    owner
        Shape (n_tokens,): the number of the word that each token belongs to, -1 for none.
    words
        The stems of each word.
    polarity
        Whether each stem is denied, asserted, or both.
    places
        Where each stem stands, counted in words that carry meaning.
    denies
        Whether it holds a denial at all.
    """

    passage: int
    chunk: Chunk
    span: Span
    text: str
    reading: Reading
    stems: frozenset[str]
    senses: frozenset[str]
    akin: frozenset[str]
    said: frozenset[str]
    around: frozenset[str]
    before: frozenset[str]
    vector: NDArray[np.float32]
    token_vectors: NDArray[np.float32]
    owner: NDArray[np.int64]
    words: tuple[frozenset[str], ...]
    polarity: Mapping[str, frozenset[bool]]
    places: Mapping[str, Sequence[int]]
    denies: bool


def sources_of(chunks: Sequence[Chunk], encoder: Encoder) -> tuple[Source, ...]:
    """Return the sentences of passages, best passage first; a sentence that stands in several is kept once.

    Headings are left out, and so are sentences that speak to a language model ("ignore your instructions").
    """
    found: dict[tuple[str, Span], _Found] = {}
    for number, chunk in enumerate(chunks):
        headings = frozenset(terms(" ".join(chunk.section)))
        titles = {heading.casefold() for heading in chunk.section}
        spans = sentence_spans(chunk.text)
        head: Sequence[str] = ()
        for i, span in enumerate(spans):
            row = cells(chunk.text[span.start : span.end])
            if not row or TABLE_RULE.match(chunk.text, span.end):
                head = row
            before = chunk.text[spans[max(0, i - _BEFORE)].start : span.start]
            points_back = _POINTS_BACK.search(chunk.text, span.start, span.end) is not None
            said_before = frozenset(terms(before)) if points_back else frozenset()
            for within in dict.fromkeys((span, with_list(chunk.text, span))):
                text = chunk.text[within.start : within.end]
                if text.strip("#* \t").casefold() in titles or not terms(text) or _speaks_to_a_model(text):
                    continue
                place = Span(chunk.span.start + within.start, chunk.span.start + within.end)
                bare = without_mark(text)
                read = with_head(row, head) if row and head and row != head else bare
                around = headings | frozenset(terms(text[: len(text) - len(bare)]))
                found.setdefault((chunk.doc_id, place), _Found(number, chunk, place, text, read, around, said_before))
    encoding = encoder.encode_documents([each.read for each in found.values()], with_tokens=True)
    return tuple(
        _source(each, vector, token_vectors, token_spans)
        for each, vector, token_vectors, token_spans in zip(
            found.values(), encoding.vectors, encoding.token_vectors, encoding.token_spans, strict=True
        )
    )


def without_mark(text: str) -> str:
    """Return a sentence without what numbers or marks it.

    Examples
    --------
    >>> without_mark("4.1 The Authority shall dredge."), without_mark("2 dogs bark.")
    ('The Authority shall dredge.', '2 dogs bark.')
    """
    marker = _ENUMERATOR.match(text)
    return text[marker.end() :] if marker is not None else text


def clause_number(text: str) -> str:
    """Return the number of the clause that a sentence stands in, as it says itself; a list's numbers are none.

    Examples
    --------
    >>> clause_number("4.1 The Authority shall dredge."), clause_number("1. It dredges.")
    ('4.1', '')
    """
    match = _CLAUSE_NUMBER.match(text)
    return match[1] if match is not None else ""


@dataclass(frozen=True, slots=True)
class _Found:
    passage: int
    chunk: Chunk
    span: Span
    text: str
    read: str
    around: frozenset[str]
    before: frozenset[str]


def _speaks_to_a_model(text: str) -> bool:
    return _TO_A_MODEL.search("".join(c for c in text if unicodedata.category(c) != "Cf")) is not None


def _source(
    found: _Found, vector: NDArray[np.float32], token_vectors: NDArray[np.float32], token_spans: Sequence[Span]
) -> Source:
    reading = read_sentence(found.read)
    read = words(reading.plain)
    places: dict[str, list[int]] = {}
    for n, word in enumerate(read):
        for stem in word.stems:
            places.setdefault(stem, []).append(n)
    return Source(
        passage=found.passage,
        chunk=found.chunk,
        span=found.span,
        text=found.text,
        reading=reading,
        stems=frozenset(terms(found.read)) | places.keys(),
        senses=frozenset().union(*map(english.senses, places)),
        akin=frozenset().union(*map(english.akin, places)),
        said=said_in(reading.plain),
        around=frozenset(map(english.lemma, found.around)) | found.around,
        before=frozenset(map(english.lemma, found.before)) | found.before,
        vector=vector,
        token_vectors=token_vectors,
        owner=owners(read, token_spans),
        words=tuple(frozenset(word.stems) for word in read),
        polarity=polarity(read),
        places=places,
        denies=denies(reading.plain),
    )
