"""What speaks for each sentence of the passages found, as numbers.

Token vectors say how near each word of the question is to each sentence; the words themselves say what was matched
to the letter; simple patterns say whether a sentence offers the kind of thing that was asked for.  All signals are
free of scale: cosines, shares, or differences of such, so that they mean the same from one set of documents to another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pincite.evidence.answer_types import offers
from pincite.evidence.headings import headed
from pincite.evidence.model import fitted
from pincite.evidence.polarity import denies, opposites, without_bounds
from pincite.evidence.question import WORD
from pincite.sentences import sentence_spans
from pincite.storing.terms import terms
from pincite.types import Chunk, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pincite.encoding.base import Judgements
    from pincite.evidence.question import Question

SIGNALS = (
    "similarity",  # cosine of the question and the sentence's mean token vector
    "matched",  # weighted mean over the question's words of the nearest token in the sentence
    "weakest",  # the question's word with the least counterpart, in meaning or letter
    "gap",  # weight times lack of the word missed most, negative
    "literal",  # weight of the words matched to the letter, give or take a misspelling
    "sound",  # weighted mean of how surely each word is matched, as a log probability
    "local_gap",  # gap, with the sentences before and after counted in
    "names",  # share of the question's names and numerals missing from sentence and headings, negative
    "numbered",  # the same for numerals and codes ("5", "E5"), from the sentence and headings
    "offered",  # whether it offers the kind of thing asked for, 0 or negative
    "opening",  # nearest new word to "which treaty"
    "adjacency",  # words that stand together in the question stand together in the sentence
    "polarity",  # one denies and the other does not, negative
    "opposite",  # it says the opposite of a word of the question (first, last), negative
    "passage_literal",  # literal, for the passage and its headings
    "judged",  # log odds of it answering, its passage and headings read together with the question
)
# Sentences worth the slower signals, chosen by the quick ones.
_CANDIDATES = 20
# A word counts as matched where its nearest token's cosine passes this; chosen on SQuAD's development half.
_SURE_COSINE, _SURE_SLOPE = 0.55, 12.0
# What another number or code is worth: the encoder takes E5 and E7, 2001 and 2003 for nearly the same.
_OTHER_NUMBER = 0.3
# Passages read together with the question: each costs time.
_READ = 3
_SAME_WORD = 0.5  # share of common letter triples from which two stems are one word misspelt


# The line below the head of a Markdown table.
_RULE = re.compile(r"[ \t]*+\r?\n[ \t]*+(?:\|[ \t]*+)?:?-{2,}+:?[ \t]*+\|")


Judge = Callable[[str, Sequence[str], Sequence[Sequence[Span]]], "Judgements"]
"""Reads a question with texts, given the sentences of each; see `pincite.encoding.CrossEncoder`."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that was found, with what the encoder made of it.

    Attributes
    ----------
    token_vectors
        Shape (n_tokens, dim), float32, unit norm: the chunk's own tokens, without those of a prefix of headings.
    token_spans
        Shape (n_tokens, 2), integers: each token's characters in ``chunk.text``.
    """

    chunk: Chunk
    token_vectors: NDArray[np.float32]
    token_spans: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage: which passage (from 0), and where in the chunk's text."""

    passage: int
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sentences that may answer, and what speaks for each.

    Attributes
    ----------
    signals
        Shape (n_sentences, len(SIGNALS)), float32; higher always speaks for the sentence.
    coverage
        Shape (n_sentences, n_words): how far each word of the question has a counterpart, in [0, 1].
    unknown
        Weight of the question's words that stand in none of the passages, not even misspelt, in [0, 1].
    read
        Shape (n_passages,), float32: log odds of each passage answering, for those that were read together with the
        question, which hold the likeliest sentences; NaN for the others.  Vectors of tokens do not know the question.
    """

    question: Question
    passages: tuple[Passage, ...]
    sentences: tuple[Sentence, ...]
    signals: NDArray[np.float32]
    coverage: NDArray[np.float32]
    unknown: float
    read: NDArray[np.float32]


def gather(question: Question, passages: Sequence[Passage], judge: Judge) -> Evidence:
    """Split passages into sentences and weigh the likeliest against the question.

    Parameters
    ----------
    passages
        What was found, best first; ten are enough.
    judge
        Called once, with a few passages under their headings.
    """
    sentences, heads, starts, vectors = _lay_out(passages)
    n_words = len(question.words)
    if not sentences:
        return Evidence(
            question,
            tuple(passages),
            (),
            np.zeros((0, len(SIGNALS)), np.float32),
            np.zeros((0, n_words), np.float32),
            1.0,
            np.full(len(passages), np.nan, np.float32),
        )
    similar = question.token_vectors @ vectors.T
    nearest = question.pieces @ np.maximum.reduceat(similar, starts, axis=1)
    means = np.add.reduceat(vectors, starts, axis=0)
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)
    cosines = means @ question.vector

    owners = np.array([sentence.passage for sentence in sentences])
    headings = [_stems(" ".join(passage.chunk.section)) for passage in passages]
    stems = [
        _stems(sentence.text) | (frozenset() if head is None else _stems(head) | headings[sentence.passage])
        for sentence, head in zip(sentences, heads, strict=True)
    ]
    pool = frozenset().union(*stems, *headings)
    spelt = [_spellings(stem, pool) for stem in question.stems]
    unknown = float(question.weights[[not found for found in spelt]].sum())
    literal = np.array(
        [[max((sure for stem, sure in found.items() if stem in own), default=0.0) for found in spelt] for own in stems],
        dtype=np.float32,
    )
    numbered = list(question.numbered)
    nearest[numbered] = np.minimum(nearest[numbered], np.maximum(literal.T[numbered], _OTHER_NUMBER))
    coverage = np.clip(np.maximum(nearest.T, literal), 0.0, 1.0)
    weights = question.weights

    quick = cosines + coverage @ weights + 0.5 * literal @ weights
    likeliest = np.argsort(-quick, kind="stable")
    kept = np.sort(likeliest[:_CANDIDATES])
    known_stems = frozenset(question.stems) | frozenset(terms(question.text))
    opening = question.opening @ vectors.T
    asked_denies = denies(without_bounds(question.text))
    ends = np.append(starts[1:], len(vectors))
    rows = []
    for i in kept:
        sentence, passage = sentences[i], passages[sentences[i].passage]
        same = np.flatnonzero(owners == owners[i])
        around = [j for j in (i - 1, i, i + 1) if 0 <= j < len(sentences) and owners[j] == owners[i]]
        own, heading = coverage[i], headings[sentence.passage]
        in_heading = np.array([not heading.isdisjoint(found) for found in spelt])
        in_passage = np.maximum(literal[same].max(axis=0), in_heading)
        lack = weights * (1.0 - own)
        missed = 1.0 - np.maximum(literal[i], in_heading)
        may_deny = question.is_yes_or_no
        columns = slice(starts[i], ends[i])
        rows.append(
            (
                cosines[i],
                nearest[:, i] @ weights,
                own.min(),
                -lack.max() * len(weights),
                literal[i] @ weights,
                weights @ _log_sure(own),
                -(weights * (1.0 - coverage[around].max(axis=0))).max(),
                -_mean_of(missed, question.named),
                -_mean_of(missed, question.numbered),
                offers(question.kind, sentence.text, known_stems | heading) - 1.0,
                _nearest_new(sentence, passage, opening[columns], known_stems),
                _adjacency(question, similar[:, columns], own),
                0.0 if may_deny else -float(asked_denies != denies(without_bounds(sentence.text))),
                0.0 if may_deny else -float(any(_is_opposed(s, stems[i]) for s in question.stems)),
                in_passage @ weights,
                0.0,
            )
        )
    signals = np.array(rows, dtype=np.float32)
    likely = owners[kept[fitted().reading.ranking(signals, SIGNALS)]]
    judged, read = _read(question, passages, sentences, owners, list(dict.fromkeys(likely.tolist()))[:_READ], judge)
    signals[:, SIGNALS.index("judged")] = judged[kept]
    return Evidence(
        question,
        tuple(passages),
        tuple(sentences[i] for i in kept),
        signals,
        coverage[kept],
        unknown,
        read,
    )


def _mean_of(values: NDArray[np.float32], chosen: Sequence[int]) -> float:
    return float(values[list(chosen)].mean()) if chosen else 0.0


def _is_opposed(stem: str, said: frozenset[str]) -> bool:
    return stem not in said and not opposites(stem).isdisjoint(said)


def _read(
    question: Question,
    passages: Sequence[Passage],
    sentences: Sequence[Sentence],
    owners: NDArray[np.intp],
    chosen: Sequence[int],
    judge: Judge,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Read some passages under their headings; return the log odds of each sentence, and of each passage.

    Sentences of the others count as the least likely of those read.
    """
    texts, spans = [], []
    own = [np.flatnonzero(owners == number) for number in chosen]
    for number, there in zip(chosen, own, strict=True):
        before = headed(passages[number].chunk.section)
        before = f"{before}\n" if before else ""
        texts.append(before + passages[number].chunk.text)
        places = (sentences[i].span for i in there.tolist())
        spans.append([Span(len(before) + place.start, len(before) + place.end) for place in places])
    found = judge(question.text, texts, spans)
    judged = np.full(len(sentences), min(float(each.min()) for each in found.sentences), np.float32)
    for there, each in zip(own, found.sentences, strict=True):
        judged[there] = each
    read = np.full(len(passages), np.nan, np.float32)
    read[list(chosen)] = found.texts
    return judged, read


