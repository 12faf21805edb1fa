"""Whether two words, or two quantities, are meant to be the same."""

from __future__ import annotations

from collections.abc import Sequence

from pincite.checking import english
from pincite.checking.quantities import Quantity


def same(one: str, other: str) -> bool:
    """Tell whether two lemmas are one, or of one meaning."""
    return one == other or not english.senses(one).isdisjoint(english.senses(other))


def equal(one: Quantity, other: Quantity) -> bool:
    """Tell whether two quantities are the same amount of the same thing, or one of them does not say of what."""
    if one.dimension == "date" == other.dimension:
        parts = list(zip(one.value, other.value, strict=True))
        # A year is no day of another: they must share what they both say, and say something both.
        return all(a == b or not a or not b for a, b in parts) and any(a and b for a, b in parts)
    if one.dimension == other.dimension:
        return _close(one.value, other.value)
    if not one.dimension or not other.dimension:
        return _close((one.raw,), (other.raw,)) and "date" not in (one.dimension, other.dimension)
    if {one.dimension, other.dimension} == {"ordinal", "date"}:
        return one.value[0] == other.value[0]
    return False


def _close(one: Sequence[float], other: Sequence[float]) -> bool:
    return len(one) == len(other) and all(
        abs(a - b) <= 1e-6 * max(1.0, abs(a)) for a, b in zip(one, other, strict=True)
    )
