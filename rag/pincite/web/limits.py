"""How much one request may ask for, and how much is taken on from one client and in all."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

from pincite.errors import PinciteError

MAX_K = 100
MAX_TURNS = 50
MAX_SCOPE = 1000
MAX_BATCH = 100
MAX_TEXTS = 128
MAX_FILES = 50
MAX_UPLOAD_BYTES = 100_000_000
"""Largest file of the page, and by default largest body of an upload to the server."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What a server bears from those who connect to it.

    Attributes
    ----------
    connections, connections_per_address
        Connections that are open, in all and from one address.
    head_s
        Longest time for the head of a request, from its first byte, or from the connection, to its end, seconds.
    idle_s
        How long a connection stays open between two requests, seconds.
    body_s, body_rate
        A body may be waited for ``body_s`` seconds, and for another second for each ``body_rate`` bytes that arrived.
    whole_body_s
        Longest wait for a body whatever its rate, seconds.
    send_s, send_rate
        A response that for ``send_s`` seconds is taken at fewer than ``send_rate`` bytes a second is broken off.
    """

    connections: int = 512
    connections_per_address: int = 256
    head_s: float = 10.0
    idle_s: float = 5.0
    body_s: float = 30.0
    body_rate: float = 10_000.0
    whole_body_s: float = 3600.0
    send_s: float = 60.0
    send_rate: float = 1000.0

    def body_allowance(self, arrived: int) -> float:
        """Return how long a body may have been waited for when this many bytes of it have arrived, seconds.

        Examples
        --------
        >>> limits = ConnectionLimits(body_s=30, body_rate=10_000, whole_body_s=3600)
        >>> limits.body_allowance(0), limits.body_allowance(1_000_000), limits.body_allowance(100_000_000)
        (30.0, 130.0, 3600.0)
        """
        return float(min(self.body_s + arrived / self.body_rate, self.whole_body_s))


@dataclass(frozen=True, slots=True)
class Limits(ConnectionLimits):
    """What a server takes on.

    Attributes
    ----------
    concurrent
        Requests that search, answer or encode at the same time; by default one for each processor.
    waiting
        Requests that wait for their turn; the next one is refused, or takes the place of one whose key has more.
    wait_s
        Longest wait for a turn, seconds.
    body_bytes, upload_bytes
        Largest body of a request, and of one that uploads files.
    jobs, jobs_per_key, jobs_per_address
        Uploads that arrive, wait to be indexed, or are: in all, and of one key and one address where there are keys;
        the next one is refused.
    stored_bytes
        Files that may be kept for one key.
    grace_s
        How long a server that is told to end waits for what it began, seconds.
    """

    concurrent: int = field(default_factory=lambda: max(2, os.cpu_count() or 1))
    waiting: int = 16
    wait_s: float = 10.0
    body_bytes: int = 2_000_000
    upload_bytes: int = MAX_UPLOAD_BYTES
    jobs: int = 16
    jobs_per_key: int = 4
    jobs_per_address: int = 8
    stored_bytes: int = 5_000_000_000
    grace_s: float = 30.0


@dataclass(frozen=True, slots=True)
class KeepingLimits:
    """How much is kept for the visitors of the page.

    Attributes
    ----------
    visitor_bytes
        Files that one visitor may have uploaded and not removed.
    visitors
        Visitors who may have uploaded any; each has an index of their own.
    """

    visitor_bytes: int = 1_000_000_000
    visitors: int = 500


def neighbourhood(address: str) -> str:
    """Return what counts as one address: of IPv6 the 64 bits that a network gives to one household.

    Examples
    --------
    >>> neighbourhood("192.0.2.7"), neighbourhood("2001:db8:1:2:3:4:5:6"), neighbourhood("::ffff:192.0.2.7")
    ('192.0.2.7', '2001:db8:1:2::', '192.0.2.7')
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(parsed) if parsed.is_loopback else str(IPv6Address(int(parsed) >> 64 << 64))


class StorageFull(PinciteError):
    """There is no room for what was uploaded until something is removed."""


class Busy(Exception):
    """There is no room to be had; ``retry_after`` is in whole seconds, from 1."""

    def __init__(self, retry_after: int, said: str = "too many requests at once: try again later") -> None:
        super().__init__(said)
        self.retry_after = retry_after
