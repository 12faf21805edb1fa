"""Keys: who may ask which collection.

A key is 256 random bits, so a plain SHA-256 of it cannot be turned back by guessing, as that of a password could.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import orjson
from filelock import FileLock, Timeout

from pincite.atomic import write_atomically
from pincite.errors import PinciteError
from pincite.web.private import close_to_others

PREFIX = "pincite_"
"""Begins every key, so that one that leaked is known for what it is."""

MIN_TOKEN_CHARS = 16

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is stored: without the secret.

    Attributes
    ----------
    name
        What it is listed and revoked by.
    collection
        The documents that its holder sees; several keys may share one.  ``None`` of a key that opens none.
    sha256
        Hex digest of the secret.
    created
        UTC, ISO 8601.
    metrics
        Whether it opens the metrics, which are those of all keys, and nothing else.
    """

    name: str
    collection: str | None
    sha256: str
    created: str
    metrics: bool = False


class Keys(Protocol):
    """Whatever tells who may ask."""

    def holder(self, secret: str) -> Key | None:
        """Return the key with this secret, or ``None``."""


class Token:
    """One secret that opens the one collection of a server.

    Parameters
    ----------
    secret
        At least 16 characters.

    Raises
    ------
    PinciteError
        It is shorter, and could be guessed.
    """

    def __init__(self, secret: str) -> None:
        if len(secret) < MIN_TOKEN_CHARS:
            raise PinciteError(
                f"expected a token of at least {MIN_TOKEN_CHARS} characters, got {len(secret)}: take a random one, "
                "such as `openssl rand -hex 32` prints"
            )
        self._key = Key("token", None, _digest(secret), "")

    def holder(self, secret: str) -> Key | None:
        """Return the key with this secret, or ``None``; takes as long whichever it is."""
        return self._key if hmac.compare_digest(self._key.sha256, _digest(secret)) else None


def check_name(what: str, name: str) -> str:
    """Return a name of a key or collection that is safe as the name of a folder.

    Raises
    ------
    PinciteError
        It is not.

    Examples
    --------
    >>> check_name("collection", "acme-2026")
    'acme-2026'
    """
    if not _NAME.fullmatch(name):
        raise PinciteError(
            f"expected a {what} of at most 64 lower-case letters, digits, - and _, got {name!r}: choose another"
        )
    return name


class KeyFile:
    """The file that holds the keys.  Safe for use by many threads and processes; a change is seen at once.

    Parameters
    ----------
    path
        Made, readable by its owner alone, when the first key is.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._read: tuple[tuple[int, int, int] | None, tuple[Key, ...]] = (None, ())

    def keys(self) -> tuple[Key, ...]:
        """Return all keys, the oldest first.

        Raises
        ------
        PinciteError
            The file is not one of ours.
        """
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return ()
        version = status.st_mtime_ns, status.st_size, status.st_ino
        with self._lock:
            if self._read[0] != version:
                close_to_others(self.path)
                self._read = version, self._parsed()
            return self._read[1]

    def holder(self, secret: str) -> Key | None:
        """Return the key with this secret, or ``None``; takes as long whichever it is."""
        digest = _digest(secret)
        found = None
        for key in self.keys():
            if hmac.compare_digest(key.sha256, digest):
                found = key
        return found

    def create(self, name: str, collection: str | None = None, *, metrics: bool = False) -> tuple[Key, str]:
        """Make a key; return it and its secret, which is kept nowhere.

        Parameters
        ----------
        collection
            The key's own name if not given.
        metrics
            Have it open the metrics, and no collection.

        Raises
        ------
        PinciteError
            The name is taken, or a name is not safe.
        """
        check_name("name", name)
        check_name("collection", collection or name)
        secret = PREFIX + secrets.token_urlsafe(32)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        key = Key(name, None if metrics else collection or name, _digest(secret), created, metrics)
        with self._alone():
            held = self.keys()
            if any(each.name == name for each in held):
                raise PinciteError(f"there is a key named {name} already: revoke it first, or choose another name")
            self._write((*held, key))
        return key, secret

    def revoke(self, name: str) -> Key:
        """Drop a key; whoever holds it is refused from now on.  Its collection stays.

        Raises
        ------
        PinciteError
            There is none of this name.
        """
        with self._alone():
            held = self.keys()
            found = next((each for each in held if each.name == name), None)
            if found is None:
                raise PinciteError(f"no key named {name!r} in {self.path}: see `pincite key list`")
            self._write(each for each in held if each is not found)
        return found

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path.with_name(f"{self.path.name}.lock"), timeout=10)
        try:
            lock.acquire()
        except Timeout as error:
            raise PinciteError(f"{self.path}: another process is changing the keys: try again") from error
        try:
            yield
        finally:
            lock.release()

    def _parsed(self) -> tuple[Key, ...]:
        try:
            held = orjson.loads(self.path.read_bytes())
            keys = tuple(Key(**{"collection": None, **fields}) for fields in held["keys"])
            for key in keys:
                if not key.metrics:
                    check_name("collection", key.collection or "")
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            raise PinciteError(f"{self.path}: expected keys, found something else: name another file") from error
        return keys

    def _write(self, keys: Iterable[Key]) -> None:
        held = [{name: value for name, value in asdict(key).items() if value not in {None, False}} for key in keys]
        content = orjson.dumps({"keys": held}, option=orjson.OPT_INDENT_2)
        write_atomically(self.path, content + b"\n", durable=True)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
