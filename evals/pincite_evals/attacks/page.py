"""The page: file objects with the server's paths in every event, forged cookies, other visitors' documents."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pincite_evals.attacks.page_cookies import Case, cookies
from pincite_evals.attacks.page_visitor import Event, PageVisitor
from pincite_evals.attacks.servers import Served, index_made_of
from pincite_evals.attacks.trials import Plan, Trial

PASSWORD = "attacked-password"  # noqa: S105 - of a server that lives for a minute


def attack(plan: Plan) -> Iterator[Trial]:
    """Attack ``pincite ui`` and ``pincite serve``, each without and with a password, the latter with keys."""
    with index_made_of(plan.folder / "indexed") as index:
        settings: list[tuple[str, Any, tuple[str, ...], str | None, tuple[str, ...]]] = [
            ("ui", "ui", (), None, ()),
            ("ui, password", "ui", ("--password", PASSWORD), PASSWORD, ()),
            ("serve", "serve", (), None, ()),
            ("serve, keys and password", "serve", ("--password", PASSWORD), PASSWORD, ("acme",)),
        ]
        for name, command, options, password, tenants in settings[3 if plan.short else 0 :]:
            if not plan.wants_any(name):
                continue
            with Served(plan.folder, command, index, *options, tenants=tenants) as served:
                yield from attack_page(plan, name, served, password)


def attack_page(plan: Plan, name: str, served: Served, password: str | None) -> Iterator[Trial]:
    """Attack the page of one server."""
    with listener() as (address, asked):
        cases = (*_paths(plan, served, password, address, asked), *cookies(served, password))
        yield from plan.each((f"{name}: {case}", partial(_alive, served, work)) for case, work in cases)


def _alive(served: Served, work: Callable[[], str | None]) -> str | None:
    reason = work()
    if reason is None and not served.alive():
        return f"the server died: {served.log_end()}"
    return reason


@contextmanager
def listener() -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a server of our own that holds a canary, and the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"fetched canary")

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _paths(plan: Plan, served: Served, password: str | None, address: str, asked: list[str]) -> list[Case]:
    """Return each form of naming a file of the server's, in each event."""
    with PageVisitor(served.address, password=password) as visitor:
        visitor.arrive()
        events = visitor.events()
    chosen = [each for each in events if each.takes_files]
    if not chosen:
        return [("events that take files", lambda: "the page names none: nothing could be tried")]
    others = [each for each in events if not each.takes_files and not plan.short]
    forms = (
        "absolute",
        "relative",
        "from its own folder",
        "link",
        "file address",
        "http address",
        "another's upload",
        "proc",
    )
    wraps = tuple(WRAPPED)
    cases: list[Case] = []
    for event in chosen:
        for form in forms[:: 3 if plan.short else 1]:
            for wrap in wraps[:: 4 if plan.short else 1]:
                work = partial(reads_outside, served, password, event, form, wrap, address, asked)
                cases.append((f"event {event.name}, {form} path, {wrap}", work))
    cases += [
        (
            f"event {event.name}, absolute path, {wrap}",
            partial(reads_outside, served, password, event, "absolute", wrap, address, asked),
        )
        for event in others
        for wrap in ("file object", "in the event's data")
    ]
    routes = ("run/predict", "run/predict/", "component_server", f"call/{chosen[0].name}", "api/predict")
    cases += [
        (
            f"route {route}, absolute path",
            partial(reads_outside, served, password, chosen[0], "absolute", "file object", address, asked, route),
        )
        for route in routes
    ]
    return cases


def _object(path: str) -> dict[str, Any]:
    return {"path": path, "orig_name": path.rpartition("/")[2], "meta": {"_type": "gradio.FileData"}}


def _plain(path: str) -> Any:
    return {"path": path}


