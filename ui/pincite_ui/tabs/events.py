"""What all handlers share: whose request it is, how they run, and how an error reaches the page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import gradio as gr

from pincite import PinciteError
from pincite_ui.visitors import Visitor, Visitors
from pincite_ui.wording import sentence

CONCURRENT = 16
QUEUED: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": CONCURRENT}
LATEST: dict[str, Any] = {**QUEUED, "trigger_mode": "always_last"}
"""For choices and questions: what is sent while an earlier one is under way comes next, and is not dropped as usual."""
AT_ONCE: dict[str, Any] = {**QUEUED, "queue": False}
"""For what cannot fail: an error outside the queue does not reach the page as a notice."""


class Handlers:
    """Handlers find their visitor by the cookie of the request; nothing lies in variables that visitors share."""

    def __init__(self, visitors: Visitors) -> None:
        self._visitors = visitors

    def visitor(self, request: gr.Request) -> Visitor:
        """Return who sent a request."""
        return self._visitors.of(request.cookies)

    def stop_job(self, request: gr.Request, name: str) -> None:
        """Ask a visitor's work to end."""
        job = self.visitor(request).jobs.get(name)
        if job is not None:
            job.stop()


@contextmanager
def as_notice() -> Iterator[None]:
    """Show our own errors, and those of the file system, as a notice on the page, which reads it as HTML."""
    try:
        yield
    except (PinciteError, OSError) as error:
        raise gr.Error(escape(sentence(error)), print_exception=False) from error


def sent(event: gr.EventData, name: str) -> Any:
    """Return a field of what a component sent, ``None`` where it sent none."""
    data = event._data
    return data.get(name) if isinstance(data, dict) else None
