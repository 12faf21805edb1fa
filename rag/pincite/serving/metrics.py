"""Counts and times for Prometheus; nothing of them leaves unless it is fetched."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The metrics of one server, in a registry of their own.

    Parameters
    ----------
    working, waiting, connections
        Tell how many requests work, and wait for their turn, and how many connections are open, now.
    """

    def __init__(
        self, working: Callable[[], float], waiting: Callable[[], float], connections: Callable[[], float]
    ) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self.requests = Counter("pincite_requests", "Requests answered.", labels, registry=self._registry)
        self.seconds = Histogram(
            "pincite_request_seconds",
            "Time to the end of the response, streams included.",
            ("route",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self.answers = Counter("pincite_answers", "Questions answered.", ("outcome",), registry=self._registry)
        for outcome in ("answered", "abstained"):
            self.answers.labels(outcome)
        Gauge("pincite_working", "Requests that work now.", registry=self._registry).set_function(working)
        Gauge("pincite_waiting", "Requests that wait for their turn.", registry=self._registry).set_function(waiting)
        Gauge("pincite_connections", "Open connections.", registry=self._registry).set_function(connections)

    def exposition(self) -> bytes:
        """Return them in Prometheus' text format."""
        return generate_latest(self._registry)

    def answered(self, *, abstained: bool) -> None:
        """Count an answer."""
        self.answers.labels("abstained" if abstained else "answered").inc()

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request and its time."""
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)
