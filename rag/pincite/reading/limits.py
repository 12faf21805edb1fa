"""How much reading one file may take."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_MAX_BYTES = 100_000_000
"""Largest file that is read unless the caller says otherwise: far above any book, below what memory bears."""
DEFAULT_MAX_CHARS = 20_000_000
"""Most characters that one file may become: ten times the King James Bible."""
MIN_MEMORY_BYTES = 200_000_000
"""What the process that reads needs for itself and its libraries, with room for a small file."""


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What reading one file may take in the process that reads; a file that takes more is refused.

    Attributes
    ----------
    memory_bytes
        Memory of the process, its libraries' included.  Held where the system can hold a process to it (Linux).
    seconds
        Time until the file is read and its sections are found.
    chars
        Code points of the document's text.

    Raises
    ------
    ValueError
        A limit is too small for any file.
    """

    memory_bytes: int = 1_000_000_000
    seconds: float = 60.0
    chars: int = DEFAULT_MAX_CHARS

    def __post_init__(self) -> None:
        if self.memory_bytes < MIN_MEMORY_BYTES or not self.seconds > 0 or self.chars < 1:
            raise ValueError(
                f"expected memory_bytes of at least {MIN_MEMORY_BYTES:,}, seconds above 0 and chars of at least 1, "
                f"got {self.memory_bytes:,}, {self.seconds:g} and {self.chars:,}"
            )
