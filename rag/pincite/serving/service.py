"""What all requests of one server share."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from pincite.serving.collections import Collection, Collections
from pincite.serving.keys import Keys
from pincite.serving.metrics import Metrics
from pincite.serving.turns import Turns
from pincite.serving.upload_jobs import Uploads
from pincite.web.connections import Connections
from pincite.web.limits import Limits
from pincite.web.private import without_folders


@dataclass(slots=True)
class Service:
    """The collections and who may ask them, the limits, and how things stand.

    Attributes
    ----------
    keys
        Who may ask; ``None`` lets anybody.
    default
        What is asked of a server with one collection; ``None`` of one where each key has its own.
    log_texts
        Whether questions are logged.
    ending
        Whether the server was told to end: what runs is finished, what comes is refused.
    deadline
        When it must have ended, by the monotonic clock; ``None`` while it was not told to.
    running
        Requests being answered now.
    """

    collections: Collections
    limits: Limits = field(default_factory=Limits)
    keys: Keys | None = None
    default: Collection | None = None
    log_texts: bool = False
    ending: bool = False
    deadline: float | None = None
    running: int = 0
    turns: Turns = field(init=False)
    connections: Connections = field(init=False)
    metrics: Metrics = field(init=False)
    uploads: Uploads = field(init=False)

    def __post_init__(self) -> None:
        self.turns = Turns(self.limits)
        self.connections = Connections(self.limits)
        self.metrics = Metrics(lambda: self.turns.working, lambda: self.turns.waiting, lambda: len(self.connections))
        self.uploads = Uploads(self.collections.data, self.limits)

    def told(self, text: str) -> str:
        """Return what may be said to whoever asks: without the server's folders."""
        data = self.collections.data
        folders = [data] if self.default is None else [self.default.folder, self.default.uploads, data]
        if str(data) in text or str(data.resolve()) in text:
            folders += self.collections.folders()
        return without_folders(text, folders)

    def end(self) -> None:
        """Take no more requests, and have what runs finished in time."""
        self.ending = True
        self.deadline = time.monotonic() + self.limits.grace_s

    def finish_uploads(self) -> None:
        """Wait for uploads in hand until the deadline, and stop what is left then."""
        left = self.limits.grace_s if self.deadline is None else self.deadline - time.monotonic()
        self.uploads.finish(max(0.0, left))

    def note(self, request: Request, **texts: Any) -> None:
        """Have texts of a request logged, where that was asked for."""
        if self.log_texts:
            request.scope["state"].setdefault("texts", {}).update(texts)


def service_of(request: Request) -> Service:
    """Return the service that a request came to."""
    service: Service = request.app.state.service
    return service


def collection_of(request: Request) -> Collection:
    """Return the collection that the guard let the request into."""
    collection: Collection = request.scope["state"]["collection"]
    return collection


def key_of(request: Request) -> str | None:
    """Return the name of the key that a request came with, or ``None`` where there are no keys."""
    name: str | None = request.scope["state"].get("key")
    return name
