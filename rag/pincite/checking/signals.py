"""What speaks for a statement being borne out by sentences of the documents, as numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from pincite.checking import english
from pincite.checking.aligning import misplaced
from pincite.checking.comparing import equal
from pincite.checking.contradictions import contradictions
from pincite.checking.grammar import Reading, has_verb, read_sentence
from pincite.checking.parallel import says_of_another
from pincite.checking.sources import clause_number
from pincite.checking.words import Word, owners, polarity, said_in, words
from pincite.evidence.polarity import denies, opposites

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pincite.checking.sources import Source
    from pincite.types import Span

SUPPORT_SIGNALS = (
    "similarity",  # cosine of the statement and the nearest of the sentences
    "covered",  # weighted mean over the statement's words of the nearest word in the sentences
    "weakest",  # the word with the least counterpart
    "gap",  # weight times lack of the word missed most, negative
    "literal",  # weight of the words found to the letter, in the sentences or what stands around them
    "numbers",  # there is a number that none of the sentences holds, negative
    "names",  # there is a name that neither the sentences nor what stands around them hold, negative
    "fact_context",  # how many of the words beside each number and name stand with it in one sentence
    "denied",  # a word is denied on one side and asserted on the other, negative
    "denials",  # one side holds a denial and the other none, negative
    "opposite",  # it says the opposite of a word of the sentences (first, last), negative
    "order",  # share of neighbouring words that stand near each other, in this order, in one sentence
    "alone",  # 1 for one sentence, 0 for several
    "contradicted",  # it says something otherwise than they do: a number, a modal, a role; negative
)
_AROUND = 0.8  # what a word counts for that stands in a heading
_BEFORE = 0.6  # and just before a sentence that points back
_LIKE = 0.9  # what a word counts for of which the sentence has a synonym
_AKIN = 0.75  # and of which WordNet has one
_SOMEBODY = 0.7  # what a word for somebody counts for where the sentence leaves open who
_LISTED = re.compile(r",\s+(?:and |or )?|\s(?:and|or|nor|as well as|plus)\s")
_NO_MEMBER = re.compile(
    r"(?:more|less|fewer|later|earlier|longer|older|over|under|who|which|that|so|but|otherwise|minus|while|whereas|then|"
    r"if|when|where|unless|not|it|they|he|she|you|both|i\.e|e\.g|such|including|after|before)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"(?:(?!and |or )\w+ ){0,2}"
    r"(?:is|are|was|were|has|have|had|may|must|shall|can|will|should|does|do|did|"
    r"(?!unless|across|towards|besides|his)\w{3,}s (?:the|an?|for|to))\b",
    re.IGNORECASE,
)
_PHRASE = re.compile(r"(?:with|from|by|in|at|to|for|up|on|of|under|within|until)\b", re.IGNORECASE)
_NAMED = 2  # words of a member of a list that name it
_ADDED = 0.65  # how near a word must be for being no addition to a list
_SHORT = 3  # words of a statement of which each must be known
_BESIDE = 3  # words on either side of a number or name
_NEAR = 8  # words apart at which two neighbours of the statement still count as near
_LEAST_WEIGHT = 0.15

Weigh = Callable[[str], float]
"""Rarity of a term among the passages, from 0 to 1; see `pincite.evidence.rarity`."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement, read for being held against sources.

    Attributes
    ----------
    counted
        For each word the number of the quantity that it is part of, if it is.
    weights
        Shape (n_words,), float32, summing to 1: how much each word matters.
    vector
        Shape (dim,), float32, unit norm.
    word_vectors
        Shape (n_words, dim), float32: the mean of each word's token vectors, unit norm; 0 where it has none.
    polarity
        Whether each stem is denied, asserted, or both.
    opposites
        Words that say the opposite of one of its own ("before", "after").
    denies
        Whether it holds a denial at all.
    mark
        The number of the clause that it says it stands in.
    begins
        Where the statement begins, behind the question that it is read with.
    """

    text: str
    reading: Reading
    words: tuple[Word, ...]
    stems: frozenset[str]
    counted: tuple[int | None, ...]
    weights: NDArray[np.float32]
    vector: NDArray[np.float32]
    word_vectors: NDArray[np.float32]
    polarity: Mapping[str, frozenset[bool]]
    opposites: frozenset[str]
    denies: bool
    mark: str = ""
    begins: int = 0


def read_claim(
    text: str,
    vector: NDArray[np.float32],
    token_vectors: NDArray[np.float32],
    token_spans: Sequence[Span],
    weigh: Weigh,
) -> Claim:
    """Read a statement.

    Parameters
    ----------
    vector, token_vectors, token_spans
        What the encoder made of ``text``; see `pincite.encoding.base.Encoding`.
    """
    reading = read_sentence(text)
    found = words(reading.plain)
    owner = owners(found, token_spans)
    inside = owner >= 0
    means = np.zeros((len(found), token_vectors.shape[1]), dtype=np.float32)
    np.add.at(means, owner[inside], token_vectors[inside])
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-6)
    weights = np.array(
        [
            _LEAST_WEIGHT + (0.0 if english.LIGHT.issuperset(word.stems) else max(map(weigh, word.stems)))
            for word in found
        ],
        dtype=np.float32,
    )
    said = said_in(reading.plain)
    return Claim(
        text=text,
        reading=reading,
        words=found,
        stems=frozenset(stem for word in found for stem in word.stems),
        counted=tuple(_counted(reading, word) for word in found),
        weights=weights / max(float(weights.sum()), 1e-6),
        vector=vector,
        word_vectors=means,
        polarity=polarity(found),
        opposites=frozenset().union(*(opposites(word) for word in said - {"buy", "sell"})) - said,
        denies=denies(reading.plain),
    )


def _counted(reading: Reading, word: Word) -> int | None:
    return next((n for n, each in enumerate(reading.quantities) if each.at <= word.start < each.end), None)


def support_signals(claim: Claim, support: Sequence[Source]) -> NDArray[np.float32]:
    """Return what speaks for the statement resting on these sentences, shape (len(SUPPORT_SIGNALS),); higher is better.

    Every signal lies in about [-1, 1], so that it means the same for statements of any length.
    """
    if not claim.words:
        return np.zeros(len(SUPPORT_SIGNALS), dtype=np.float32)
    each = [_covered(claim, source) for source in support]
    coverage, literal = (np.max(side, axis=0) for side in zip(*each, strict=True))
    weights = claim.weights
    lack = weights * (1.0 - coverage)
    numbers = [i for i, word in enumerate(claim.words) if word.kind == "number"]
    names = [i for i, word in enumerate(claim.words) if word.kind == "name"]
    holds = np.array([literal > _AROUND for _, literal in each])
    known: NDArray[np.bool_] = np.any(holds, axis=0)
    against = _against(claim, support)
    own = [i for i, word in enumerate(claim.words) if word.start >= claim.begins]
    if len(own) <= _SHORT and any(literal[i] < _AKIN and coverage[i] < _AKIN and i not in numbers for i in own):
        against |= {"addition"}  # "the ferry is cancelled" where nothing is
    deny = "denied" in against
    return np.array(
        [
            max(float(claim.vector @ source.vector) for source in support),
            weights @ coverage,
            coverage.min(),
            -lack.max() * len(weights),
            weights @ literal,
            -float(not known[numbers].all()),
            -float((literal[names] == 0.0).any()),
            _fact_context(holds, np.array([cover for cover, _ in each]), sorted(numbers + names)),
            -float(deny and max(_denied(claim, source) for source in support)),
            -float(deny and claim.denies != any(source.denies for source in support)),
            -float(any(not claim.opposites.isdisjoint(source.said) for source in support)),
            _order(claim, support),
            float(len(support) == 1),
            -float(bool(against)),
        ],
        dtype=np.float32,
    )


def _against(claim: Claim, support: Sequence[Source]) -> set[str]:
    """Return the kinds of contradiction between a statement and sentences."""
    rests_on = [source.reading for source in support]
    left = np.max([_left(claim, source) for source in support], axis=0)
    near = {word.start: float(value) for word, value in zip(claim.words, left, strict=True)}
    against = set(contradictions(claim.reading, rests_on)) | misplaced(claim.reading, rests_on, near)
    if claim.mark and not any(clause_number(source.text) == claim.mark for source in support):
        against |= {"number"}  # another clause says so
    if says_of_another(claim.reading, rests_on):
        against |= {"exchanged"}
    return against | {"addition"} if _adds(claim, support, left) else against


def _left(claim: Claim, source: Source) -> NDArray[np.float32]:
    """Return for each word the nearest of those words of the source that the statement does not repeat."""
    repeated = np.array([not claim.stems.isdisjoint(stems) for stems in source.words] + [True])
    free = source.token_vectors[~repeated[source.owner]]
    nearest: NDArray[np.float32] = (claim.word_vectors @ free.T).max(axis=1, initial=0.0)
    return nearest


def _covered(claim: Claim, source: Source) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return for each word how far the source has its like, and how far to the letter; numbers only to the letter."""
    nearest = (claim.word_vectors @ source.token_vectors.T).max(axis=1, initial=0.0)
    literal = _literal(claim, source)
    meant = np.array([word.kind != "number" and n is None for word, n in zip(claim.words, claim.counted, strict=True)])
    return np.clip(np.maximum(nearest * meant, literal), 0.0, 1.0), literal


