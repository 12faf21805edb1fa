"""One limit of a question's length, and one sentence that says so, wherever it is asked."""

import asyncio
import json

import pytest
from mcp import Client
from serving.small_server import client_of, make_service

from pincite import Assistant, Index, QuestionError, Turn, read_questions
from pincite.connecting.mcp_server import make_server
from pincite.encoding.hashing import HashingEncoder
from pincite.question_length import MAX_QUESTION_CHARS

LONG = "why " * (MAX_QUESTION_CHARS // 4) + "not"
SAID = "expected a question of at most 10,000 characters, got 10,003: ask in fewer words, or index a long text and ask"


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    return make_service(tmp_path_factory.mktemp("asked"))


@pytest.fixture(scope="module")
def assistant(service):
    with Index.open(service.default.folder, encoder=HashingEncoder()) as index:
        yield Assistant(index)


def said_by(ask):
    with pytest.raises(QuestionError) as caught:
        ask()
    return str(caught.value)


def asked_of_the_page(assistant, client, tmp_path):
    pytest.importorskip("gradio")
    from pincite_ui.asking import begin
    from pincite_ui.conversations import Conversations

    return said_by(lambda: begin(Conversations(tmp_path).new(), LONG))


def asked_in_a_file(assistant, client, tmp_path):
    (tmp_path / "questions.jsonl").write_text(json.dumps({"question": LONG}), "utf-8")
    return read_questions(tmp_path / "questions.jsonl").failures[0].reason


def asked_over_mcp(tool, field):
    def ask(assistant, client, tmp_path):
        async def called():
            async with Client(make_server(assistant)) as tools:
                return (await tools.call_tool(tool, {field: LONG})).content[0].text

        return asyncio.run(called())

    return ask


def asked_over_http(path, body):
    def ask(assistant, client, tmp_path):
        response = client.post(path, json=body)
        assert response.status_code == 422
        return response.json()["error"]["message"]

    return ask


def in_chat(content):
    return {"model": "pincite", "messages": [{"role": "user", "content": content}]}


SURFACES = {
    "search": lambda assistant, *_: said_by(lambda: assistant.retriever.search(LONG)),
    "ask": lambda assistant, *_: said_by(lambda: assistant.ask(LONG)),
    "file": asked_in_a_file,
    "page": asked_of_the_page,
    "MCP ask": asked_over_mcp("ask", "question"),
    "MCP search": asked_over_mcp("search", "query"),
    "HTTP search": asked_over_http("/v1/search", {"query": LONG}),
    "HTTP ask": asked_over_http("/v1/ask", {"question": LONG}),
    "HTTP history": asked_over_http("/v1/ask", {"question": "And?", "history": [{"question": LONG}]}),
    "HTTP batch": asked_over_http("/v1/batch", {"questions": [{"id": 1, "question": LONG}]}),
    "chat": asked_over_http("/v1/chat/completions", in_chat(LONG)),
    "chat in a part": asked_over_http("/v1/chat/completions", in_chat([{"type": "text", "text": LONG}])),
    "chat in parts": asked_over_http(
        "/v1/chat/completions", in_chat([{"type": "text", "text": LONG[:9000]}, {"type": "text", "text": LONG[9001:]}])
    ),
}


@pytest.mark.parametrize("surface", SURFACES)
def test_every_surface_says_the_same(surface, service, assistant, tmp_path):
    with client_of(service) as client:
        said = SURFACES[surface](assistant, client, tmp_path)
    assert SAID in said
    assert "\n" not in said


def test_the_longest_question_is_answered_everywhere(service, assistant):
    longest = LONG[:MAX_QUESTION_CHARS]
    assert assistant.ask(longest).question == longest
    with client_of(service) as client:
        assert client.post("/v1/ask", json={"question": longest}).status_code == 200
        assert client.post("/v1/chat/completions", json=in_chat(longest)).status_code == 200
        fields = client.get("/openapi.json").json()["components"]["schemas"]["AskRequest"]["properties"]
    assert fields["question"]["maxLength"] == MAX_QUESTION_CHARS


def test_a_follow_up_is_not_too_long_for_what_it_takes_over(assistant):
    before = " ".join(f"Ferry{n}" for n in range(1100))
    follow_up = "And when does it leave then? " + "Oh, " * 2400
    assert len(before) < MAX_QUESTION_CHARS > len(follow_up)
    assert assistant.ask(follow_up, history=[Turn(before)]).question == follow_up
