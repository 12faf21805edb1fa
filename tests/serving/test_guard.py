import json
import logging

import pytest
from fastapi import FastAPI
from small_server import QUESTION, client_of, make_service, problem_of
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from pincite.serving.app import make_api, make_app
from pincite.serving.logs import JsonLines


def test_on_loopback_no_other_name_is_answered_to(client):
    for path in ("/healthz", "/v1/documents", "/openapi.json"):
        response = client.get(path, headers={"Host": "evil.example"})
        assert response.status_code == 421
        assert problem_of(response)
    for host in ("localhost:8000", "127.0.0.1", "[::1]:8000"):
        assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_with_keys_a_proxy_may_pass_on_its_own_name(keyed):
    service, secrets = keyed
    with client_of(service, key=secrets["aster"]) as client:
        headers = {"Host": "documents.example", "Origin": "https://documents.example"}
        assert client.post("/v1/documents", files={"files": ("a.md", "A.")}, headers=headers).status_code == 202


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
def test_a_page_of_another_site_can_change_and_ask_nothing(client, headers):
    for method, path in (("POST", "/v1/documents"), ("POST", "/v1/ask"), ("DELETE", "/v1/documents/ferry.md")):
        response = client.request(method, path, headers=headers)
        assert response.status_code == 403
        assert problem_of(response)["type"] == "permission_error"
    assert "access-control-allow-origin" not in client.get("/v1/documents", headers=headers).headers
    assert client.get("/v1/documents/ferry.md").status_code == 200


def test_a_form_of_another_site_is_not_taken_for_json(client):
    body = json.dumps({"question": QUESTION})
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        assert client.post("/v1/ask", content=body, headers={"Content-Type": kind}).status_code == 422
    own = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/v1/ask", json={"question": QUESTION}, headers=own).status_code == 200


def test_a_requests_id_is_taken_over_or_made(client):
    assert client.get("/healthz", headers={"X-Request-Id": "abc-1"}).headers["x-request-id"] == "abc-1"
    made = client.get("/healthz", headers={"X-Request-Id": "a b" * 40}).headers["x-request-id"]
    assert made.isalnum()


def test_metrics_count_by_route_and_name_no_document(client):
    client.post("/v1/ask", json={"question": QUESTION})
    client.get("/v1/documents/ferry.md")
    client.get("/wp-login.php")
    client.request("BREW", "/v1/ask")
    told = client.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=")
    assert 'pincite_requests_total{method="POST",route="/v1/ask",status="200"} 1.0' in told.text
    assert 'route="/v1/documents/{doc_id:path}"' in told.text
    assert 'route="other",status="404"' in told.text
    assert "BREW" not in told.text
    assert "ferry" not in told.text
    assert 'pincite_answers_total{outcome="answered"} 1.0' in told.text


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO, "pincite")

    def lines(*, texts):
        return [JsonLines(texts=texts).format(record) for record in caplog.records if record.name.startswith("pincite")]

    return lines


@pytest.mark.parametrize("texts", [False, True])
def test_the_log_holds_what_was_asked_only_where_that_was_wanted(tmp_path, log, texts):
    with client_of(make_service(tmp_path, log_texts=texts)) as client:
        given = client.post("/v1/ask", json={"question": QUESTION}, headers={"X-Request-Id": "known"})
        client.post("/v1/search", json={"query": QUESTION, "docs": ["Aster"]})
        client.post("/v1/ask", json={"question": QUESTION, "k": 0})
        client.post(
            "/v1/chat/completions", json={"model": "pincite", "messages": [{"role": "user", "content": QUESTION}]}
        )
        client.get("/v1/documents/Aster")
    lines = log(texts=texts)
    assert given.status_code == 200
    assert ("Aster" in "".join(lines)) == texts
    requests = [json.loads(line) for line in lines if json.loads(line)["message"] == "request"]
    assert [(each["route"], each["status"]) for each in requests] == [
        ("/v1/ask", 200),
        ("/v1/search", 404),
        ("/v1/ask", 422),
        ("/v1/chat/completions", 200),
        ("/v1/documents/{doc_id:path}", 404),
    ]
    assert all(each["seconds"] >= 0 and each["time"] for each in requests)


def test_a_fault_is_logged_by_its_place_without_what_it_says(log):
    def fail():
        raise ValueError(f"cannot answer {QUESTION}")

    try:
        fail()
    except ValueError:
        logging.getLogger("pincite.test").exception("failed")
    (line,) = log(texts=False)
    assert "Aster" not in line
    assert json.loads(line)["error"] == "ValueError"
    assert json.loads(line)["where"][-1].endswith(" fail")
    assert "Aster" in log(texts=True)[0]


def test_a_name_that_is_no_text_is_logged_too():
    # Not through a logger: what the test runner captures must be text.
    record = logging.LogRecord("pincite.test", logging.INFO, "", 0, "read %s", ("caf\udce9.txt",), None)
    line = JsonLines(texts=False).format(record)
    assert line.isascii()
    assert json.loads(line)["message"] == "read caf\udce9.txt"


def test_the_page_and_the_api_share_a_server_each_with_its_own_guard(service):
    begun = []

    async def lifespan(app):
        begun.append("page")
        yield
        begun.append("over")

    from contextlib import asynccontextmanager

    page = FastAPI(openapi_url=None, lifespan=asynccontextmanager(lifespan))

    @page.get("/{path:path}")
    def anything(path: str):
        return PlainTextResponse("the page", headers={"Content-Security-Policy": "default-src 'self'"})

    with TestClient(make_app(service, host="127.0.0.1", page=page), base_url="http://127.0.0.1") as client:
        assert begun == ["page"]
        assert client.get("/").text == client.get("/v1").text == client.get("/metrics/x").text == "the page"
        answer = client.post("/v1/ask", json={"question": QUESTION})
        assert answer.json()["citations"]
        assert "content-security-policy" not in answer.headers
        assert client.get("/v1/nothing").status_code == 404
    assert begun == ["page", "over"]


def test_the_schema_is_written_once(service, monkeypatch):
    """Whoever reaches the port may ask for it, as often as they like."""
    made = make_api(service)
    with TestClient(made) as client:
        first = client.get("/openapi.json")
        monkeypatch.setattr(made, "openapi", None)
        assert client.get("/openapi.json").content == first.content
    assert first.json()["paths"].keys() >= {"/v1/ask", "/v1/search"}
