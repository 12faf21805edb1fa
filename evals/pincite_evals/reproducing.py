"""Whether a fit gives the constants that are committed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

TOLERANCE = 0.05
"""Another processor rounds the encoder's vectors otherwise, which moves a weight of about 1 by some hundredths."""


def compared(fitted: Mapping[str, Any], committed: Mapping[str, Any], *, tolerance: float = TOLERANCE) -> str:
    """Say in a sentence whether two trees of numbers are the same, and where not.

    Examples
    --------
    >>> compared({"b": 0.5, "w": {"x": 1.01}}, {"b": 0.5, "w": {"x": 1.0}})
    'As committed: 2 constants, each within 0.05.'
    >>> compared({"w": {"x": 2.0}}, {"w": {"x": 1.0, "y": 0.1}})
    'Not as committed: w.x is 2, committed 1; w.y is 0, committed 0.1.'
    """
    new, old = dict(_flat(fitted)), dict(_flat(committed))
    names = list(dict.fromkeys([*new, *old]))
    unlike = [name for name in names if abs(new.get(name, 0.0) - old.get(name, 0.0)) > tolerance]
    if not unlike:
        return f"As committed: {len(names)} constants, each within {tolerance:g}."
    pairs = (f"{name} is {new.get(name, 0.0):g}, committed {old.get(name, 0.0):g}" for name in unlike)
    return f"Not as committed: {'; '.join(pairs)}."


def _flat(tree: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, float]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", float(value)
