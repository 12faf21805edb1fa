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

from pincite_evals.attacks.page_visitor import COOKIE, Event, PageVisitor
from pincite_evals.attacks.servers import QUESTION, Served, index_made_of
from pincite_evals.attacks.trials import Plan, Trial

PASSWORD = "attacked-password"  # noqa: S105 - of a server that lives for a minute
FORGED = "0123456789abcdef" * 2
Case = tuple[str, Callable[[], str | None]]


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
            with Served(plan.folder, command, index, *options, tenants=tenants) as served:
                yield from attack_page(plan, name, served, password)


def attack_page(plan: Plan, name: str, served: Served, password: str | None) -> Iterator[Trial]:
    """Attack the page of one server."""
    with listener() as (address, asked):
        for case, work in (*_paths(plan, served, password, address, asked), *_cookies(served, password)):
            full = f"{name}: {case}"
            if plan.wants(full):
                yield plan.tried(full, partial(_alive, served, work))


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


def _cookies(served: Served, password: str | None) -> list[Case]:
    return [
        ("a forged cookie is not kept", partial(_forged, served, password, FORGED)),
        ("a forged cookie of upper case", partial(_forged, served, password, FORGED.upper())),
        ("two with one forged cookie", partial(_shared, served, password)),
        ("a cookie is made anew at login", partial(_fixed, served, password)),
        ("another's answers", partial(_others_answers, served, password)),
        ("another's file by its address", partial(_others_file, served, password)),
        ("another's document", partial(_others_document, served, password)),
        ("a page's picture by a path", partial(_picture, served, password)),
    ]


def _event(visitor: PageVisitor, name: str) -> Event:
    return next(event for event in visitor.events() if event.name == name)


def _run_batch(visitor: PageVisitor, words: str) -> str:
    path = visitor.upload("questions.txt", f"{words}\n".encode())
    return visitor.send(_event(visitor, "_run"), [{"path": path, "meta": {"_type": "gradio.FileData"}}])


def _forged(served: Served, password: str | None, forged: str) -> str | None:
    with PageVisitor(served.address, password=password, cookie=forged) as visitor:
        visitor.arrive()
        _run_batch(visitor, QUESTION)
        if visitor.cookies.get(COOKIE) == forged:
            return "the server keeps the id that a visitor made up"
    folders = [path.name for path in served.data.rglob("visitors/*")]
    return "a visitor's folder is named as they asked" if forged in folders else None


def _shared(served: Served, password: str | None) -> str | None:
    canary = f"canary{secrets.token_hex(8)}"
    with (
        PageVisitor(served.address, password=password, cookie=FORGED) as one,
        PageVisitor(served.address, password=password, cookie=FORGED) as other,
    ):
        one.arrive()
        _run_batch(one, f"What is {canary}?")
        return "two who made up one id are one visitor" if canary in other.http.get("/pincite/answers").text else None


def _fixed(served: Served, password: str | None) -> str | None:
    """Give somebody a cookie before they log in: whoever gave it must not be them afterwards."""
    if password is None:
        return None
    with PageVisitor(served.address) as stranger:
        stranger.arrive()
        given = stranger.cookies.get(COOKIE, FORGED)
        with PageVisitor(served.address, password=password, cookie=given) as victim:
            victim.arrive()
            return (
                "the cookie from before the login is still the visitor's"
                if victim.cookies.get(COOKIE) == given
                else None
            )


def _others_answers(served: Served, password: str | None) -> str | None:
    canary = f"canary{secrets.token_hex(8)}"
    with (
        PageVisitor(served.address, password=password) as owner,
        PageVisitor(served.address, password=password) as other,
    ):
        owner.arrive()
        other.arrive()
        _run_batch(owner, f"What is {canary}?")
        if canary not in owner.http.get("/pincite/answers").text:
            return "could not be tried: the owner has no answers"
        for cookie in ("", "../" + "0" * 29, "0" * 32, "*" * 32):
            told = other.http.get("/pincite/answers", headers={"Cookie": f"{COOKIE}={cookie}"}).text
            if canary in told + other.http.get("/pincite/answers").text:
                return "another visitor reads the answers"
        if password is not None:
            with PageVisitor(served.address) as stranger:
                held = {"Cookie": f"{COOKIE}={owner.cookies.get(COOKIE, '')}"}
                if canary in stranger.http.get("/pincite/answers", headers=held).text:
                    return "without the password the cookie alone opens the answers"
    return None


def _others_file(served: Served, password: str | None) -> str | None:
    canary = f"canary{secrets.token_hex(8)}"
    with (
        PageVisitor(served.address, password=password) as owner,
        PageVisitor(served.address, password=password) as other,
    ):
        owner.arrive()
        other.arrive()
        path = owner.upload("mine.txt", canary.encode())
        for route in ("file=", "file/", "proxy=", "stream/", "deep_link?x="):
            if canary in other.http.get(f"/gradio_api/{route}{path}").text:
                return f"/gradio_api/{route} hands out another visitor's upload"
    return None


def _others_document(served: Served, password: str | None) -> str | None:
    canary = f"canary{secrets.token_hex(8)}"
    with (
        PageVisitor(served.address, password=password) as owner,
        PageVisitor(served.address, password=password) as other,
    ):
        owner.arrive()
        other.arrive()
        name = f"{canary}.md"
        path = owner.upload(name, f"# Mine\n\nThe secret of the harbour is {canary}.\n".encode())
        owner.send(_event(owner, "_add"), [[{"path": path, "meta": {"_type": "gradio.FileData"}}], json.dumps([name])])
        shown = owner.send(_event(owner, "_shown"), [], route="run/predict")
        if canary not in shown:
            return "could not be tried: the owner's document was not added"
        told = [
            other.send(_event(other, "_view"), [], {"doc": name}),
            other.send(_event(other, "_shown"), [], route="run/predict"),
            other.http.get("/pincite/page", params={"doc": name, "page": 1}).text,
            other.send(_event(other, "_ask"), [f"What is the secret of the harbour {canary}?", "", [name]]),
        ]
        said = "".join(told).replace(f"What is the secret of the harbour {canary}", "").replace(name, "")
        return "another visitor sees the document" if f"harbour is {canary}" in said else None


def _picture(served: Served, password: str | None) -> str | None:
    with PageVisitor(served.address, password=password) as visitor:
        visitor.arrive()
        for doc in (
            "/etc/passwd",
            "../../keys.json",
            f"{served.keys_file}",
            "..%2f..%2fkeys.json",
            "\x00",
            "a" * 5_000,
        ):
            told = visitor.http.get("/pincite/page", params={"doc": doc, "page": "1"})
            if told.is_success or "Traceback" in told.text:
                return f"{doc[:30]!r} was answered with {told.status_code}"
        told = visitor.http.get("/pincite/page", params={"doc": "ferry.md", "page": "9" * 5_000})
        return None if told.status_code < 500 else f"a page of 5,000 digits was answered with {told.status_code}"
