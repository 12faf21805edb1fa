import asyncio

import pytest
from in_a_thread import run
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse

from pincite.web.guard import Guard, bounded, is_from_elsewhere, with_headers
from pincite.web.limits import ConnectionLimits


class Open(Guard):
    """Asks for nothing but what every server asks for."""

    async def _serve(self, scope, headers, receive, send):
        try:
            self._check_addressed(scope, headers)
        except HTTPException as refused:
            await PlainTextResponse(refused.detail, refused.status_code)(scope, receive, send)
            return
        await self._app(scope, receive, with_headers(send, lambda status: [(b"seen", str(status).encode())]))


def ask(*headers, names=("127.0.0.1", "localhost"), kind="http"):
    """Send one request, or something else; return all that is sent back."""
    sent = []

    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "method": "POST", "path": "/", "headers": list(headers)}
    run(Open(application, names=names)(scope, receive, send))
    return sent


@pytest.mark.parametrize(
    ("host", "status"),
    [(b"localhost:7860", 204), (b"127.0.0.1", 204), (b"evil.example", 421), (b"localhost.evil.example:80", 421)],
)
def test_only_its_own_names_are_answered_to(host, status):
    assert ask((b"host", host))[0]["status"] == status
    assert ask((b"host", host), names=())[0]["status"] == 204


@pytest.mark.parametrize("name", [b"Host", b"origin", b"Content-Length", b"authorization", b"sec-fetch-site"])
def test_what_two_readers_could_read_in_two_ways_is_refused(name):
    assert ask((b"host", b"localhost"), (name, b"1"), (name.upper(), b"1"))[0]["status"] == 400
    assert ask((b"host", b"localhost"), (b"accept", b"a"), (b"accept", b"b"))[0]["status"] == 204


def test_responses_get_headers_and_sockets_none():
    assert ask((b"host", b"localhost"))[0]["headers"] == [(b"seen", b"204")]
    assert ask(kind="websocket") == [{"type": "websocket.close", "code": 1008}]
    assert ask(kind="lifespan")[0]["headers"] == []


@pytest.mark.parametrize(
    ("method", "headers", "elsewhere"),
    [
        ("POST", {}, False),
        ("POST", {"origin": "http://localhost:1"}, False),
        ("POST", {"origin": "http://localhost:2"}, True),
        ("POST", {"origin": "null"}, True),
        ("GET", {"origin": "http://localhost:2"}, False),
        ("GET", {"sec-fetch-site": "same-site"}, True),
        ("GET", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, False),
        ("POST", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, True),
        ("POST", {"sec-fetch-site": "none"}, False),
        ("GET", {"sec-fetch-site": "something new"}, True),
    ],
)
def test_other_sites_pages_are_told_from_our_own_and_from_links(method, headers, elsewhere):
    assert is_from_elsewhere(method, {"host": "localhost:1", **headers}) == elsewhere


def received(pieces, headers=None, most=10, limits=None, wait=0.0):
    waiting = list(pieces)

    async def receive():
        await asyncio.sleep(wait)
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def everything():
        ask, body = bounded(receive, headers or {}, most, limits=limits), b""
        for _ in range(len(pieces)):
            body += (await ask())["body"]
        return body

    return run(everything())


def test_a_body_is_bounded_by_what_it_says_and_what_comes():
    assert received([b"01234", b"56789"]) == b"0123456789"
    for pieces, headers in (([b"x"], {"content-length": "11"}), ([b"01234", b"567890"], {"content-length": "1"})):
        with pytest.raises(HTTPException, match="at most 10 bytes") as refused:
            received(pieces, headers)
        assert refused.value.status_code == 413


def test_a_body_that_is_too_slow_is_refused_where_there_is_a_limit():
    slow = ConnectionLimits(body_s=0.01, body_rate=1e9)
    assert received([b"0", b"1"], wait=0.05) == b"01"
    with pytest.raises(HTTPException, match="did not arrive in time") as refused:
        received([b"0", b"1"], limits=slow, wait=0.5)
    assert refused.value.status_code == 408
