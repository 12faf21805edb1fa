"""Connections: half-sent headers, dripping bodies, floods of one key or address, guesses at the password.

Attackers come from 127.0.0.2, whom they disturb from 127.0.0.1: for a server that tells addresses apart they are two.
"""

from __future__ import annotations

import base64
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial

import httpx

from pincite_evals.attacks.processes import open_files, private_bytes
from pincite_evals.attacks.servers import QUESTION, Served, index_made_of
from pincite_evals.attacks.trials import Plan, Trial

ATTACKER = "127.0.0.2"
PASSWORD = "attacked-password"  # noqa: S105 - of a server that lives for a minute
_PROMPT_S = 20.0
"""How long somebody else may wait meanwhile; the machine may be busy with other things."""
_HEADERS_S, _BODY_S = 60.0, 180.0
"""By when a server must have let go of headers, and of a whole body, that do not come."""
_MOST_GUESSES = 15
_GUESSING_S = 8.0


def attack(plan: Plan) -> Iterator[Trial]:
    """Attack ``pincite serve`` with two keys, then its page's password."""
    with (
        index_made_of(plan.folder / "indexed") as index,
        Served(plan.folder, "serve", index, "--password", PASSWORD, tenants=("loud", "quiet")) as served,
    ):
        with served.client("quiet") as client:
            served.upload(client, "ferry.md", "# The ferry\n\nThe ferry to Aster leaves at nine in the morning.\n")
        n = 100 if plan.short else 600
        short: list[tuple[str, Callable[[], str | None]]] = [
            (f"{n} half-sent headers, another is served", partial(half_sent, served, n, wait=False)),
            ("64 requests of one key beside one of another", partial(flood, served, 64)),
            ("guessing the password", partial(guess, served)),
        ]
        long: list[tuple[str, Callable[[], str | None]]] = [
            (f"{n} half-sent headers are let go", partial(half_sent, served, n, wait=True)),
            ("headers that drip are let go", partial(dripping, served, 20, _drip_headers, _HEADERS_S)),
            ("uploads of one key that drip beside one of another", partial(uploads, served, 32)),
            ("bodies that drip are let go", partial(dripping, served, 20, _drip_body, _BODY_S)),
            ("1,500 idle connections of one address", partial(idle, served, 1_500)),
            ("200 clients that do not read their answers", partial(unread, served, 200)),
            ("connections opened and reset", partial(resets, served, 2_000)),
        ]
        yield from plan.each(short if plan.short else (*short, *long))


@contextmanager
def connected(served: Served, n: int) -> Iterator[list[socket.socket]]:
    """Open so many connections from the attacker's address; those that are refused are missing."""
    with ExitStack() as stack:
        opened = []
        for _ in range(n):
            try:
                connection = socket.create_connection(
                    ("127.0.0.1", served.port), timeout=10, source_address=(ATTACKER, 0)
                )
            except OSError:
                continue
            opened.append(stack.enter_context(closing(connection)))
        yield opened


def open_still(connections: Sequence[socket.socket]) -> list[socket.socket]:
    """Return the connections that the server has not ended."""
    held = []
    for connection in connections:
        connection.setblocking(False)
        try:
            while data := connection.recv(65_536):
                del data
        except BlockingIOError:
            held.append(connection)
        except OSError:
            pass
        finally:
            with suppress(OSError):
                connection.setblocking(True)
    return held


def served_meanwhile(served: Served) -> str | None:
    """Ask as somebody else; return how that went wrong."""
    started = time.monotonic()
    try:
        with served.client("quiet", timeout=_PROMPT_S) as client:
            response = client.post("/v1/search", json={"query": QUESTION})
    except httpx.HTTPError as error:
        return f"somebody else is not served ({type(error).__name__} after {time.monotonic() - started:.0f} s)"
    if not response.is_success:
        return f"somebody else is answered with {response.status_code}: {response.text[:100]}"
    return None


def half_sent(served: Served, n: int, *, wait: bool) -> str | None:
    """Begin so many requests and send no more of them."""
    with connected(served, n) as connections:
        for connection in connections:
            with suppress(OSError):
                connection.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Sent:")
        if reason := served_meanwhile(served):
            return reason
        return _let_go(connections, _HEADERS_S) if wait else None


def _let_go(connections: Sequence[socket.socket], seconds: float) -> str | None:
    started = time.monotonic()
    held = open_still(connections)
    while held and time.monotonic() - started < seconds:
        time.sleep(1)
        held = open_still(held)
    return f"{len(held)} of {len(connections)} connections are still open after {seconds:.0f} s" if held else None


def _drip_headers(_served: Served) -> tuple[bytes, bytes]:
    return b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Sent: ", b"a"


def _drip_body(served: Served) -> tuple[bytes, bytes]:
    head = f"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {served.keys['loud']}\r\n"
    return f"{head}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n".encode() + b'{"question": "', b"a"


