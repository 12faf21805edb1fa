"""The same text many times over with variation, so that no two documents are alike."""

from __future__ import annotations

import random
import re
from pathlib import Path

_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_NUMBER = re.compile(r"\d")


def varied(text: str, seed: int) -> str:
    """Return a text whose numbers are others and whose sentences stand in another order within each paragraph."""
    rng = random.Random(seed)
    paragraphs = []
    for paragraph in text.split("\n\n"):
        sentences = _SENTENCE.split(paragraph)
        if len(sentences) > 1:
            rng.shuffle(sentences)
        paragraphs.append(_NUMBER.sub(lambda _: str(rng.randrange(10)), " ".join(sentences)))
    return "\n\n".join(paragraphs)


def repeated(docs: Path, times: int, target: Path, *, limit: int | None = None) -> Path:
    """Write documents once as they are and ``times - 1`` times varied; at most ``limit`` of them each time."""
    target.mkdir(parents=True, exist_ok=True)
    for source in sorted(docs.iterdir())[:limit]:
        text = source.read_bytes().decode()
        (target / source.name).write_bytes(text.encode())
        for i in range(1, times):
            (target / f"{source.stem}-{i}{source.suffix}").write_bytes(varied(text, i).encode())
    return target