WRAPPED: dict[str, Callable[[str], Any]] = {
    "file object": _object,
    "list of file objects": lambda path: [_object(path)],
    "without its mark": lambda path: [_plain(path)],
    "nested": lambda path: [{"files": [{"file": _object(path), "caption": None}]}, _object(path)],
    "plain text": lambda path: [path],
    "with an address beside it": lambda path: [
        {**_object(path), "url": f"/gradio_api/file={path}", "is_stream": False}
    ],
    "in the event's data": lambda _path: [],
    "named twice": lambda path: _Raw('[{"path": "x.txt", "path": %s, "meta": {"_type": "gradio.FileData"}}]', path),
    "escaped": lambda path: _Raw('[{"p\\u0061th": %s, "meta": {"_type": "gradio.FileData"}}]', path),
    "beside what cannot be parsed deep": lambda path: _Raw(
        f'[{{"path": %s, "meta": {{"_type": "gradio.FileData"}}, "x": {"[" * 3_000}{"]" * 3_000}}}]', path
    ),
    "beside a number of 5,000 digits": lambda path: _Raw(
        f'[{{"path": %s, "meta": {{"_type": "gradio.FileData"}}, "size": {"9" * 5_000}}}]', path
    ),
}
"""Ways of putting a path into an event's input."""


class _Raw:
    """JSON that no library would write."""

    def __init__(self, template: str, path: str) -> None:
        self.text = template % json.dumps(path)


def reads_outside(
    served: Served,
    password: str | None,
    event: Event,
    form: str,
    wrap: str,
    address: str,
    asked: list[str],
    route: str = "queue/join",
) -> str | None:
    """Name a canary by its path in an event; return where its words came to."""
    canary = f"canary{secrets.token_hex(8)}"
    outside = served.home / "outside"
    outside.mkdir(exist_ok=True)
    with ExitStack() as stack:
        visitor = stack.enter_context(PageVisitor(served.address, password=password))
        visitor.arrive()
        # A line of it is a question, a document, whatever it is taken for.
        suffix = ".txt"
        held = outside / f"{canary}{suffix}"
        held.write_text(f"What is {canary} for?\n", "utf-8")
        if form == "another's upload":
            other = stack.enter_context(PageVisitor(served.address, password=password))
            other.arrive()
            held = Path(str(other.upload(f"mine{suffix}", held.read_bytes())))
            if not held.is_absolute():
                held = served.temporary / held
        elif form == "link":
            link = outside / f"link-{canary}{suffix}"
            link.symlink_to(held)
            held = link
        # Uploads lie in a folder of the server's choice: the way out begins there.
        arrived = Path(str(visitor.upload("decoy.txt", b"A question?\n"))).parent
        path = {
            "relative": f"{arrived}/{'../' * len(arrived.parts)}{str(held).lstrip('/')}",
            "from its own folder": f"./outside/{held.name}",
            "file address": f"file://{held}",
            "http address": f"{address}/{canary}.txt",
            "proc": f"/proc/{served.pid}/root{held}",
        }.get(form, str(held))
        before = served.files_holding(canary.encode())
        wrapped = WRAPPED[wrap](path)
        data = [wrapped, *["" for _ in event.inputs[1:]]] if event.inputs else [wrapped]
        event_data = _object(path) if wrap == "in the event's data" else None
        body = visitor.body(event, ["@" if each is wrapped else each for each in data], event_data)
        text = json.dumps(body)
        inner = wrapped.text if isinstance(wrapped, _Raw) else json.dumps(wrapped)
        said = visitor.send_raw(text.replace('"@"', inner, 1).encode(), route=route)
        answers = visitor.http.get("/pincite/answers").text
        # The path itself holds the canary's name: what counts is the line.
        words = f"What is {canary} for?"
        if words in said or words in answers:
            return f"its line came back through {'the event' if words in said else '/pincite/answers'} (path {path})"
        if new := served.files_holding(words.encode()) - before:
            place = next(iter(new)).relative_to(served.home)
            return f"it was copied to {place.parts[0]}/…/{place.name} (path {path})"
        if any(canary in each for each in asked):
            return "the server fetched the address that was named"
    return None
