"""Which requests the page needs, and may therefore be made: everything else that Gradio offers is refused.

Gradio serves more than our page uses: it fetches addresses for a visitor (``file=http...``, ``proxy=...``, a file named
by an address in an event), hands out any uploaded file to whoever names it, and lets events be called as an API.  None
of that is reachable here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

API = "/gradio_api/"
MAX_EVENT_BYTES = 4_000_000
EVENTS = ("queue/join", "run/predict", "component_server")
"""What carries a person's input as JSON."""

_NEEDED = {
    "GET": ("queue/data", "upload_progress", "heartbeat/", "startup-events", "theme.css"),
    "POST": (*EVENTS, "upload", "cancel", "reset"),
}
_UNUSED = ("/monitoring", "/login", "/logout", "/pwa_icon", "/manifest.json", "/custom_component")


def is_needed(method: str, path: str) -> bool:
    """Whether the page makes requests such as this one.

    Examples
    --------
    >>> is_needed("POST", "/gradio_api/queue/join")
    True
    >>> is_needed("GET", "/gradio_api/file=http://example.org/")
    False
    """
    _, api, rest = path.partition(API)
    if not api:
        return not path.startswith(_UNUSED)
    wanted = _NEEDED.get(method, ())
    return any(rest.startswith(each) if each.endswith("/") else rest.rstrip("/") == each for each in wanted)


def is_from_elsewhere(method: str, headers: Mapping[str, str]) -> bool:
    """Whether another site's page, or another port's, makes the request; following a link to the page is none."""
    if headers.get("sec-fetch-site", "none") in {"cross-site", "same-site"}:
        return not (method == "GET" and headers.get("sec-fetch-mode") == "navigate")
    origin = headers.get("origin")
    return method not in {"GET", "HEAD"} and origin is not None and urlsplit(origin).netloc != headers.get("host")


def names_an_address(body: bytes) -> bool:
    """Whether an event's input names a file by an address, which Gradio would fetch."""
    try:
        held = json.loads(body)
    except (ValueError, RecursionError):
        return False
    waiting: list[Any] = [held]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            path = each.get("path")
            if isinstance(path, str) and "://" in path:
                return True
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
    return False