def _literal(claim: Claim, source: Source) -> NDArray[np.float32]:
    theirs = source.reading.quantities
    has = [any(equal(quantity, other) for other in theirs) for quantity in claim.reading.quantities]
    found = []
    for word, n in zip(claim.words, claim.counted, strict=True):
        if (n is not None and has[n]) or not source.stems.isdisjoint(word.stems):
            found.append(1.0)
        elif word.kind != "number" and any(english.senses(stem) & source.senses for stem in word.stems):
            found.append(_LIKE)
        elif word.kind == "plain" and any(english.akin(stem) & source.akin for stem in word.stems):
            found.append(_AKIN)
        else:
            found.append(
                _AROUND
                if not source.around.isdisjoint(word.stems)
                else _BEFORE
                if not source.before.isdisjoint(word.stems)
                else 0.0
            )
    if any(clause.vague for clause in source.reading.clauses):
        # Who does it is not named there: "everyone", "it is forbidden".
        actors = claim.reading.actors
        found = [
            max(value, _SOMEBODY) if word.kind == "plain" and not actors.isdisjoint(word.stems) else value
            for value, word in zip(found, claim.words, strict=True)
        ]
    return np.array(found, dtype=np.float32)


def _adds(claim: Claim, support: Sequence[Source], left: NDArray[np.float32]) -> bool:
    """Tell whether a list names something that the sentences do not: "the roof, the walls and the windows"."""
    text = claim.text
    begins = {clause.start for clause in claim.reading.clauses if clause.agents or not clause.passive}
    cuts = [(match.start(), match.end()) for match in _LISTED.finditer(text)]
    for n, (at, start) in enumerate(cuts):
        end = cuts[n + 1][0] if n + 1 < len(cuts) else len(text)
        if any(at <= begin < start for begin in begins):
            continue
        if _NO_MEMBER.match(text, start) or (has_verb(text[:at]) and _CLAUSE.match(text, start)):
            continue
        if text[at:start].strip() == "," and _PHRASE.match(text, start):
            continue
        own = [i for i, word in enumerate(claim.words) if start <= word.start < end][:_NAMED]
        before = [i for i, word in enumerate(claim.words) if word.start < at][-_NAMED:]
        if any(_knows(support, claim.words[i]) for i in before) and any(
            claim.counted[i] is None
            and not english.LIGHT.issuperset(claim.words[i].stems)
            and not _knows(support, claim.words[i], around=True)
            and left[i] < _ADDED
            for i in own
        ):
            return True
    return False


