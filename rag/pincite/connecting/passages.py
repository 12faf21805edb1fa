"""What a passage carries along into another program."""

from __future__ import annotations

from typing import Any

from pincite.types import Hit


def metadata(hit: Hit) -> dict[str, Any]:
    """Return the fields of the passage's citation, with its rank and its score."""
    return {**hit.citation.to_dict(), "rank": hit.rank, "score": hit.score}
