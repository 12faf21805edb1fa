"""Passages that say the same in the same words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pincite.settings import SearchSettings
from pincite.types import Hit

_WORD = re.compile(r"\w+")


def without_near_duplicates(hits: Iterable[Hit], settings: SearchSettings) -> Iterator[Hit]:
    """Yield the hits without those that repeat a better one of the same document almost word for word.

    Passages of different documents are kept: that two agreements share a clause is what a reader may be asking.
    The measure is the resemblance of Broder, "On the resemblance and containment of documents" (1997).
    """
    kept: list[tuple[Hit, frozenset[tuple[str, ...]]]] = []
    for hit in hits:
        words = _WORD.findall(hit.chunk.text.casefold())
        shingles = frozenset(zip(*(words[i:] for i in range(min(settings.shingle, len(words)))), strict=False))
        if not any(
            hit.chunk.doc_id == other.chunk.doc_id and _resemble(shingles, theirs, settings.same_share)
            for other, theirs in kept
        ):
            kept.append((hit, shingles))
            yield hit


def _resemble(ours: frozenset[tuple[str, ...]], theirs: frozenset[tuple[str, ...]], share: float) -> bool:
    smaller, larger = sorted((len(ours), len(theirs)))
    if not smaller or smaller < share * larger:
        return False
    return len(ours & theirs) >= share * len(ours | theirs)
