"""What went wrong, as a sentence that says what to do."""

from __future__ import annotations

import errno

from pincite import IndexLocked, PinciteError


def sentence(error: BaseException) -> str:
    """Return what to tell a person about an error."""
    if isinstance(error, IndexLocked):
        return "The documents are being indexed by another process: wait until it is done, then try again."
    if isinstance(error, PinciteError):
        return f"{_capitalised(str(error))}"
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "The disk is full, so this was not kept: free some space, then try again."
    if isinstance(error, OSError):
        return f"The file system refused ({error.strerror or error}): check its permissions, then try again."
    return f"Something went wrong inside Pincite ({type(error).__name__}): try again; the server's log has the details."


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
