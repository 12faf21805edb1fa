"""What was measured, for the page to show; written by ``python -m pincite_evals.threshold_curve``."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def threshold_curve() -> dict[str, Any]:
    """Return what each threshold does to the shipped question sets.

    Keys: ``points`` (each with ``threshold``, ``answered``, the share of all questions answered, and ``right``, the
    share of those answers that were right), ``questions``, ``default``, and ``measured_on`` in words.
    """
    held: dict[str, Any] = json.loads(files(__package__).joinpath("threshold_curve.json").read_text("utf-8"))
    return held
