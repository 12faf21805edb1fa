"""How much is kept for visitors: of each, and of how many."""

from __future__ import annotations

from pathlib import Path

from pincite import PinciteError
from pincite.web.limits import KeepingLimits
from pincite.web.private import bytes_below

UPLOADS = "uploads"
"""The folder below a visitor's own that their documents are kept in."""


def check_room(folder: Path, n_bytes: int, limits: KeepingLimits) -> None:
    """Refuse what there is no room for.

    Parameters
    ----------
    folder
        The visitor's own; the others' stand beside it.
    n_bytes
        To be kept in addition.

    Raises
    ------
    PinciteError
        The visitor would have too much, or too many others have something.
    """
    uploads = folder / UPLOADS
    if bytes_below(uploads) + n_bytes > limits.visitor_bytes:
        raise PinciteError(
            f"more than {limits.visitor_bytes // 1_000_000:,} MB would be kept for you: remove documents first"
        )
    if not uploads.exists() and sum(1 for _ in folder.parent.glob(f"*/{UPLOADS}")) >= limits.visitors:
        raise PinciteError(
            f"documents of {limits.visitors:,} visitors are kept here, as many as may be: ask whoever runs this server "
            "to remove some or to allow more (--visitors)"
        )
