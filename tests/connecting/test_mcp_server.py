"""The server as the SDK's own client sees it, over both transports."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from anyio import move_on_after
from jsonschema import Draft202012Validator
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from pincite import update_index
from pincite.connecting.mcp_server import MAX_SPAN_CHARS, make_server

pytestmark = pytest.mark.model

NATO = "nato-defense-policies.txt"
QUESTION = "When was Article 5 invoked?"
COMMAND = ["-m", "pincite", "mcp", "--index"]


@contextmanager
def http_server(folder):
    """Run the command and yield the address that it tells."""
    with subprocess.Popen(
        [sys.executable, *COMMAND, str(folder), "--http", "--port", "0"], stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            told = process.stderr.readline()
            yield re.search(r"http://\S+/mcp", told).group()
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def address(folder):
    with http_server(folder) as address:
        yield address


@pytest.fixture(params=["stdio", "http", "in process"])
def connection(request, folder, assistant):
    """What a client is given, by transport; made anew for each test."""
    if request.param == "stdio":
        return StdioServerParameters(command=sys.executable, args=[*COMMAND, str(folder)], env=dict(os.environ))
    if request.param == "http":
        return request.getfixturevalue("address")
    return make_server(assistant)


def call(connection, *calls, mode="auto"):
    """Make calls of tools one after another and return their results."""

    async def made():
        async with Client(connection, mode=mode) as client:
            return [await client.call_tool(name, arguments) for name, arguments in calls]

    return asyncio.run(made())


def test_what_is_indexed_meanwhile_is_asked_from_the_next_call_on(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "ferry.txt").write_text("The ferry is painted green.")
    update_index(tmp_path / "index", [tmp_path / "docs"])
    with http_server(tmp_path / "index") as address:
        (before,) = call(address, ("list_documents", {}))
        (tmp_path / "docs" / "crane.txt").write_text("The crane is painted yellow.")
        update_index(tmp_path / "index")
        after, found = call(address, ("list_documents", {}), ("search", {"query": "yellow crane", "k": 1}))
    assert [each["doc_id"] for each in before.structured_content["documents"]] == ["ferry.txt"]
    assert {each["doc_id"] for each in after.structured_content["documents"]} == {"ferry.txt", "crane.txt"}
    assert found.structured_content["results"][0]["citation"]["doc_id"] == "crane.txt"


def test_every_tool_keeps_its_schema_and_its_text_says_the_same(connection):
    calls = [
        ("ask", {"question": QUESTION, "k": 3}),
        ("search", {"query": "cyber threats", "k": 2, "sections": ["cyber defense initiatives"]}),
        ("list_documents", {}),
        ("read_span", {"doc_id": "handbook.pdf", "start": 0, "end": 40}),
    ]

    async def everything():
        async with Client(connection) as client:
            tools = (await client.list_tools()).tools
            return {tool.name: tool for tool in tools}, [await client.call_tool(*each) for each in calls]

    tools, results = asyncio.run(everything())
    assert sorted(tools) == ["ask", "list_documents", "read_span", "search"]
    for (name, _), result in zip(calls, results, strict=True):
        assert not result.is_error, result.content
        Draft202012Validator.check_schema(tools[name].output_schema)
        Draft202012Validator(tools[name].output_schema).validate(result.structured_content)
        assert json.loads(result.content[0].text) == result.structured_content
        assert tools[name].annotations.read_only_hint
        assert tools[name].description
    assert all("description" in each for each in tools["ask"].input_schema["properties"].values())


def test_citations_are_exact_and_can_be_read_again(connection, assistant):
    asked, found = call(connection, ("ask", {"question": QUESTION}), ("search", {"query": QUESTION, "k": 4}))
    citations = asked.structured_content["citations"]
    results = found.structured_content["results"]
    assert citations
    assert [each["rank"] for each in results] == [1, 2, 3, 4]
    for citation in citations + [each["citation"] for each in results]:
        text = assistant.index.document(citation["doc_id"]).text
        assert text[citation["start"] : citation["end"]] == citation["quote"]
    first = citations[0]
    (read,) = call(connection, ("read_span", {name: first[name] for name in ("doc_id", "start", "end")}))
    assert read.structured_content == first


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("ask", {"question": "  "}, "at least one word"),
        ("ask", {"question": QUESTION, "docs": ["absent.txt"]}, "absent.txt"),
        ("ask", {"question": QUESTION, "k": 0}, "greater than or equal to 1"),
        ("ask", {}, "question"),
        ("search", {"query": "threats", "sections": ["Cyber Defence Initiatives"]}, "Cyber Defense Initiatives"),
        ("read_span", {"doc_id": NATO, "start": 0, "end": 10**9}, f"at most {MAX_SPAN_CHARS}"),
        ("read_span", {"doc_id": NATO, "start": 10**6, "end": 10**6 + 1}, "characters"),
        ("read_span", {"doc_id": "../../etc/passwd", "start": 0, "end": 9}, "no document"),
    ],
)
def test_a_bad_call_says_what_to_do(assistant, name, arguments, said):
    (result,) = call(make_server(assistant), (name, arguments))
    assert result.is_error
    assert said in result.content[0].text
    assert "Traceback" not in result.content[0].text


def test_an_abstention_says_so(assistant):
    (result,) = call(make_server(assistant), ("ask", {"question": "Who is the Secretary General?"}))
    told = result.structured_content
    assert told["abstained"]
    assert told["citations"] == []
    assert told["reason"].startswith("The documents do not answer this.")


def test_a_follow_up_leans_on_the_questions_before_it(assistant):
    asked = {"question": "When was it invoked?", "earlier_questions": ["What does Article 5 say?"]}
    (result,) = call(make_server(assistant), ("ask", asked))
    assert "September 11" in result.structured_content["answer"]


def test_clients_of_before_the_newest_protocol_are_served(connection):
    (result,) = call(connection, ("search", {"query": QUESTION, "k": 1}), mode="legacy")
    assert result.structured_content["results"][0]["citation"]["doc_id"] == NATO


def test_many_calls_at_once_give_what_each_gives_alone(address, assistant):
    questions = [QUESTION, "What is KFOR?", "Who is the Secretary General?"] * 4

    async def together():
        async with Client(address) as client:
            return await asyncio.gather(*(client.call_tool("ask", {"question": each}) for each in questions))

    for question, result in zip(questions, asyncio.run(together()), strict=True):
        alone = assistant.ask(question, k=5).to_dict()
        assert {**result.structured_content, "seconds": 0}.items() >= {**alone, "seconds": 0}.items()


def test_making_a_server_leaves_the_programs_logging_alone(assistant):
    script = (
        "import logging; from types import SimpleNamespace; from pincite.connecting.mcp_server import make_server\n"
        "make_server(SimpleNamespace(index=None)); print(logging.root.handlers)"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}},
}


def raw_server(*arguments, cwd):
    return subprocess.Popen(
        [sys.executable, "-m", "pincite", "mcp", *arguments],
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_standard_output_carries_the_protocol_alone(tmp_path, nato_path):
    """Even when the first run builds the index."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / NATO).write_bytes(nato_path.read_bytes())
    messages = [
        HELLO,
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        *(
            {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": "ask", "arguments": asked}}
            for number, asked in [(2, {"question": "?"}), (3, {"question": "What is NATO?"})]
        ),
    ]
    with raw_server(cwd=tmp_path) as process:
        process.stdin.writelines(f"{json.dumps(each)}\n" for each in messages)
        process.stdin.flush()
        lines = [process.stdout.readline() for _ in range(3)]
        rest, complaints = process.communicate()
    answered = {message["id"]: message for message in map(json.loads, lines)}
    assert sorted(answered) == [1, 2, 3]
    assert answered[2]["result"]["isError"]
    assert "structuredContent" in answered[3]["result"]
    assert rest == ""
    assert process.returncode == 0
    assert "building index" in complaints
    assert "Traceback" not in complaints


def test_an_interrupt_ends_the_server_while_its_client_is_still_there(folder, tmp_path):
    with raw_server("--index", str(folder), cwd=tmp_path) as process:
        process.stdin.write(f"{json.dumps(HELLO)}\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["id"] == 1
        process.send_signal(signal.SIGINT)
        assert process.wait() == -signal.SIGINT
        assert process.stderr.read() == ""


def test_a_call_that_is_given_up_ends_the_work(assistant):
    class Slow:
        index = assistant.index
        ended = False

        async def aask(self, question, **options):
            try:
                await asyncio.sleep(60)
            finally:
                self.ended = True

    slow = Slow()

    async def give_up():
        async with Client(make_server(slow)) as client:
            with move_on_after(0.1):
                await client.call_tool("ask", {"question": QUESTION})

    asyncio.run(give_up())
    assert slow.ended


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:{port}"}, 200),
        ({"Origin": "http://127.0.0.1:{port}"}, 200),
        ({"Host": "evil.example:{port}"}, 421),
        ({"Host": "127.0.0.1.evil.example:{port}"}, 421),
        ({"Host": "127.0.0.1:1"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_pages_of_other_origins_and_other_names_are_refused(address, headers, status):
    port = re.search(r":(\d+)/", address).group(1)
    request = Request(
        address,
        data=json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}).encode(),
        headers={
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2025-06-18",
            **{name: value.format(port=port) for name, value in headers.items()},
        },
    )
    try:
        with urlopen(request) as response:
            assert response.status == status
            assert b"read_span" in response.read()
    except HTTPError as refused:
        assert refused.code == status


def test_only_this_machine_can_connect(address):
    port = int(re.search(r":(\d+)/", address).group(1))
    table = Path("/proc/net/tcp")
    if not table.exists():
        pytest.skip("this system does not list its sockets")
    rows = [line.split() for line in table.read_text().splitlines()]
    assert [row[1] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"] == [f"0100007F:{port:04X}"]


def test_a_port_that_is_taken_gets_one_line(address, folder):
    port = re.search(r":(\d+)/", address).group(1)
    shown = subprocess.run(
        [sys.executable, *COMMAND, str(folder), "--http", "--port", port], capture_output=True, text=True, check=False
    )
    assert shown.returncode == 1
    assert shown.stderr.startswith("error: ")
    assert shown.stderr.count("\n") == 1


def test_the_clients_transport_may_be_made_by_hand(address):
    (result,) = call(streamable_http_client(address), ("list_documents", {}))
    assert [each["doc_id"] for each in result.structured_content["documents"]] == ["handbook.pdf", NATO]
