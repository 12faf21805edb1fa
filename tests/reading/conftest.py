"""What the tests of reading share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pincite.reading import RawDocument

DATA = Path(__file__).resolve().parent.parent / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of small files made by other programs."""
    return DATA


@pytest.fixture(scope="session")
def headings() -> Callable[[RawDocument], list[Any]]:
    """Return a function that gives the level and words of each heading of a document."""

    def show(document: RawDocument) -> list[Any]:
        assert document.headings is not None
        return [(h.level, document.text[h.span.start : h.span.end]) for h in document.headings]

    return show


@pytest.fixture(scope="session")
def furniture() -> Callable[[RawDocument], list[Any]]:
    """Return a function that gives the words of each span of furniture of a document."""
    return lambda document: [document.text[span.start : span.end] for span in document.furniture]
