"""The fitted weights of support: `python -m pincite_evals.support_fit` fits them and writes `weights.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pincite.evidence.model import LinearModel


@dataclass(frozen=True, slots=True)
class SupportModel:
    """A logistic model of `SUPPORT_SIGNALS`, and the probability from which a statement counts as supported."""

    support: LinearModel
    threshold: float


@cache
def fitted_support() -> SupportModel:
    """Return the weights that ship with Pincite."""
    read = json.loads(files(__package__).joinpath("weights.json").read_text(encoding="utf-8"))
    return SupportModel(LinearModel(read["weights"], read["bias"]), read["threshold"])