def _lay_out(
    passages: Sequence[Passage],
) -> tuple[list[Sentence], list[str | None], NDArray[np.int64], NDArray[np.float32]]:
    """Return the sentences that have tokens, the first token of each, and all their tokens' vectors in one array.

    Second, for each sentence that is a row of a table, the table's head, which is read with it; else ``None``.
    """
    sentences: list[Sentence] = []
    heads: list[str | None] = []
    starts: list[int] = []
    parts: list[NDArray[np.float32]] = []
    total = 0
    for number, passage in enumerate(passages):
        text = passage.chunk.text
        headings = {heading.casefold() for heading in passage.chunk.section}
        head = ""
        for span in sentence_spans(text):
            written = text[span.start : span.end]
            is_head = _RULE.match(text, span.end) is not None
            is_row = written.startswith("|")
            if is_head or not is_row:
                head = written if is_head else ""
            if is_head or written.strip("#* \t").casefold() in headings:
                continue  # they name things and say nothing of them
            first, last = np.searchsorted(passage.token_spans[:, 0], (span.start, span.end))
            if last > first:
                sentences.append(Sentence(number, span, written))
                heads.append(head if is_row else None)
                starts.append(total)
                parts.append(passage.token_vectors[first:last])
                total += last - first
    vectors = np.concatenate(parts) if parts else np.zeros((0, 0), np.float32)
    return sentences, heads, np.array(starts, dtype=np.int64), vectors


