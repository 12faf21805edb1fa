"""What others wrote, such as the name of a file, as a terminal may show it."""

from __future__ import annotations

import logging
import unicodedata

_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of what is obeyed, or changes the line, instead of being shown; the controls of direction are in Cf."""
_SHAPING = frozenset("\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}\N{SOFT HYPHEN}")
"""Of those the ones that Persian, Hindi and emoji are written with, which can do no harm."""

CONTROLS: dict[int, str | None] = {
    **{code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"},
    **dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))),
}
"""For texts of several lines: control characters are replaced, bidi controls left out."""


def one_line(text: str) -> str:
    r"""Return a text as one line on which nothing is obeyed: line breaks, controls, directions are written as escapes.

    Examples
    --------
    >>> print(one_line("a\nfailed: \x1b[2Jb\u202egnp.txt"))
    a\nfailed: \x1b[2Jb\u202egnp.txt
    """
    if text.isprintable():
        return text
    return "".join(_escaped(c) if unicodedata.category(c) in _OBEYED and c not in _SHAPING else c for c in text)


class OneLine(logging.Formatter):
    """Formats a record's message as one line."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the message."""
        return one_line(super().formatMessage(record))


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
