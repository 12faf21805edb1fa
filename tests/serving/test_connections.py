"""What a server bears from those who connect to it: real sockets, and the server in a process of its own."""

import asyncio
import json
import select
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from pincite.web.connections import SPARE, Connections
from pincite.web.limits import ConnectionLimits

HEAD = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
FAST = {"head_s": 1.0, "idle_s": 1.0, "body_s": 1.0, "body_rate": 2000, "send_s": 1.0}


class Limited:
    """``limited_server.py`` while it runs."""

    def __init__(self, kind, folder, limits):
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "limited_server.py"), kind, str(folder), json.dumps(limits)],
            stdout=subprocess.PIPE,
            text=True,
        )
        told = json.loads(self._process.stdout.readline())
        self.port, self.keys = told["port"], told.get("keys", {})
        self.address = f"http://127.0.0.1:{self.port}"
        self.get("/healthz")

    def get(self, path, key=None, **options):
        headers = {"Authorization": f"Bearer {self.keys[key]}"} if key else {}
        return httpx.get(f"{self.address}{path}", headers=headers, timeout=60, **options)

    def connect(self, source="127.0.0.1"):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60, source_address=(source, 0))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def end(self):
        self._process.terminate()
        self._process.wait(40)
        self._process.stdout.close()


@pytest.fixture
def served(tmp_path):
    with ExitStack() as stack:

        def start(kind, **limits):
            server = Limited(kind, tmp_path, limits)
            stack.callback(server.end)
            return server

        yield start


@contextmanager
def many(server, n, first, source="127.0.0.1"):
    """Open connections, send each its first bytes, and close what is left of them at the end."""
    with ExitStack() as stack:
        opened = []
        for _ in range(n):
            connection = stack.enter_context(server.connect(source))
            connection.sendall(first)
            opened.append(connection)
        yield opened


def dripped(connections, seconds, drop=b"x"):
    """Send each connection a byte now and then; return those that the server still holds open at the end."""
    left, until = list(connections), time.monotonic() + seconds
    while left and time.monotonic() < until:
        for connection in list(left):
            try:
                connection.sendall(drop)
                if select.select([connection], [], [], 0)[0] and not connection.recv(65_536):
                    left.remove(connection)
            except OSError:
                left.remove(connection)
        time.sleep(0.2)
    return left


def read_all(connection):
    """Return what the server says until it closes; what it cut off counts as nothing more."""
    said = b""
    try:
        while piece := connection.recv(65_536):
            said += piece
    except OSError:
        pass
    return said


@pytest.mark.parametrize("kind", ["api", "page"])
def test_a_head_that_never_ends_is_given_up_however_it_drips(served, kind):
    server = served(kind, **FAST)
    with many(server, 30, HEAD) as opened, server.connect() as silent, server.connect() as started:
        started.sendall(HEAD)
        assert server.get("/healthz").status_code == 200, "others are served meanwhile"
        assert dripped(opened, 20) == []
        assert read_all(silent) == b"", "nor does one stay that says nothing at all"
        said = read_all(started)
        assert said.startswith(b"HTTP/1.1 408 ")
        assert json.loads(said.partition(b"\r\n\r\n")[2])["error"]["type"] == "timeout"


def test_a_second_request_on_a_connection_has_the_same_time_as_the_first(served):
    server = served("page", **FAST)
    with server.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(HEAD)
        assert dripped([connection], 20) == []


@pytest.mark.parametrize("path", ["/take", "/refuse"])
def test_a_body_that_drips_is_given_up_whether_or_not_anybody_reads_it(served, path):
    server = served("page", **FAST)
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n".encode()
    with many(server, 5, head) as opened:
        assert dripped(opened, 20) == []


@pytest.mark.parametrize("key", ["aster", None])
def test_an_upload_that_drips_is_given_up_with_and_without_a_key(served, key):
    server = served("api", **FAST)
    head = upload_head(server, key)
    with many(server, 3, head) as opened, server.connect() as one:
        one.sendall(head)
        assert dripped(opened, 20) == []
        said = read_all(one)
        assert said.startswith(b"HTTP/1.1 408 " if key else b"HTTP/1.1 401 ")
        assert json.loads(said.partition(b"\r\n\r\n")[2])["error"]["message"]


def test_a_long_body_at_a_fair_rate_arrives(served):
    server = served("page", **FAST)

    def pieces():
        for _ in range(30):
            yield b"x" * 1000
            time.sleep(0.15)

    started = time.monotonic()
    response = httpx.post(f"{server.address}/take", content=pieces(), timeout=60)
    assert time.monotonic() - started > 3 * FAST["body_s"]
    assert response.text == "30000"


def test_no_body_takes_longer_than_the_longest(served):
    server = served("page", **{**FAST, "whole_body_s": 2.0})
    head = b"POST /take HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n"
    with many(server, 2, head) as opened:
        assert dripped(opened, 20, b"x" * 4000) == [], "not even at a fair rate"


def test_a_stream_may_be_longer_than_every_limit(served):
    server = served("page", **FAST)
    assert server.get("/stream?n=40").text.count("data:") == 40


