"""Spans for OpenTelemetry, where the program has set it up; otherwise nothing, at hardly any cost.

OpenTelemetry is never imported from here: a program that wants spans has imported it.  Attributes are counts, never
text of a question or a document.  Pincite itself sends nothing anywhere.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Item = TypeVar("Item")
Returned = TypeVar("Returned")
Given = ParamSpec("Given")

_UNTRACED = nullcontext()


def stage(name: str, **counts: float) -> AbstractContextManager[None]:
    """Return a context that is the span ``pincite.name`` with these attributes, below the span around it.

    A generator must not yield within it, or what its caller does meanwhile lies below it too: see `stage_of_stream`.
    """
    trace = sys.modules.get("opentelemetry.trace")
    return _UNTRACED if trace is None else _traced(trace, name, counts)


def note(**counts: float) -> None:
    """Give the stage under way more attributes."""
    if (trace := sys.modules.get("opentelemetry.trace")) is not None:
        _note(trace.get_current_span(), counts)


def stage_of_stream(
    name: str,
) -> Callable[[Callable[Given, Generator[Item, None, Returned]]], Callable[Given, Generator[Item, None, Returned]]]:
    """Make what a generator does the span ``pincite.name``; it is not current while the generator's caller works."""

    def decorate(
        make: Callable[Given, Generator[Item, None, Returned]],
    ) -> Callable[Given, Generator[Item, None, Returned]]:
        @wraps(make)
        def made(*args: Given.args, **kwargs: Given.kwargs) -> Generator[Item, None, Returned]:
            trace = sys.modules.get("opentelemetry.trace")
            items = make(*args, **kwargs)
            return items if trace is None else _drive(trace, name, items)

        return made

    return decorate


@contextmanager
def _traced(trace: Any, name: str, counts: dict[str, float]) -> Iterator[None]:
    with _span(trace, name) as span, _current(trace, span):
        _note(span, counts)
        yield


def _drive(trace: Any, name: str, items: Generator[Item, None, Returned]) -> Generator[Item, None, Returned]:
    with _span(trace, name) as span, closing(items):
        while True:
            with _current(trace, span):
                try:
                    item = next(items)
                except StopIteration as end:
                    returned: Returned = end.value
                    return returned
            yield item


@contextmanager
def _span(trace: Any, name: str) -> Iterator[Any]:
    """Start a span and end it; of an error it keeps the kind, for what the error says may quote a document."""
    span = trace.get_tracer("pincite").start_span(f"pincite.{name}")
    try:
        yield span
    except Exception as error:
        span.set_attribute("error.type", type(error).__qualname__)
        span.set_status(trace.StatusCode.ERROR)
        raise
    finally:
        span.end()


def _current(trace: Any, span: Any) -> Any:
    return trace.use_span(span, record_exception=False, set_status_on_exception=False)


def _note(span: Any, counts: dict[str, float]) -> None:
    span.set_attributes({f"pincite.{name}": value for name, value in counts.items()})
