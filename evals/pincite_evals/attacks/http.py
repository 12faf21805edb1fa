"""The API: other tenants' documents, malformed requests, other sites, and what errors and metrics tell."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import httpx

from pincite_evals.attacks.servers import QUESTION, Served, index_made_of
from pincite_evals.attacks.trials import Plan, Trial

Case = tuple[str, Callable[[], str | None]]
SENTENCE = "The vault of the owner opens with the words purple heron."
CANARY = "purple heron"
_POST = b"POST /v1/ask HTTP/1.1\r\nHost: 127.0.0.1\r\n"
DOCUMENT = "owners-vault.md"


def attack(plan: Plan) -> Iterator[Trial]:
    """Attack ``pincite serve`` with two tenants, one without keys, and the MCP server."""
    with index_made_of(plan.folder / "indexed") as index:
        if plan.wants_any("two tenants"):
            with Served(plan.folder, "serve", index, "--no-page", tenants=("owner", "other")) as served:
                with served.client("owner") as owner:
                    job = served.upload(owner, DOCUMENT, f"# The vault\n\n{SENTENCE}\n")
                yield from plan.each(
                    (f"two tenants: {name}", partial(_unharmed, served, work))
                    for name, work in (*_crossing(served, job["id"]), *_malformed(served, "other"), *_told(served))
                )
        if plan.wants_any("without keys") and not plan.short:
            with Served(plan.folder, "serve", index, "--no-page") as served:
                yield from plan.each(
                    (f"without keys: {name}", partial(_unharmed, served, work))
                    for name, work in (*_other_sites(served), *_malformed(served, None))
                )
        if not plan.short:
            yield from plan.each([("MCP over HTTP without a key", partial(_mcp, plan, index))])


def _unharmed(served: Served, work: Callable[[], str | None]) -> str | None:
    """Try a case; beside what it says itself, the server must live and tell nothing of its folders or keys."""
    reason = work()
    if reason is not None:
        return reason
    if not served.alive():
        return f"the server died: {served.log_end()}"
    log = "".join(served.log)
    if "Traceback" in log:
        return f"a traceback: {served.log_end()}"
    return next((f"the key of {name} is in the log" for name, key in served.keys.items() if key in log), None)


def _bad(served: Served, response: httpx.Response) -> str | None:
    """Return what is wrong with any response of the API to somebody who is not the owner."""
    said = response.text + str(dict(response.headers))
    if CANARY in said:
        return f"the owner's words came back with status {response.status_code}"
    if served.folder_canary in said or "Traceback" in said or 'File "' in said:
        return f"a path of the server is told: {said[:200]}"
    if any(key in said for key in served.keys.values()):
        return "a key is told"
    if response.status_code >= 500:
        return f"status {response.status_code}: {response.text[:150]}"
    return None


def _crossing(served: Served, job: str) -> Iterator[Case]:
    """Yield each way to another tenant's document."""
    ids = (
        DOCUMENT, f"../owner/{DOCUMENT}", f"..%2fowner%2f{DOCUMENT}", f"%2e%2e/owner/uploads/{DOCUMENT}",
        f"./{DOCUMENT}",
        f"{served.data}/collections/owner/uploads/{DOCUMENT}", f"..\\owner\\{DOCUMENT}", f"{DOCUMENT}%00",
        f"//{DOCUMENT}",
        f"....//owner//{DOCUMENT}", f"%252e%252e%252fowner%252f{DOCUMENT}", f"owner/{DOCUMENT}",
    )  # fmt: skip
    for doc_id in ids:
        for method, path in (("GET", "documents"), ("GET", "texts"), ("DELETE", "documents")):
            yield f"{method} {path}/{doc_id[-60:]}", partial(_other, served, method, f"/v1/{path}/{doc_id}")
    yield "the owner's upload by its id", partial(_other, served, "GET", f"/v1/jobs/{job}")
    yield "the list of documents", partial(_other, served, "GET", "/v1/documents", refused=False)
    question = "Which words open the vault of the owner?"
    docs = (None, [DOCUMENT], [f"../owner/{DOCUMENT}"], ["*"], [""])
    for scope in docs:
        held = {} if scope is None else {"docs": scope}
        yield (
            f"ask, docs {scope}",
            partial(_other, served, "POST", "/v1/ask", {"question": question, **held}, refused=False),
        )
        yield (
            f"search, docs {scope}",
            partial(_other, served, "POST", "/v1/search", {"query": question, **held}, refused=False),
        )
        chat = {"model": "pincite", "messages": [{"role": "user", "content": question}], **held}
        yield f"chat, docs {scope}", partial(_other, served, "POST", "/v1/chat/completions", chat, refused=False)
    for header in ("X-Forwarded-User", "X-Collection", "Cookie", "X-Original-URL", "X-Rewrite-URL"):
        headers = {header: "collection=owner" if header == "Cookie" else f"/v1/texts/{DOCUMENT}"}
        yield f"with {header}", partial(_other, served, "GET", f"/v1/texts/{DOCUMENT}", headers=headers)
    for label, value in _wrong_keys(served):
        yield f"key {label}", partial(_keyless, served, value)
    yield "after all that the document is there", partial(_still_there, served)


