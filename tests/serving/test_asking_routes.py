import asyncio
import json
import time

import httpx
import pytest
from small_server import FERRY, QUESTION, client_of, make_service, on_a_socket, problem_of

from pincite import Assistant, DoneEvent, GeneratorError, PassagesEvent
from pincite.encoding.hashing import HashingEncoder
from pincite.serving.collections import Collections
from pincite.serving.service import Service


def events_of(text):
    for block in text.strip().split("\n\n"):
        kind, data = block.split("\n")
        yield kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_an_answer_quotes_the_document_exactly(client):
    answer = client.post("/v1/ask", json={"question": QUESTION, "k": 1}).json()
    assert answer["citations"]
    assert len(answer["hits"]) == 1
    for citation in answer["citations"]:
        assert FERRY[citation["start"] : citation["end"]] == citation["quote"]
        place = {"start": citation["start"], "end": citation["end"]}
        assert client.get("/v1/texts/ferry.md", params=place).json()["text"] == citation["quote"]


def test_a_stream_names_the_librarys_events_and_ends_with_the_whole_answer(client):
    response = client.post("/v1/ask", json={"question": QUESTION, "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    (first, passages), *middle, (last, done) = events_of(response.text)
    assert (first, last) == ("passages", "done")
    assert {kind for kind, _ in middle} == {"citations", "text"}
    assert passages["hits"] == done["hits"]
    assert "".join(data["text"] for kind, data in middle if kind == "text") == done["answer"]
    whole = client.post("/v1/ask", json={"question": QUESTION}).json()
    assert {**whole, "seconds": 0} == {**done, "seconds": 0}


def test_search_is_confined_to_documents_and_sections(client):
    found = client.post("/v1/search", json={"query": "ferry", "sections": ["times"], "docs": ["ferry.md"]}).json()
    assert found["hits"]
    assert all("Times" in hit["section"] for hit in found["hits"])
    assert client.post("/v1/search", json={"query": "ferry", "docs": ["none.md"]}).status_code == 404
    assert client.post("/v1/search", json={"query": "ferry", "sections": ["none"]}).status_code == 404


def test_a_follow_up_and_a_batch_are_answered(client):
    history = [{"question": QUESTION, "answer": None}]
    assert client.post("/v1/ask", json={"question": "And the last one?", "history": history}).status_code == 200
    questions = [{"id": 7, "question": QUESTION}, {"id": "b", "question": "Why?", "scope_docs": ["none.md"]}]
    good, bad = client.post("/v1/batch", json={"questions": questions}).json()["answers"]
    assert (good["id"], good["question"], bad["id"]) == (7, QUESTION, "b")
    assert good["citations"]
    assert list(good)[:3] == ["id", "question", "answer"], "in the order of the batch contract"
    assert "none.md" in bad["error"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"question": "?!"},
        {"question": ""},
        {"question": "x" * 10_001},
        {"question": "Why?", "k": 101},
        {"question": "Why?", "k": "3"},
        {"question": "Why?", "unknown": 1},
        {"question": "half a pair \ud800"},
    ],
    ids=str,
)
def test_a_request_that_is_not_what_it_should_be_is_refused_without_repeating_it(client, body):
    content = json.dumps(body).encode()
    response = client.post("/v1/ask", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    message = problem_of(response)["message"]
    assert ("at least one word" in message) == (body.get("question") == "?!")
    assert body.get("question", "?!") not in message or not body["question"]


def test_other_errors_have_the_same_shape(client):
    assert problem_of(client.get("/v1/nothing"))["type"] == "not_found"
    refused = client.put("/v1/documents")
    assert problem_of(refused)["type"] == "method_not_allowed"
    assert refused.headers["allow"] == "GET, POST"
    assert problem_of(client.post("/v1/ask", content=b"{", headers={"Content-Type": "application/json"}))


def test_an_empty_collection_says_what_to_do(tmp_path):
    collections = Collections(tmp_path, HashingEncoder())
    service = Service(collections, default=collections.named("empty"))
    with client_of(service) as client:
        response = client.post("/v1/ask", json={"question": "Why?"})
        assert response.status_code == 409
        assert "upload" in problem_of(response)["message"]
        assert client.get("/v1/documents").json() == {"documents": [], "jobs": []}
        assert client.delete("/v1/documents/a.md").status_code == 404


class Failing(Assistant):
    async def astream(self, question, **options):
        if "at once" in question:
            raise GeneratorError("secret address")
        yield PassagesEvent(())
        raise RuntimeError("secret")


def test_a_fault_is_an_error_before_the_stream_and_an_event_within_it(tmp_path):
    with client_of(make_service(tmp_path, make=Failing)) as client:
        response = client.post("/v1/ask", json={"question": "fail at once", "stream": True})
        assert response.status_code == 503
        assert "secret" not in problem_of(response)["message"]
        response = client.post("/v1/ask", json={"question": "fail later", "stream": True})
        (_, _), (kind, data) = events_of(response.text)
        assert kind == "error"
        assert data["error"]["type"] == "server_error"
        assert "secret" not in response.text
        response = client.post("/v1/ask", json={"question": "fail later"})
        assert response.status_code == 500
        assert "secret" not in problem_of(response)["message"]


class Endless(Assistant):
    ended = 0

    async def astream(self, question, **options):
        try:
            yield PassagesEvent(())
            await asyncio.sleep(60)
            yield DoneEvent(None)
        finally:
            Endless.ended += 1


@pytest.mark.parametrize("stream", [False, True])
def test_work_ends_when_the_client_leaves(tmp_path, stream):
    service, before = make_service(tmp_path, make=Endless), Endless.ended
    with on_a_socket(service) as address:
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{address}/v1/ask", json={"question": "Why?", "stream": stream}, timeout=1)
        for _ in range(100):
            if not service.turns.working and Endless.ended == before + 1:
                break
            time.sleep(0.05)
        assert service.turns.working == 0
        assert Endless.ended == before + 1
