"""Visitors of the page kept apart: forged cookies, another's answers, files and documents."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from functools import partial

from pincite_evals.attacks.page_visitor import Event, PageVisitor
from pincite_evals.attacks.servers import QUESTION, Served

FORGED = "0123456789abcdef" * 2
FORGERIES: dict[str, Callable[[str], str]] = {
    "an id": lambda _: FORGED,
    "an id of upper case": lambda _: FORGED.upper(),
    "an id with a signature": lambda genuine: FORGED + genuine[32:],
    "an id with a signature of its own": lambda _: f"{FORGED}.{'0' * 64}",
    "an id with an empty signature": lambda _: f"{FORGED}.",
    "another's id": lambda genuine: f"{genuine[:31]}{'0' if genuine[31] != '0' else '1'}{genuine[32:]}",
    "a way out": lambda _: "../../../../tmp/x",
}
"""By name: what is made of a cookie that the server gave."""
Case = tuple[str, Callable[[], str | None]]


def cookies(served: Served, password: str | None) -> list[Case]:
    """Return the ways of being somebody else."""
    return [
        *((f"a forged cookie: {name}", partial(_forged, served, password, forge)) for name, forge in FORGERIES.items()),
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


def _forged(served: Served, password: str | None, forge: Callable[[str], str]) -> str | None:
    """Come with a cookie that the server did not make; it must give another."""
    with PageVisitor(served.address, password=password) as known:
        known.arrive()
        name, genuine = known.cookie
    if not genuine:
        return "could not be tried: the page gives no cookie"
    forged = forge(genuine)
    with PageVisitor(served.address, password=password, cookie=(name, forged)) as visitor:
        given = visitor.arrive().headers.get("set-cookie", "")
        if f"{name}=" not in given or f"{name}={forged};" in given:
            return f"the server keeps a cookie that it did not make ({len(forged)} characters)"
        _run_batch(visitor, QUESTION)
    made_up = {forged, forged.partition(".")[0]} - {genuine.partition(".")[0]}
    folders = {path.name for path in served.data.rglob("visitors/*")}
    return "a visitor's folder is named as they asked" if made_up & folders else None


def _shared(served: Served, password: str | None) -> str | None:
    canary = f"canary{secrets.token_hex(8)}"
    with PageVisitor(served.address, password=password) as known:
        known.arrive()
        forged = (known.cookie[0], FORGED)
    with (
        PageVisitor(served.address, password=password, cookie=forged) as one,
        PageVisitor(served.address, password=password, cookie=forged) as other,
    ):
        one.arrive()
        _run_batch(one, f"What is {canary}?")
        return "two who made up one id are one visitor" if canary in other.http.get("/pincite/answers").text else None


def _fixed(served: Served, password: str | None) -> str | None:
    """Give somebody a cookie from before the password: whoever gave it must not be them afterwards."""
    if password is None:
        return None
    with PageVisitor(served.address) as stranger:
        stranger.arrive()
        given = stranger.cookie
    if not given[1]:
        return None  # who has not given the password is given no cookie either
    with PageVisitor(served.address, password=password, cookie=given) as victim:
        victim.arrive()
        return "the cookie from before the login is still the visitor's" if victim.cookie == given else None


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
        name, genuine = owner.cookie
        mixed = genuine[:32] + other.cookie[1][32:] if len(genuine) > 32 else ""
        for cookie in ("", "../" + "0" * 29, "0" * 32, "*" * 32, mixed):
            told = other.http.get("/pincite/answers", headers={"Cookie": f"{name}={cookie}"}).text
            if canary in told + other.http.get("/pincite/answers").text:
                return "another visitor reads the answers"
        if password is not None:
            with PageVisitor(served.address) as stranger:
                held = {"Cookie": f"{name}={genuine}"}
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