def _wrong_keys(served: Served) -> Iterator[tuple[str, str | None]]:
    key = served.keys["owner"]
    yield "missing", None
    yield "empty", "Bearer"
    yield "cut", f"Bearer {key[:-1]}"
    yield "longer", f"Bearer {key}x"
    yield "of another case", f"Bearer {key.swapcase()}"
    yield "its digest", "Bearer 0" * 8
    yield "as Basic", f"Basic {key}"
    yield "with NUL", f"Bearer {key}\\x00"
    yield "a megabyte", "Bearer " + "a" * 60_000


def _other(
    served: Served,
    method: str,
    path: str,
    body: Any = None,
    *,
    refused: bool = True,
    headers: dict[str, str] | None = None,
) -> str | None:
    with served.client("other") as client:
        response = client.request(method, path, json=body, headers=headers)
        if refused and response.is_success:
            return f"answered with {response.status_code}: {response.text[:100]}"
        return _bad(served, response)


def _keyless(served: Served, authorization: str | None) -> str | None:
    with served.client() as client:
        headers = {} if authorization is None else {"Authorization": authorization}
        response = client.get(f"/v1/texts/{DOCUMENT}", headers=headers)
        return f"answered with {response.status_code}" if response.is_success else _bad(served, response)


def _still_there(served: Served) -> str | None:
    with served.client("owner") as client:
        text = client.get(f"/v1/texts/{DOCUMENT}").text
    return None if CANARY in text else "another tenant has removed or changed the owner's document"


