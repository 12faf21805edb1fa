"""What is read before a passage."""

from __future__ import annotations

from collections.abc import Sequence

_LONGEST_HEADING = 120  # characters


def headed(section: Sequence[str]) -> str:
    """Return what is read before a passage: its path of headings, the last of them where it is long."""
    kept = list(section)
    while len(kept) > 1 and len(" > ".join(kept)) > _LONGEST_HEADING:
        del kept[0]
    return " > ".join(kept)[:_LONGEST_HEADING]
