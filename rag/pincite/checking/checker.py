"""Statements held against the passages: which sentences bear each out, if any do."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pincite.checking.model import SupportModel, fitted_support
from pincite.checking.signals import SUPPORT_SIGNALS, Claim, Weigh, read_claim, support_signals
from pincite.checking.sources import Source, clause_number, without_mark
from pincite.checking.words import words
from pincite.evidence.model import probability

if TYPE_CHECKING:
    from pincite.encoding import Encoder

_LOOKED_AT = 8  # sentences weighed in full, chosen by the quick signals
_WORTH_MORE = 0.05  # by how much a further sentence must raise the probability
_CLAUSES = re.compile(r"(?:;|, (?:and|but|while|whereas)) ")
_ADDRESS = re.compile(r"\b(?:https?://|www\.|mailto:)[^\s<>\"')\]]+", re.IGNORECASE)
_MOST_REPEATS = 3  # a model that says one word over and over says nothing
_FEW_WORDS = 3  # a shorter statement, such as "1949.", says nothing without its question


@dataclass(frozen=True, slots=True)
class Checked:
    """A statement, how surely the documents bear it out, and the sentences that do so best.

    Attributes
    ----------
    probability
        Calibrated, in [0, 1].
    support
        In reading order of the passages; the nearest ones where the statement is not supported.
    """

    supported: bool
    probability: float
    support: tuple[Source, ...]


class Checker:
    """Holds statements against the sentences of passages.

    Parameters
    ----------
    sources
        The sentences of the passages; see `sources_of`.
    weigh
        How rare a term is; see `pincite.evidence.rarity`.
    question
        What was asked; a statement of a word or two is read together with it.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        encoder: Encoder,
        *,
        weigh: Weigh,
        question: str = "",
        model: SupportModel | None = None,
    ) -> None:
        self._encoder, self._weigh, self._question = encoder, weigh, question
        self._model = model or fitted_support()
        self.sources = tuple(sources)
        self._verbatim: dict[str, list[Source]] = {}
        for source in self.sources:
            self._verbatim.setdefault(_folded(source.text), []).append(source)

    def check(self, statement: str, *, named: Collection[int] = ()) -> Checked:
        """Return which sentences bear a statement out, all of it by a few or each of its clauses by some.

        Parameters
        ----------
        named
            Passages, from 0, that are said to do so: theirs is taken where it does, though another may do better.
        """
        whole = self._check(statement, named)
        if whole.supported:
            return whole
        clauses = _CLAUSES.split(statement)
        if len(clauses) == 1 or any(len(words(clause)) < _FEW_WORDS for clause in clauses):
            return whole
        each = [self._check(clause, named) for clause in clauses]
        if not all(checked.supported for checked in each):
            return whole
        support = dict.fromkeys(source for checked in each for source in checked.support)
        return Checked(True, min(checked.probability for checked in each), tuple(support))

    def _check(self, statement: str, named: Collection[int]) -> Checked:
        claim = self.claim(statement)
        if claim is None or not self.sources:
            return Checked(False, 0.0, ())
        if (own := self._verbatim.get(_folded(statement))) is not None:
            # A sentence bears itself out.
            return Checked(True, 1.0, (next((source for source in own if source.passage in named), own[0]),))
        near = self.nearest(claim)
        likely = {i: self._probability(claim, (i,)) for i in near}
        best = max(likely, key=lambda i: likely[i])
        threshold = self._model.threshold
        pointed = [i for i in near if self.sources[i].passage in named and likely[i] >= threshold]
        if pointed:
            best = max(pointed, key=lambda i: likely[i])
        chosen: tuple[int, ...] = (best,)
        sure = likely[best]
        # A word or two are read with their question, and that must stand where they do.
        if not pointed and not claim.begins:
            # Two at most, of one passage: any statement can be put together from words of enough sentences.
            beside = [i for i in near if i != best and self.sources[i].passage == self.sources[best].passage]
            both = {i: self._probability(claim, (best, i)) for i in beside}
            further = max(both, key=lambda i: both[i], default=None)
            if further is not None and both[further] >= sure + _WORTH_MORE:
                chosen, sure = (best, further), both[further]
        found = sorted((self.sources[i] for i in chosen), key=lambda source: (source.passage, source.span.start))
        # An address is borne out to the letter or not at all.
        if any(not any(address in source.text for source in found) for address in _addresses(claim.text)):
            sure = 0.0
        return Checked(sure >= threshold, sure, tuple(found))

    def claim(self, statement: str) -> Claim | None:
        """Read a statement; ``None`` where it says nothing that could be true or false."""
        mark = clause_number(statement)
        statement = without_mark(statement)
        said = words(statement)
        different = {word.stems for word in said}
        if not said or len(said) > _MOST_REPEATS * len(different):
            return None
        text = statement
        if len(different) < _FEW_WORDS and self._question:
            asked = {stem for word in words(self._question) for stem in word.stems}
            if all(asked.issuperset(stems) for stems in different):
                return None  # "The lighthouse." answers nothing that was asked of it
            text = f"{self._question} {statement}"
        encoding = self._encoder.encode_documents([text], with_tokens=True)
        claim = read_claim(text, encoding.vectors[0], encoding.token_vectors[0], encoding.token_spans[0], self._weigh)
        return replace(claim, mark=mark, begins=len(text) - len(statement))

    def nearest(self, claim: Claim) -> list[int]:
        """Return the numbers of the sentences worth weighing, the likeliest first."""
        stems = frozenset(stem for word in claim.words for stem in word.stems)
        cosines = np.array([source.vector @ claim.vector for source in self.sources])
        shared = np.array([len(source.stems & stems) for source in self.sources]) / max(1, len(stems))
        return [int(i) for i in np.argsort(-(cosines + shared), kind="stable")[:_LOOKED_AT]]

    def _probability(self, claim: Claim, chosen: Sequence[int]) -> float:
        signals = support_signals(claim, [self.sources[i] for i in chosen])
        return probability(float(self._model.support.logits(signals[None], SUPPORT_SIGNALS)[0]))


def _folded(text: str) -> str:
    """Return a text with its white space alike."""
    return " ".join(text.split())


def _addresses(text: str) -> list[str]:
    """Return the addresses in a text, without the punctuation that ends its sentence."""
    return [found.rstrip(".,;:!?") for found in _ADDRESS.findall(text)]