def _stems(text: str) -> frozenset[str]:
    return frozenset(terms(text))


def _spellings(stem: str, pool: frozenset[str]) -> dict[str, float]:
    """Return the stems of ``pool`` that are this one, perhaps misspelt, with how sure that is.

    Dice's coefficient of letter triples; only where the stem itself is not to be found.
    """
    if stem in pool:
        return {stem: 1.0}
    if len(stem) < 4 or not stem.isalpha():
        return {}
    triples = _triples(stem)
    found = {}
    for other in pool:
        if abs(len(other) - len(stem)) <= 2 and (other[0] == stem[0] or other[-1] == stem[-1]):
            theirs = _triples(other)
            sure = 2 * len(triples & theirs) / (len(triples) + len(theirs))
            if sure >= _SAME_WORD:
                found[other] = sure
    return found


def _triples(word: str) -> set[str]:
    padded = f"^{word}$"
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def _log_sure(coverage: NDArray[np.float32]) -> NDArray[np.float32]:
    sure: NDArray[np.float32] = -np.logaddexp(0.0, -_SURE_SLOPE * (coverage - _SURE_COSINE))
    return sure


def _nearest_new(sentence: Sentence, passage: Passage, similar: NDArray[np.float32], known: frozenset[str]) -> float:
    """Return the cosine of the question's opening with the nearest word of the sentence that the question lacks."""
    text = passage.chunk.text
    first, last = np.searchsorted(passage.token_spans[:, 0], (sentence.span.start, sentence.span.end))
    words = [(m.start(), m.group()) for m in WORD.finditer(text, sentence.span.start, sentence.span.end)]
    new = np.array([bool(found) and found[0] not in known for found in (terms(word) for _, word in words)], dtype=bool)
    if not new.any():
        return 0.0
    owner = np.searchsorted([start for start, _ in words], passage.token_spans[first:last, 0], side="right") - 1
    is_new = (owner >= 0) & new[np.maximum(owner, 0)]
    return float(similar[is_new].max(initial=0.0))


def _adjacency(question: Question, similar: NDArray[np.float32], coverage: NDArray[np.float32]) -> float:
    """Return how near neighbouring words of the question lie in the sentence, in [0, 1]; .5 for a lone word."""
    places = (question.pieces @ similar).argmax(axis=1)
    pairs = [j for j in range(len(places) - 1) if question.positions[j + 1] - question.positions[j] <= 2]
    if not pairs:
        return 0.5
    apart = np.abs(np.diff(places))[pairs]
    both = np.minimum(coverage[:-1], coverage[1:])[pairs]
    return float(np.mean(np.exp(-apart / 4.0) * both))