def _knows(support: Sequence[Source], word: Word, *, around: bool = False) -> bool:
    """Tell whether a sentence has a word, or one of its meaning, or else what stands around it."""
    return any(
        not source.stems.isdisjoint(word.stems)
        or any(english.senses(stem) & source.senses or english.akin(stem) & source.akin for stem in word.stems)
        or (around and not (source.around | source.before).isdisjoint(word.stems))
        for source in support
    )


def _fact_context(holds: NDArray[np.bool_], coverage: NDArray[np.float32], facts: Sequence[int]) -> float:
    """Return for the worst number or name how well a sentence that holds it covers the words beside it."""
    worst = 1.0
    n_words = coverage.shape[1]
    for i in facts:
        beside = [j for j in range(max(0, i - _BESIDE), min(n_words, i + _BESIDE + 1)) if j != i]
        if beside:
            worst = min(worst, float((holds[:, i] * coverage[:, beside].mean(axis=1)).max()))
    return worst


def _denied(claim: Claim, source: Source) -> float:
    """Tell whether a word is denied on one side and on the other only asserted; 1 or 0."""
    shared = claim.polarity.keys() & source.polarity.keys()
    return float(any(claim.polarity[stem].isdisjoint(source.polarity[stem]) for stem in shared))


def _order(claim: Claim, support: Sequence[Source]) -> float:
    """Return the share of neighbouring words, both found in one sentence, that stand there near and in order."""
    said = []
    for one, other in pairwise(claim.words):
        found = [
            any(0 < b - a <= _NEAR for a in _at(source, one) for b in _at(source, other))
            for source in support
            if not source.stems.isdisjoint(one.stems) and not source.stems.isdisjoint(other.stems)
        ]
        if found:
            said.append(any(found))
    return float(np.mean(said)) if said else 0.5


def _at(source: Source, word: Word) -> list[int]:
    return [place for stem in word.stems for place in source.places.get(stem, ())]
