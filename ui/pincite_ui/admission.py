"""Which requests the page needs, and may therefore be made: everything else that Gradio offers is refused.

Gradio serves more than our page uses: it fetches addresses for a visitor (``file=http...``, ``proxy=...``), hands out
any uploaded file to whoever names it, cancels anybody's events, and lets events be called as an API.  None of that is
reachable here.
"""

from __future__ import annotations

API = "/gradio_api/"
MAX_EVENT_BYTES = 4_000_000
EVENTS = ("queue/join", "run/predict", "component_server")
"""What carries a person's input as JSON."""
STREAM, HEARTBEAT = "queue/data", "heartbeat/"
ANYBODYS = ("startup-events", "theme.css")
"""What says nothing of a visitor, and may be asked for before there is one."""

_NEEDED = {
    "GET": (STREAM, "upload_progress", HEARTBEAT, *ANYBODYS),
    "POST": (*EVENTS, "upload"),
}
_UNUSED = ("/monitoring", "/login", "/logout", "/pwa_icon", "/manifest.json", "/custom_component")


def api_name(path: str) -> str | None:
    """Return which of Gradio's requests a path is for, ``None`` where it is for none.

    Examples
    --------
    >>> api_name("/gradio_api/queue/join/"), api_name("/assets/index.js")
    ('queue/join', None)
    """
    return path[len(API) :].removesuffix("/") if path.startswith(API) else None


def is_needed(method: str, path: str) -> bool:
    """Whether the page makes requests such as this one.

    Examples
    --------
    >>> is_needed("POST", "/gradio_api/queue/join")
    True
    >>> is_needed("GET", "/gradio_api/file=http://example.org/"), is_needed("POST", "//gradio_api/upload")
    (False, False)
    """
    name = api_name(path)
    if name is None:
        return "gradio_api" not in path and not path.startswith(_UNUSED)
    wanted = _NEEDED.get(method, ())
    return any(name.startswith(each) if each.endswith("/") else name == each for each in wanted)


def is_a_visitors(path: str) -> bool:
    """Whether what a path gives, or does, is one visitor's own."""
    name = api_name(path)
    return path.startswith("/pincite/") if name is None else name not in ANYBODYS