def test_a_response_that_nobody_takes_is_broken_off(served):
    server = served("page", **FAST)
    with server.connect() as connection:
        connection.sendall(b"GET /much HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(5)
        said = read_all(connection)
        assert said.startswith(b"HTTP/1.1 200 ")
        assert len(said) < 90_000_000
    assert len(server.get("/much").content) == 100_000_000, "whoever takes it gets it whole"


def test_who_reads_nothing_is_not_answered_again_and_again(served):
    """The system took megabytes for such a client, so that its requests were worked at, and others had to wait."""
    server = served("page")
    with server.connect() as silent:
        silent.settimeout(2)
        silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        with suppress(TimeoutError):
            silent.sendall(b"GET /counted HTTP/1.1\r\nHost: a\r\n\r\n" * 400)
        time.sleep(2)
        # 64 kB each; the system keeps some on our side of the connection, too.
        assert 1 <= int(server.get("/count").text) < 30


def test_whoever_opens_many_and_sends_nothing_keeps_nobody_out(served):
    server = served("page", connections=20, connections_per_address=20, head_s=300.0)
    with many(server, 20, HEAD) as first:
        time.sleep(0.5)
        with many(server, 100, HEAD) as more:
            time.sleep(0.5)
            for _ in range(3):
                assert server.get("/healthz").text == "ok"
            ended = [each for each in [*first, *more] if select.select([each], [], [], 0)[0]]
            assert set(first) <= set(ended), "the oldest give way"
            assert len(ended) >= 120 - 20 - SPARE


def test_beyond_the_most_that_one_address_may_have_it_is_told_to_come_later(served):
    server = served("page", connections=20, connections_per_address=6)
    stream = b"GET /stream?n=100 HTTP/1.1\r\nHost: a\r\n\r\n"
    with many(server, 6, stream, "127.0.0.2") as busy, server.connect("127.0.0.2") as more:
        assert [each.recv(12) for each in busy] == [b"HTTP/1.1 200"] * 6
        more.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        said = read_all(more)
        assert said.startswith(b"HTTP/1.1 429 ")
        assert b"\r\nretry-after: " in said
        assert json.loads(said.partition(b"\r\n\r\n")[2])["error"]["type"] == "rate_limit_error"
        assert server.get("/healthz").text == "ok", "other addresses are served"
        assert all(b"data:" in each.recv(65_536) for each in busy), "and what was begun goes on"


def test_beyond_the_most_in_all_one_is_told_to_come_later_and_served_when_there_is_room(served):
    server = served("page", connections=6, connections_per_address=6)
    with many(server, 6, b"GET /stream?n=100 HTTP/1.1\r\nHost: a\r\n\r\n") as busy:
        assert [each.recv(12) for each in busy] == [b"HTTP/1.1 200"] * 6
        refused = server.get("/healthz")
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        busy[0].close()
        for _ in range(100):
            if (answer := server.get("/healthz")).status_code == 200:
                break
            time.sleep(0.1)
        assert answer.text == "ok"


def upload_head(server, key):
    return (
        f"POST /v1/documents HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {server.keys.get(key, 'none')}\r\n"
        "Content-Length: 100000\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n"
    ).encode()


def test_uploads_of_one_key_that_drip_leave_room_for_anothers(served):
    server = served("api", jobs_per_key=4, jobs_per_address=6)
    with many(server, 16, upload_head(server, "aster")) as dripping:
        refused = []
        while len(refused) < 12:
            ready = select.select([each for each in dripping if each not in refused], [], [], 60)[0]
            assert all(each.recv(65_536).startswith(b"HTTP/1.1 429 ") for each in ready)
            refused += ready
        kept = [each for each in dripping if each not in refused]
        assert dripped(kept, 1) == kept
        for n in range(3):
            birch = {"Authorization": f"Bearer {server.keys['birch']}"}
            sent = {"files": (f"{n}.md", "# Birch\n\nA birch.\n")}
            taken = httpx.post(f"{server.address}/v1/documents", files=sent, headers=birch, timeout=60)
            assert taken.status_code == 202
            job = taken.json()
            while job["state"] in {"waiting", "running"}:
                job = server.get(f"/v1/jobs/{job['id']}", "birch").json()
            assert job["added"] == [f"{n}.md"]
        with many(server, 2, upload_head(server, "birch")), server.connect() as one:
            time.sleep(0.5)
            one.sendall(upload_head(server, "birch"))
            said = one.recv(65_536)
            assert said.startswith(b"HTTP/1.1 429 "), "an address has its own most"
            assert b"\r\nretry-after: " in said
            with server.connect("127.0.0.9") as other:
                other.sendall(upload_head(server, "birch"))
                assert dripped([other], 1) == [other]


class Peer:
    """A connection as `Connections` sees it."""

    def __init__(self, address="a", expendable=False):
        self.address, self.expendable, self.state, self.checked = address, expendable, "open", False

    def turn_away(self):
        self.state = "turned away"

    def cut(self):
        self.state = "cut"

    def check(self, now):
        self.checked = True


def test_even_those_that_are_turned_away_are_bounded():
    async def run():
        connections = Connections(ConnectionLimits(connections=2, connections_per_address=2, head_s=0.1))
        peers = [Peer(str(n)) for n in range(2 + SPARE + 3)]
        for peer in peers:
            connections.enter(peer)
        assert [peer.state for peer in peers] == ["open"] * 2 + ["cut"] * 3 + ["turned away"] * SPARE
        await asyncio.sleep(0.3)
        assert all(peer.checked == (peer.state != "cut") for peer in peers)
        for peer in [*peers, *peers]:
            connections.leave(peer)
        assert len(connections) == 0
        connections.enter(late := Peer("late"))
        assert late.state == "open"

    asyncio.run(run())


def test_one_address_pushes_out_its_own_connections_alone():
    async def run():
        connections = Connections(ConnectionLimits(connections=4, connections_per_address=2))
        others = [Peer("other", expendable=True) for _ in range(2)]
        own = [Peer("own", expendable=True) for _ in range(3)]
        for peer in [*others, *own]:
            connections.enter(peer)
        assert [peer.state for peer in others] == ["open", "open"]
        assert [peer.state for peer in own] == ["cut", "open", "open"]

    asyncio.run(run())
