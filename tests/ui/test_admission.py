"""Who and what is let in: addresses, passwords, other sites, and what Gradio serves beyond what the page needs."""

import json
import socket
import subprocess
import sys
import urllib.parse

import pytest
from in_a_thread import run

pytest.importorskip("starlette")

from hostile import Stranger

from pincite import PinciteError
from pincite.web.listening import listen
from pincite_ui import admission
from pincite_ui.cookies import Cookies
from pincite_ui.guard import VisitorGuard
from pincite_ui.serving import check_address

pytestmark = [pytest.mark.ui]

HERE = {"host": "127.0.0.1:7860"}


EVENT = json.dumps({"data": [], "fn_index": 1, "component_id": 1, "fn_name": "f", "session_hash": "abc"}).encode()


class Door:
    """The guard before an application that says 200 to everything and remembers what reached it."""

    def __init__(self, data, password=None, hosts=("127.0.0.1", "localhost")):
        self.cookies = Cookies(data, guarded=bool(password))
        self.arriving = data / "arriving"
        self.reached = []
        self._guard = VisitorGuard(
            self._application, cookies=self.cookies, arriving=self.arriving, password=password, names=hosts
        )

    async def _application(self, scope, receive, send):
        message = await receive()
        self.reached.append((scope, message.get("body")))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def visitor(self):
        """Return the id of a new visitor and their cookie."""
        visitor_id = self.cookies.new_id()
        return visitor_id, f"{self.cookies.name}={self.cookies.value(visitor_id)}"

    def ask(self, method="GET", path="/", headers=(), body=b"", query=b"", client="127.0.0.1"):
        """Send one request; return its status and headers."""
        sent = []

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query,
            "client": (client, 1),
            "headers": [(name.encode(), value.encode()) for name, value in headers],
        }
        run(self._guard(scope, receive, send))
        return sent[0]["status"], [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]


@pytest.fixture
def status(tmp_path):
    """Return what sends one request of a visitor through the guard, and says with what status it ends."""

    def send(method="GET", path="/", headers=None, body=EVENT, password=None, hosts=("127.0.0.1", "localhost")):
        door = Door(tmp_path, password, hosts)
        kind = {"content-type": "application/json", "cookie": door.visitor()[1]}
        return door.ask(method, path, {**HERE, **kind, **(headers or {})}.items(), body, b"session_hash=abc")[0]

    return send


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_an_address_others_can_reach_is_refused_without_a_password(host):
    with pytest.raises(PinciteError, match="anyone who reaches it could read the documents: set --password"):
        check_address(host, None)
    check_address(host, "secret")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machines_own_address_needs_no_password(host):
    check_address(host, None)


def test_the_command_says_why_it_refuses(tmp_path):
    command = [sys.executable, "-m", "pincite", "ui", "--host", "0.0.0.0", "--index", str(tmp_path / "index")]
    shown = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert shown.returncode == 1
    assert "refusing to listen on 0.0.0.0" in " ".join(shown.stderr.split())
    assert "Traceback" not in shown.stderr


def test_a_port_in_use_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PinciteError, match="choose another --port"):
            listen("127.0.0.1", taken.getsockname()[1])


def test_a_password_is_asked_for_and_compared(status):
    assert status(password="secret") == 401
    for given, expected in (("secret", 200), ("wrong", 401), ("", 401)):
        held = __import__("base64").b64encode(f"anybody:{given}".encode()).decode()
        assert status(password="secret", headers={"authorization": f"Basic {held}"}) == expected
    assert status(password="secret", headers={"authorization": "Basic !"}) == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "0.0.0.0:7860", ""])
def test_another_name_for_this_machine_is_refused(host, status):
    assert status(headers={"host": host}) == 421


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=http://127.0.0.1:1/",
        "/gradio_api/file=https://example.org/",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/proxy=http://example.org/",
        "/gradio_api/deep_link",
        "/gradio_api/info",
        "/gradio_api/openapi.json",
        "/gradio_api/app_id",
        "/gradio_api/runs",
        "/gradio_api/run-history/records",
        "/gradio_api/queue/status",
        "/gradio_api/call/ask/0",
        "/gradio_api/vibe-code",
        "/gradio_api/dev/reload",
        "/gradio_api/custom_component/0/client/component/x.js",
        "/gradio_api/profiling/traces",
        "/gradio_api/stream/s/r/0/playlist.m3u8",
        "/gradio_api/cancel",
        "/gradio_api/reset",
        "//gradio_api/upload",
        "/x/gradio_api/upload",
        "/monitoring",
        "/monitoring/summary",
        "/login",
        "/logout",
    ],
)
def test_what_the_page_does_not_need_is_not_served(path, status):
    for method in ("GET", "HEAD", "POST"):
        assert status(method, path) == 404, method


def test_what_the_page_needs_is_served(status):
    for path in ("/", "/theme.css", "/assets/index.js", "/gradio_api/queue/data", "/gradio_api/heartbeat/abc"):
        assert status("GET", path) == 200
    for path in ("/gradio_api/queue/join", "/gradio_api/upload", "/gradio_api/component_server"):
        assert status("POST", path) == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:3000"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=str,
)
def test_other_sites_pages_cannot_ask_or_upload(headers, status):
    for path in ("/gradio_api/queue/join", "/gradio_api/upload", "/gradio_api/run/predict"):
        assert status("POST", path, headers) == 403


def test_the_pages_own_requests_and_links_to_it_are_let_in(status):
    own = {"origin": f"http://{HERE['host']}", "sec-fetch-site": "same-origin"}
    assert status("POST", "/gradio_api/queue/join", own) == 200
    assert status("GET", "/", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}) == 200
    assert status("GET", "/", {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}) == 403


def test_a_file_named_by_an_address_is_not_fetched(status):
    def body(value):
        return json.dumps({**json.loads(EVENT), "data": [value]}).encode()

    for address in ("http://127.0.0.1:1/x", "HTTPS://example.org/", "file:///etc/passwd"):
        named = body([{"path": address, "meta": {"_type": "gradio.FileData"}}])
        assert status("POST", "/gradio_api/queue/join", body=named) == 403
        assert status("POST", "/gradio_api/run/predict/", body=named) == 403
    assert status("POST", "/gradio_api/queue/join", body=body("What is http://example.org?")) == 200


def test_too_much_at_once_is_refused(status):
    length = {"content-length": "600000001"}
    assert status("POST", "/gradio_api/upload", length) == 413
    assert status("POST", "/gradio_api/upload", {"transfer-encoding": "chunked"}) == 411
    assert status("POST", "/gradio_api/queue/join", body=b" " * (admission.MAX_EVENT_BYTES + 1)) == 413


def test_sockets_are_refused(tmp_path):
    sent = []

    async def send(message):
        sent.append(message)

    guard = VisitorGuard(None, cookies=Cookies(tmp_path, guarded=False), arriving=tmp_path, password=None, names=())
    run(guard({"type": "websocket"}, None, send))
    assert sent[0]["type"] == "websocket.close"


@pytest.mark.model
def test_nobody_reads_what_another_uploads(server):
    with Stranger(server.address) as one, Stranger(server.address) as other:
        path = one.uploaded("a.txt", b"my own words")
        for who in (one, other):
            for address in (f"file={path}", f"file={urllib.parse.quote(path)}", f"file/{path}"):
                said = who.http.get(f"/gradio_api/{address}")
                assert said.status_code == 404
                assert "my own words" not in said.text
