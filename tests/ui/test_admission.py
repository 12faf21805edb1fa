"""Who and what is let in: addresses, passwords, other sites, and what Gradio serves beyond what the page needs."""

import asyncio
import http.client
import json
import socket
import subprocess
import sys
import urllib.parse

import pytest

pytest.importorskip("gradio")

from pincite import PinciteError
from pincite.serving.listening import listen
from pincite_ui import admission
from pincite_ui.serving import Guard, check_address

pytestmark = [pytest.mark.ui]

HERE = {"host": "127.0.0.1:7860"}


def status(method="GET", path="/", headers=None, body=b"", password=None, hosts=("127.0.0.1", "localhost")):
    """Send one request through the guard to an application that says 200 to everything."""
    sent, reached = [], []

    async def application(scope, receive, send):
        message = await receive()
        reached.append(message.get("body"))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in {**HERE, **(headers or {})}.items()],
    }
    asyncio.run(Guard(application, password=password, hosts=hosts)(scope, receive, send))
    if reached:
        assert reached == [body]
    return sent[0]["status"]


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


def test_a_password_is_asked_for_and_compared():
    assert status(password="secret") == 401
    for given, expected in (("secret", 200), ("wrong", 401), ("", 401)):
        held = __import__("base64").b64encode(f"anybody:{given}".encode()).decode()
        assert status(password="secret", headers={"authorization": f"Basic {held}"}) == expected
    assert status(password="secret", headers={"authorization": "Basic !"}) == 401


@pytest.mark.parametrize("host", ["evil.example", "evil.example:7860", "127.0.0.1.evil.example", "0.0.0.0:7860", ""])
def test_another_name_for_this_machine_is_refused(host):
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
        "/monitoring",
        "/monitoring/summary",
        "/login",
        "/logout",
    ],
)
def test_what_the_page_does_not_need_is_not_served(path):
    for method in ("GET", "HEAD", "POST"):
        assert status(method, path) == 404, method


def test_what_the_page_needs_is_served():
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
def test_other_sites_pages_cannot_ask_or_upload(headers):
    for path in ("/gradio_api/queue/join", "/gradio_api/upload", "/gradio_api/run/predict"):
        assert status("POST", path, headers) == 403


def test_the_pages_own_requests_and_links_to_it_are_let_in():
    own = {"origin": f"http://{HERE['host']}", "sec-fetch-site": "same-origin"}
    assert status("POST", "/gradio_api/queue/join", own) == 200
    assert status("GET", "/", {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}) == 200
    assert status("GET", "/", {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"}) == 403


def test_a_file_named_by_an_address_is_not_fetched():
    for address in ("http://127.0.0.1:1/x", "HTTPS://example.org/", "file:///etc/passwd"):
        body = json.dumps({"data": [[{"path": address, "meta": {"_type": "gradio.FileData"}}]]}).encode()
        assert status("POST", "/gradio_api/queue/join", body=body) == 400
        assert status("POST", "/gradio_api/run/predict/", body=body) == 400
    assert status("POST", "/gradio_api/queue/join", body=b'{"data": ["What is http://example.org?"]}') == 200


def test_too_much_at_once_is_refused():
    length = {"content-length": "600000001"}
    assert status("POST", "/gradio_api/upload", length) == 413
    assert status("POST", "/gradio_api/upload", {"transfer-encoding": "chunked"}) == 411
    assert status("POST", "/gradio_api/queue/join", body=b" " * (admission.MAX_EVENT_BYTES + 1)) == 413


def test_sockets_are_refused():
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(Guard(None, password=None, hosts=())({"type": "websocket"}, None, send))
    assert sent[0]["type"] == "websocket.close"


@pytest.mark.model
def test_nobody_reads_what_another_uploads(server):
    def request(method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        held = answer.status, answer.read()
        connection.close()
        return held

    form = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nmy own words\r\n--x--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    code, said = request("POST", "/gradio_api/upload", form, **kind)
    assert code == 200
    [path] = json.loads(said)
    for address in (
        f"/gradio_api/file={path}",
        f"/gradio_api/file={urllib.parse.quote(path)}",
        f"/gradio_api/file/{path}",
    ):
        code, said = request("GET", address)
        assert code == 404
        assert b"my own words" not in said
