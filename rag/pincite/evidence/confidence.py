"""Whether the documents answer the question: one calibrated probability, and why not if not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pincite.evidence.answer_types import AnswerType
from pincite.evidence.model import EvidenceModel, fitted, probability
from pincite.evidence.signals import SIGNALS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pincite.evidence.signals import Evidence

ANSWER_SIGNALS = (
    *SIGNALS,
    "top_similarity",  # the highest similarity of any sentence
    "standout",  # how far the best sentence's match lies above the others' mean
    "offered_nearby",  # whether any of the best five sentences offers the kind of thing asked for
    "known",  # weight of the question's words that no passage knows, negative
    "judged_best",  # the highest log odds of any sentence that was read with the question
    "read",  # log odds of the likeliest sentence's passage answering, read with the question
    "read_best",  # the same, the highest of the passages read
    "read_mean",  # the same, their mean
)
_NEARBY = 5
_MISSED = 0.5  # a word of the question below this coverage has no counterpart

_KINDS = {
    AnswerType.DATE: "date",
    AnswerType.DURATION: "length of time",
    AnswerType.FREQUENCY: "frequency",
    AnswerType.MONEY: "amount of money",
    AnswerType.PERCENT: "percentage",
    AnswerType.NUMBER: "number",
    AnswerType.PERSON: "name",
    AnswerType.PLACE: "place",
}


def ranking(evidence: Evidence, *, model: EvidenceModel | None = None) -> NDArray[np.intp]:
    """Return the numbers of the sentences, the likeliest to answer first."""
    return (model or fitted()).sentence.ranking(evidence.signals, SIGNALS)


def answer_signals(evidence: Evidence, order: NDArray[np.intp]) -> NDArray[np.float32]:
    """Return what speaks for the question being answered, shape (len(ANSWER_SIGNALS),), given the `ranking`."""
    signals, best = evidence.signals, order[0]
    similarity, matched, offered, judged = map(SIGNALS.index, ("similarity", "matched", "offered", "judged"))
    read = evidence.read[~np.isnan(evidence.read)]
    own = evidence.read[evidence.sentences[best].passage]
    return np.array(
        [
            *signals[best],
            signals[:, similarity].max(),
            signals[best, matched] - signals[:, matched].mean(),
            signals[order[:_NEARBY], offered].max(),
            -evidence.unknown,
            signals[:, judged].max(),
            read.min() if np.isnan(own) else own,
            read.max(),
            read.mean(),
        ],
        dtype=np.float32,
    )


def confidence(evidence: Evidence, *, model: EvidenceModel | None = None) -> float:
    """Return the probability in [0, 1] that the documents answer the question; 0 without any sentence."""
    if not evidence.sentences:
        return 0.0
    model = model or fitted()
    signals = answer_signals(evidence, ranking(evidence, model=model))
    return probability(float(model.answer.logits(signals[None], ANSWER_SIGNALS)[0]))


def reason(evidence: Evidence, *, model: EvidenceModel | None = None) -> str:
    """Say in a sentence for the reader why the documents seem not to answer."""
    if not evidence.sentences:
        return "Nothing in the documents resembles the question."
    best = ranking(evidence, model=model)[0]
    offered = evidence.signals[best, SIGNALS.index("offered")]
    if offered <= -0.5 and evidence.question.kind in _KINDS:
        return f"The nearest sentence gives no {_KINDS[evidence.question.kind]}, which the question asks for."
    missed = [
        word
        for word, covered in zip(evidence.question.words, evidence.coverage[best], strict=True)
        if covered < _MISSED
    ]
    if missed:
        return f"The nearest sentence says nothing of {', '.join(f'“{word}”' for word in dict.fromkeys(missed))}."
    return "The nearest sentences are on the subject, but do not seem to answer."
