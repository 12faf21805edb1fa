"""What a browser says in an event, made anew from what it may say.

What is passed on to Gradio is not the body that came but one written from what was understood of it, so that nothing
can be read in one way here and in another there.  A file is only what this visitor has uploaded: whatever else names
one, by a path or an address, ends the request.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.exceptions import HTTPException

from pincite_ui.arrivals import Arrivals

MAX_DEPTH = 40
"""Lists in lists: the page itself sends less than ten."""
FILE = "gradio.FileData"
NOT_YOURS = "a file that is not here, or not yours: choose it again"

_SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")


def _whole_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_EVENT: Mapping[str, Callable[[Any], bool]] = {
    "data": lambda value: isinstance(value, list),
    "event_data": lambda _: True,
    "fn_index": _whole_number,
    "trigger_id": lambda value: value is None or _whole_number(value),
}
FIELDS: Mapping[str, Mapping[str, Callable[[Any], bool]]] = {
    "queue/join": _EVENT,
    "run/predict": _EVENT,
    "component_server": {
        "data": lambda _: True,
        "component_id": _whole_number,
        "fn_name": lambda value: isinstance(value, str),
    },
}
"""Which fields each request carries beside the session, and what they may hold; all others are left out."""


def session_of(visitor_id: str, given: Any) -> str:
    """Return the name under which Gradio keeps a session, which no other visitor can come to whatever name they give.

    Raises
    ------
    HTTPException
        It is no name of a session.
    """
    if not isinstance(given, str) or not _SESSION.fullmatch(given):
        raise HTTPException(400, "expected the name of a session: reload the page")
    return hashlib.sha256(f"{visitor_id} {given}".encode()).hexdigest()[:32]


def event(name: str, body: bytes, visitor_id: str, arrivals: Arrivals) -> bytes:
    """Return the body of an event as it is passed on.

    Parameters
    ----------
    name
        Of the request, one of :data:`FIELDS`.

    Raises
    ------
    HTTPException
        It is not what the page sends, or names a file that this visitor has not uploaded.
    """
    try:
        held = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "expected an event in JSON") from error
    if not isinstance(held, dict):
        raise HTTPException(400, "expected an event in JSON")
    passed: dict[str, Any] = {"session_hash": session_of(visitor_id, held.get("session_hash"))}
    for field, fits in FIELDS[name].items():
        value = held.get(field)
        if not fits(value):
            raise HTTPException(400, f"not what {field} of an event holds: reload the page")
        passed[field] = _cleaned(value, arrivals, 0)
    return json.dumps(passed).encode()


def stream(query: bytes, visitor_id: str) -> bytes:
    """Return the query of a request for what the queue says.

    Raises
    ------
    HTTPException
        It does not name one session.
    """
    given = [value for name, value in parse_qsl(query.decode("latin-1")) if name == "session_hash"]
    return urlencode({"session_hash": session_of(visitor_id, given[0] if len(given) == 1 else None)}).encode()


def _cleaned(value: Any, arrivals: Arrivals, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise HTTPException(400, "nested too deeply: reload the page")
    if isinstance(value, list):
        return [_cleaned(each, arrivals, depth + 1) for each in value]
    if isinstance(value, dict):
        if "path" in value or "url" in value or _is_marked(value):
            return _file(value, arrivals)
        return {key: _cleaned(each, arrivals, depth + 1) for key, each in value.items()}
    if isinstance(value, str):
        _check_text(value, depth)
    return value


def _file(value: dict[str, Any], arrivals: Arrivals) -> dict[str, Any]:
    """Return a file as Gradio takes it; of what the browser said of it only the name it was given here counts."""
    named = value.get("path")
    path = arrivals.path_of(named) if isinstance(named, str) else None
    if path is None:
        raise HTTPException(403, NOT_YOURS)
    return {"path": str(path), "orig_name": path.name, "size": path.stat().st_size, "meta": {"_type": FILE}}


def _is_marked(value: dict[str, Any]) -> bool:
    meta = value.get("meta")
    return isinstance(meta, dict) and meta.get("_type") == FILE


def _check_text(text: str, depth: int) -> None:
    """Refuse a file written as text, for a component that may read it; a question may hold any other JSON."""
    if text.lstrip()[:1] not in {"{", "[", '"'}:
        return
    try:
        held: Any = json.loads(text)
    except ValueError:
        return
    except RecursionError as error:
        raise HTTPException(400, "nested too deeply: reload the page") from error
    waiting = [held]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            if _is_marked(each):
                raise HTTPException(403, NOT_YOURS)
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
        elif isinstance(each, str) and each is not text and depth <= MAX_DEPTH:
            _check_text(each, depth + 1)


def _no_number(name: str) -> None:
    raise ValueError(name)
