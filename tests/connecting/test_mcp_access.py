"""Who may use the tools over HTTP: the command in a process of its own, asked over sockets."""

import asyncio
import re
import subprocess
import sys
import threading
from contextlib import contextmanager

import httpx
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from pincite import load_encoder, update_index
from pincite.serving.keys import KeyFile

pytestmark = pytest.mark.model

CANARY = "canary7f3a"
TOKEN = "0123456789abcdef-token"
COMMAND = [sys.executable, "-m", "pincite", "mcp"]
DOCUMENTS = {"aster": "The ferry of Aster is painted green.", "birch": "The ferry of Birch is painted yellow."}


@contextmanager
def server(*arguments):
    """Run the command and yield the address that it tells, and its log."""
    command = [*COMMAND, "--http", "--port", "0", *map(str, arguments)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        log = [process.stderr.readline()]
        reading = threading.Thread(target=lambda: log.extend(process.stderr), daemon=True)
        reading.start()
        try:
            yield re.search(r"http://\S+/mcp", log[0]).group(), log
        finally:
            process.terminate()
            process.wait(40)
            reading.join(10)


def refusal(*arguments):
    """Run the command and return the one line that it refuses with."""
    shown = subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120)
    assert shown.returncode == 1
    assert shown.stderr.startswith("error: ")
    assert shown.stderr.count("\n") == 1
    return shown.stderr


def call(address, name, secret=None, *, headers=None, **arguments):
    """Call a tool in one request; return the response."""
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
    sent = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18", **(headers or {})}
    if secret is not None:
        sent["Authorization"] = f"Bearer {secret}"
    response = httpx.post(address, json=message, headers=sent, timeout=60)
    assert CANARY not in response.text
    return response


def documents(response):
    return [each["doc_id"] for each in response.json()["result"]["structuredContent"]["documents"]]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Collections of two tenants and their keys, below a folder with a canary in its name."""
    home = tmp_path_factory.mktemp("mcp") / f"{CANARY} of ours"
    keys = KeyFile(home / "keys.json")
    secrets = {}
    for name, text in DOCUMENTS.items():
        docs = home / "docs" / name
        docs.mkdir(parents=True)
        (docs / f"{name}.txt").write_text(text, "utf-8")
        update_index(home / "data" / "collections" / name / "index", [docs], encoder=load_encoder())
        secrets[name] = keys.create(name)[1]
    return home, secrets


@pytest.fixture(scope="module")
def keyed(home):
    folder, _ = home
    with server("--keys", folder / "keys.json", "--data", folder / "data") as (address, log):
        yield address, log


def test_it_listens_for_other_machines_only_with_a_token_or_keys(home, tmp_path):
    index = home[0] / "data" / "collections" / "aster" / "index"
    assert "refusing to listen on 0.0.0.0" in refusal("--http", "--host", "0.0.0.0", "--index", index)
    assert "refusing to listen on ::" in refusal("--http", "--host", "::", "--index", index)
    assert "add --http" in refusal("--host", "0.0.0.0", "--index", index)
    assert "at least 16 characters" in refusal("--http", "--token", "secret", "--index", index)
    assert "there are no keys" in refusal("--http", "--keys", tmp_path / "none.json")
    assert "--token or --keys" in refusal("--http", "--keys", tmp_path / "none.json", "--token", TOKEN)


def test_a_token_opens_the_index_and_nothing_else_does(home):
    index = home[0] / "data" / "collections" / "aster" / "index"
    with server("--host", "0.0.0.0", "--token", TOKEN, "--index", index) as (shown, log):
        address = shown.replace("0.0.0.0", "127.0.0.1")
        for secret in (None, "x", TOKEN[:-1], TOKEN + "x", home[1]["aster"]):
            refused = call(address, "list_documents", secret)
            assert refused.status_code == 401
            assert "aster.txt" not in refused.text
        assert httpx.get(address).status_code == 401
        assert documents(call(address, "list_documents", TOKEN)) == ["aster.txt"]
        through_a_proxy = {"Host": "tools.example", "Origin": "https://tools.example"}
        assert documents(call(address, "list_documents", TOKEN, headers=through_a_proxy)) == ["aster.txt"]
    assert TOKEN not in "".join(log)


def test_each_key_asks_its_own_collection(home, keyed):
    address, _ = keyed
    _, secrets = home
    for name, other in (("aster", "birch"), ("birch", "aster")):
        assert documents(call(address, "list_documents", secrets[name])) == [f"{name}.txt"]
        found = call(address, "search", secrets[name], query=f"What colour is the ferry of {other}?")
        assert DOCUMENTS[name] in found.text
        assert DOCUMENTS[other] not in found.text
        theirs = call(address, "read_span", secrets[name], doc_id=f"{other}.txt", start=0, end=9)
        assert theirs.json()["result"]["isError"]
    assert call(address, "list_documents").status_code == 401
    assert call(address, "list_documents", "pincite_wrong").status_code == 401


def test_many_at_once_are_not_mixed_up(home, keyed):
    address, _ = keyed
    _, secrets = home

    async def asked(name):
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {secrets[name]}"}, timeout=60) as http:
            transport = streamable_http_client(address, http_client=http)
            async with Client(transport) as client:
                results = await asyncio.gather(*(client.call_tool("list_documents", {}) for _ in range(8)))
        return {each["doc_id"] for result in results for each in result.structured_content["documents"]}

    async def together():
        return await asyncio.gather(*(asked(name) for name in ("aster", "birch") * 3))

    assert asyncio.run(together()) == [{"aster.txt"}, {"birch.txt"}] * 3


def test_no_error_names_a_folder_of_the_server(home, keyed):
    address, log = keyed
    folder, secrets = home
    told = [
        call(address, "read_span", secrets["aster"], doc_id="none.txt", start=0, end=9),
        call(address, "ask", secrets["aster"], question="What is it?", docs=["/etc/passwd"]),
        call(address, "search", secrets["aster"], query="What is it?", sections=["None"]),
        call(address, "none", secrets["aster"]),
    ]
    for response in told:
        assert "error" in response.text.lower()
    keys = KeyFile(folder / "keys.json")
    _, empty = keys.create("empty")
    assert "there are no documents yet" in call(address, "list_documents", empty).text
    _, damaged = keys.create("damaged")
    index = folder / "data" / "collections" / "damaged" / "index"
    update_index(index, [folder / "docs" / "aster"], encoder=load_encoder())
    for path in index.rglob("manifest.json"):
        path.write_text("{}", "utf-8")
    said = call(address, "list_documents", damaged)
    assert said.json()["result"]["isError"]
    assert "see the server's log" in said.text
    keys.revoke("damaged")
    assert call(address, "list_documents", damaged).status_code == 401, "at once"
    assert secrets["aster"] not in "".join(log)


def test_with_a_key_too_other_names_for_this_machine_are_a_matter_of_the_proxy(home, keyed):
    address, _ = keyed
    headers = {"Host": "tools.example"}
    assert call(address, "list_documents", home[1]["aster"], headers=headers).status_code == 200
    assert call(address, "list_documents", headers=headers).status_code == 401