def _malformed(served: Served, key: str | None) -> Iterator[Case]:
    """Yield requests that are not what they should be: each is refused in good order."""
    deep = "[" * 100_000 + "]" * 100_000
    bodies: dict[str, bytes] = {
        "no JSON": b"{", "empty": b"", "an array": b"[]", "null": b"null",
        "half a surrogate": b'{"question": "\\ud800"}',
        "NUL": b'{"question": "\\u0000"}', "nested deep": b'{"question": ' + deep.encode() + b"}",
        "NaN": b'{"question": NaN}',
        "a number of 5,000 digits": b'{"question": "x", "k": ' + b"9" * 5_000 + b"}",
        "k below": b'{"question": "x", "k": -1}',
        "k beyond": b'{"question": "x", "k": 1e9}', "k no number": b'{"question": "x", "k": "ten"}',
        "not UTF-8": b'{"question": "\xff\xfe"}', "too long a question": b'{"question": "' + b"a" * 20_000 + b'"}',
        "too large": b'{"question": "' + b"a" * 3_000_000 + b'"}',
        "unknown field": b'{"question": "x", "collection": "owner"}',
        "a question of spaces": b'{"question": "   "}', "key twice": b'{"question": "x", "question": "y"}',
        "too many turns": json.dumps({"question": "x", "history": [{"question": "a", "answer": "b"}] * 5_000}).encode(),
        "too many documents": json.dumps({"question": "x", "docs": ["a"] * 20_000}).encode(),
        "punctuation": b'{"question": "?!(((((((\\"\'\'"}', "bidi": '{"question": "\u202e\u2066"}'.encode(),
    }  # fmt: skip
    for name, body in bodies.items():
        yield f"body: {name}", partial(_sent, served, key, "POST", "/v1/ask", body)
    for path in (
        "/v1/documents/" + "a" * 8_000, "/v1/texts/a?start=-1", "/v1/texts/a?start=9" + "9" * 4_000,
        "/v1/jobs/..%2f..%2f", "//v1/ask",
        "/v1/../v1/ask", "/v1/texts/%ff%fe", "/v1/documents/%00", "/v1/texts/%0d%0aSet-Cookie:x", "/.env", "/docs",
        "/redoc",
    ):  # fmt: skip
        yield f"path: {path[:40]}", partial(_sent, served, key, "GET", path)
    for method in ("BREW", "TRACE", "CONNECT", "PATCH", "PROPFIND"):
        yield f"method: {method}", partial(_sent, served, key, method, "/v1/ask")
    for name, files in {
        "no file": {}, "a name of paths": {"files": ("../../../../tmp/pincite-was-here.md", b"x")},
        "no name": {"files": ("", b"x")},
        "a name of NUL": {"files": ("a\x00b.md", b"words")},
        "a name of 5,000 characters": {"files": ("a" * 5_000 + ".md", b"x")},
        "a name of bidi": {"files": ("\u202edm.\u2066a.md", b"words")}, "a name of dots": {"files": ("..", b"x")},
    }.items():  # fmt: skip
        yield f"upload: {name}", partial(_uploaded, served, key, files)
    for name, head in {
        "two lengths": _POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "length and chunks": _POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "a length below nothing": _POST + b"Content-Length: -5\r\n\r\n",
        "a chunk without end": _POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffffff\r\n",
        "a header of 1 MB": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 1_000_000 + b"\r\n\r\n",
        "50,000 headers": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: a\r\n" * 50_000 + b"\r\n",
        "HTTP/9.9": b"GET / HTTP/9.9\r\n\r\n", "noise": bytes(range(256)) * 20,
        "a line without end": b"GET /" + b"a" * 200_000,
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
    }.items():  # fmt: skip
        yield f"wire: {name}", partial(_on_the_wire, served, head)


def _sent(served: Served, key: str | None, method: str, path: str, body: bytes | None = None) -> str | None:
    with served.client(key) as client:
        headers = {"Content-Type": "application/json"}
        try:
            response = client.request(method, path, content=body, headers=headers)
        except httpx.RemoteProtocolError:
            return None  # the server ended the connection without a word
        except httpx.InvalidURL:
            return None  # too long for the client itself
        return _bad(served, response)


def _uploaded(served: Served, key: str | None, files: dict[str, Any]) -> str | None:
    with served.client(key) as client:
        response = client.post("/v1/documents", files=files or None)
        if response.status_code != 202:
            return _bad(served, response)
        job = served.finished(client, response.json()["id"], 60)
        if not all(name.isprintable() and ".." not in name.split("/") for name in job["doc_ids"]):
            return f"a document is called {job['doc_ids']!r}"
        return "a path of the server is told" if served.folder_canary in str(job) else _bad(served, response)


