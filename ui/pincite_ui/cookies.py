"""The cookie by which a browser is known again: made by this server alone, and held to be so."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from pincite import PinciteError
from pincite.web.private import create_private, private_folder

KEY_FILE = "cookies.key"
BEFORE = "pincite_visitor"
"""Name of the cookie of versions that did not sign it."""
UNSIGNED = ".unsigned"
"""Marks the folder of a visitor whose cookie was given by such a version."""

_ID = re.compile(r"[0-9a-f]{32}")
_SECRET_BYTES = 32


class Cookies:
    """Makes cookies and recognises its own.

    A cookie holds the visitor's id and its HMAC, so that whoever learns an id, say from the name of a folder, has no
    cookie yet.  Cookies given where a password was asked for are others than those that were not: what somebody had
    before they knew the password is not taken over.  Its name tells servers with other data apart, since a browser
    sends the cookies of one port to all ports of a machine.

    Parameters
    ----------
    data
        Where the secret and the visitors' folders lie.
    guarded
        Whether a password is asked for.

    Raises
    ------
    PinciteError
        The secret cannot be read or made.
    """

    def __init__(self, data: Path, *, guarded: bool) -> None:
        self._visitors = data / "visitors"
        self._guarded = guarded
        secret = _secret(data)
        self._key = hmac.digest(secret, b"guarded" if guarded else b"open", "sha256")
        self.name = f"pincite_{hmac.new(self._key, b'name', 'sha256').hexdigest()[:8]}"

    def new_id(self) -> str:
        """Return the id of a new visitor."""
        return secrets.token_hex(16)

    def value(self, visitor_id: str) -> str:
        """Return what the cookie of a visitor holds."""
        return f"{visitor_id}.{self._sign(visitor_id)}"

    def visitor_id(self, cookies: Mapping[str, str]) -> str | None:
        """Return whose cookie it is; ``None`` where there is none, or another made it."""
        visitor_id, _, signature = str(cookies.get(self.name, "")).partition(".")
        # A signature that is not ASCII is none of ours, and more than ``compare_digest`` takes.
        if not _ID.fullmatch(visitor_id) or not signature.isascii():
            return None
        return visitor_id if hmac.compare_digest(signature, self._sign(visitor_id)) else None

    def claimed(self, cookies: Mapping[str, str]) -> str | None:
        """Return the visitor whose cookie an earlier version gave, once: from then on only the signed one counts.

        Where a password is asked for there is none: the cookie may have been given before anybody was asked.
        """
        visitor_id = str(cookies.get(BEFORE, ""))
        if self._guarded or not _ID.fullmatch(visitor_id):
            return None
        try:
            # Whoever removes the mark has it, and nobody after them.
            (self._visitors / visitor_id / UNSIGNED).unlink()
        except OSError:
            return None
        return visitor_id

    def _sign(self, visitor_id: str) -> str:
        return hmac.new(self._key, visitor_id.encode(), hashlib.sha256).hexdigest()


def _secret(data: Path) -> bytes:
    """Return the secret of a data folder, which the first server that opens it makes."""
    path = private_folder(data) / KEY_FILE
    try:
        if not path.exists():
            for folder in (data / "visitors").glob("*/"):
                if _ID.fullmatch(folder.name):
                    (folder / UNSIGNED).touch(mode=0o600)
            create_private(path, secrets.token_bytes(_SECRET_BYTES))
        path.chmod(0o600)
        held = path.read_bytes()
    except OSError as error:
        raise PinciteError(
            f"{path}: the secret of the page's cookies cannot be kept ({error.strerror}): choose another --data"
        ) from error
    if len(held) != _SECRET_BYTES:
        raise PinciteError(f"{path}: expected a secret of {_SECRET_BYTES} bytes, found {len(held)}: remove the file")
    return held