def dripping(served: Served, n: int, parts: Callable[[Served], tuple[bytes, bytes]], seconds: float) -> str | None:
    """Send a byte a second on each connection: a limit on the wait for the next byte never comes into it."""
    first, again = parts(served)
    with connected(served, n) as connections:
        for connection in connections:
            with suppress(OSError):
                connection.sendall(first)
        held, started = open_still(connections), time.monotonic()
        while held and time.monotonic() - started < seconds:
            for connection in held:
                with suppress(OSError):
                    connection.sendall(again)
            time.sleep(1)
            held = open_still(held)
        if reason := served_meanwhile(served):
            return reason
        return f"{len(held)} of {n} are still taken from after {seconds:.0f} s, a byte a second" if held else None


def uploads(served: Served, n: int) -> str | None:
    """Begin so many uploads of one key, of which little comes; another key's must be taken."""
    head = (
        f"POST /v1/documents HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {served.keys['loud']}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n--x\r\n"
    )
    with connected(served, n) as connections:
        for connection in connections:
            with suppress(OSError):
                connection.sendall(head.encode())
        time.sleep(1)
        with served.client("quiet") as client:
            response = client.post("/v1/documents", files=[("files", ("quay.md", "# The quay\n\nIt is of stone.\n"))])
            if response.status_code != 202:
                return f"another key's upload is answered with {response.status_code}: {response.text[:100]}"
            state = served.finished(client, response.json()["id"], 60)["state"]
            return None if state == "done" else f"another key's upload ended as {state}"


def flood(served: Served, n: int) -> str | None:
    """Ask so often at once with one key; another key's requests, one after another, must be answered."""
    over = threading.Event()
    statuses: Counter[int] = Counter()

    def ask() -> None:
        transport = httpx.HTTPTransport(local_address=ATTACKER)
        with served.client("loud", transport=transport) as client:
            while not over.is_set():
                with suppress(httpx.HTTPError):
                    statuses[client.post("/v1/search", json={"query": QUESTION, "k": 50}).status_code] += 1

    threads = [threading.Thread(target=ask, daemon=True) for _ in range(n)]
    for thread in threads:
        thread.start()
    try:
        time.sleep(1)
        return next((reason for _ in range(5) if (reason := served_meanwhile(served))), None)
    finally:
        over.set()
        for thread in threads:
            thread.join(30)


def guess(served: Served) -> str | None:
    """Guess the page's password for some seconds over many connections; count the guesses that were looked at."""
    over = threading.Event()
    looked_at: Counter[int] = Counter()

    def try_on(first: int) -> None:
        transport = httpx.HTTPTransport(local_address=ATTACKER)
        with httpx.Client(base_url=served.address, transport=transport, timeout=30, trust_env=False) as client:
            number = first
            while not over.is_set():
                number += 8
                with suppress(httpx.HTTPError):
                    looked_at[client.get("/", headers=_basic(f"guess{number}")).status_code] += 1

    threads = [threading.Thread(target=try_on, args=(n,), daemon=True) for n in range(8)]
    for thread in threads:
        thread.start()
    time.sleep(_GUESSING_S)
    over.set()
    for thread in threads:
        thread.join(40)
    if looked_at[200]:
        return "a guess was let in"
    if looked_at[401] > _MOST_GUESSES:
        return f"{looked_at[401]} guesses were looked at in {_GUESSING_S:.0f} s"
    # The owner, from elsewhere, must get in again, if not at once.
    deadline = time.monotonic() + 60
    with httpx.Client(base_url=served.address, timeout=60, trust_env=False) as client:
        while not client.get("/", headers=_basic(PASSWORD)).is_success:
            if time.monotonic() > deadline:
                return "with the right password, from another address, nobody gets in for a minute"
            time.sleep(1)
    return None


def _basic(password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"any:{password}".encode()).decode()}


def idle(served: Served, n: int) -> str | None:
    """Open so many connections and say nothing."""
    before = len(list(open_files(served.pid)))
    with connected(served, n) as connections:
        time.sleep(2)
        if reason := served_meanwhile(served):
            return reason
        held = open_still(connections)
        if reason := _let_go(held, _HEADERS_S):
            return reason
    time.sleep(1)
    after = len(list(open_files(served.pid)))
    return f"{after - before} descriptors more are open than before" if after > before + 50 else None


def unread(served: Served, n: int) -> str | None:
    """Ask for much and read none of it: what waits to be sent must not fill the memory."""
    head = f"GET /openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {served.keys['loud']}\r\n\r\n"
    before = private_bytes(served.pid)
    with connected(served, n) as connections:
        for connection in connections:
            with suppress(OSError):
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
                connection.settimeout(2)
                connection.sendall(head.encode() * 50)
        time.sleep(2)
        grown = private_bytes(served.pid) - before
        if grown > 500_000_000:
            return f"{n} clients that read nothing cost {grown / 1e6:,.0f} MB"
        return served_meanwhile(served)


def resets(served: Served, n: int) -> str | None:
    """Open connections and reset them, some with half a request sent."""
    for number in range(n):
        with suppress(OSError), connected(served, 1) as (connection,):
            if number % 2:
                connection.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n{")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    if "Traceback" in "".join(served.log):
        return f"a traceback: {served.log_end()}"
    return served_meanwhile(served)