def _on_the_wire(served: Served, sent: bytes) -> str | None:
    """Send bytes and read what comes; then an ordinary request must be answered."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        try:
            connection.sendall(sent)
            connection.settimeout(3)
            said = connection.recv(65_536)
        except OSError:
            said = b""
    if served.folder_canary.encode() in said or b"Traceback" in said or said.startswith(b"HTTP/1.1 5"):
        return f"the answer was {said[:150]!r}"
    with served.client() as client:
        return None if client.get("/healthz").is_success else "an ordinary request is not answered afterwards"


def _told(served: Served) -> Iterator[Case]:
    yield "metrics of another key", partial(_metrics, served)
    yield "errors tell no path", partial(_errors, served)


def _metrics(served: Served) -> str | None:
    """Return what one tenant can tell of another's requests from the metrics."""
    with served.client("other") as other, served.client("owner") as owner:
        before = other.get("/metrics")
        if not before.is_success:
            return None
        for _ in range(3):
            owner.post("/v1/search", json={"query": QUESTION})
        after = other.get("/metrics").text

    def searches(text: str) -> list[str]:
        return [line for line in text.splitlines() if "/v1/search" in line and "requests_total" in line]

    if searches(before.text) != searches(after):
        return "one key's metrics count another key's requests"
    return None


def _errors(served: Served) -> str | None:
    """Let things fail in a tenant's own collection, and look for the server's folders in what is told."""
    broken = {
        "a.docx": b"PK\x03\x04 broken",
        "b.pdf": b"%PDF-1.7 broken",
        "c.doc": b"x",
        "d": b"x",
        "e.csv": b"\x00" * 50,
    }
    with served.client("other") as client:
        response = client.post("/v1/documents", files=[("files", (name, content)) for name, content in broken.items()])
        job = served.finished(client, response.json()["id"], 60)
        listed = client.get("/v1/documents").text
        for doc in broken:
            listed += client.get(f"/v1/texts/{doc}").text + client.delete(f"/v1/documents/{doc}").text
    said = str(job) + listed
    if served.folder_canary in said or str(served.data) in said:
        return f"a path of the server is told: {said[max(0, said.find(served.folder_canary) - 80) :][:200]}"
    return None


def _other_sites(served: Served) -> Iterator[Case]:
    for name, headers in {
        "host": {"Host": "evil.example"}, "host with a port": {"Host": "evil.example:80"}, "host that begins as ours":
        {"Host": "127.0.0.1.evil.example"}, "no host": {"Host": ""}, "origin": {"Origin": "https://evil.example"},
        "origin null": {"Origin": "null"}, "origin of another port": {"Origin": "http://127.0.0.1:1"},
        "another site": {"Sec-Fetch-Site": "cross-site"}, "the same site": {"Sec-Fetch-Site": "same-site"},
    }.items():  # fmt: skip
        yield f"another site: {name}", partial(_foreign, served, headers)


def _foreign(served: Served, headers: dict[str, str]) -> str | None:
    with served.client() as client:
        for method, path in (("POST", "/v1/ask"), ("POST", "/v1/documents"), ("DELETE", "/v1/documents/ferry.md")):
            response = client.request(method, path, headers=headers, json={"question": QUESTION})
            if response.is_success:
                return f"{method} {path} was answered with {response.status_code}"
            if "access-control-allow-origin" in response.headers:
                return "another site may read the answers"
    return None


def _mcp(plan: Plan, index: Any) -> str | None:
    """Ask the MCP server over HTTP, where keys were made, without one: it must refuse."""
    asked = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
    }  # fmt: skip
    served = Served(plan.folder, "mcp", index, "--http", tenants=("owner",))
    try:
        with served, served.client() as client:
            headers = {"Accept": "application/json, text/event-stream"}
            given: tuple[dict[str, str], ...] = (
                {},
                {"Authorization": "Bearer x"},
                {"Authorization": f"Basic {served.keys['owner']}"},
            )
            statuses = [client.post("/mcp", json=asked, headers={**headers, **each}).status_code for each in given]
            right = {**headers, "Authorization": f"Bearer {served.keys['owner']}"}
            if not client.post("/mcp", json=asked, headers=right).is_success:
                return "could not be tried: the right key is refused too"
    except RuntimeError as error:
        return f"there are no keys for MCP over HTTP: {error}"
    return None if set(statuses) == {401} else f"without a right key it was answered with {statuses}"
