"""The fitted weights: linear models that rank sentences, and one that says whether they answer.

`python -m pincite_evals.evidence_fit` fits them on the development sets and writes `weights.json`.  No signal may
count against what it speaks for (weights are not negative): models without that rule did better on the sets they
were fitted on and worse on every set left out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class LinearModel:
    """A logistic model: ``weights`` by the name of the signal, and ``bias``."""

    weights: dict[str, float]
    bias: float

    def logits(self, signals: NDArray[np.float32], names: Sequence[str]) -> NDArray[np.float64]:
        """Return the log odds for rows of signals whose columns are ``names``."""
        weights = np.array([self.weights.get(name, 0.0) for name in names])
        result: NDArray[np.float64] = signals @ weights + self.bias
        return result

    def ranking(self, signals: NDArray[np.float32], names: Sequence[str]) -> NDArray[np.intp]:
        """Return the numbers of the rows, the likeliest first."""
        return np.argsort(-self.logits(signals, names), kind="stable")


@dataclass(frozen=True, slots=True)
class EvidenceModel:
    """What is fitted.

    Attributes
    ----------
    reading
        Ranks sentences before any is judged: the passages of the first are read with the question.
    sentence
        Ranks them afterwards.
    answer
        Gives the probability that the documents answer.
    """

    reading: LinearModel
    sentence: LinearModel
    answer: LinearModel
    threshold: float


@cache
def fitted() -> EvidenceModel:
    """Return the weights that ship with Pincite."""
    read = json.loads(files(__package__).joinpath("weights.json").read_text(encoding="utf-8"))
    reading, sentence, answer = (
        LinearModel(read[name]["weights"], read[name]["bias"]) for name in ("reading", "sentence", "answer")
    )
    return EvidenceModel(reading, sentence, answer, read["threshold"])


def probability(logit: float) -> float:
    """Return the logistic function of a log odds, in (0, 1)."""
    return float(0.5 * (1.0 + np.tanh(0.5 * logit)))
