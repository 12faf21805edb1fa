"""One citation object, wherever an answer or a passage comes out; a new way out is a function and a line below."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import httpx
import openai
import pytest
from jsonschema import Draft202012Validator
from mcp import Client
from serving.small_server import on_a_socket

from pincite import Assistant, BatchQuestion, DoneEvent, Index, json_schema, load_encoder, run_batch, update_index
from pincite.connecting import langchain, llama_index
from pincite.connecting.mcp_server import make_server
from pincite.serving.collections import Collections
from pincite.serving.service import Service
from pincite.web.limits import Limits

pytestmark = pytest.mark.model

QUESTIONS = [
    "When was Article 5 invoked?",
    "How much is the fee to moor at the north quay?",
    "Who is the Secretary General?",
]
K = 5


@dataclass(frozen=True)
class Library:
    """What a way out is given."""

    folder: Path
    assistant: Assistant
    scratch: Path
    address: str

    @property
    def index(self):
        return self.assistant.index


@pytest.fixture(scope="module")
def library(tmp_path_factory, nato_path):
    scratch = tmp_path_factory.mktemp("surfaces")
    docs, folder = scratch / "docs", scratch / "index"
    docs.mkdir()
    for path in (nato_path, Path(__file__).parent / "data" / "handbook.pdf"):
        shutil.copy(path, docs)
    update_index(folder, [docs], encoder=load_encoder())
    with Index.open(folder) as index:
        collections = Collections(scratch / "data", index.encoder)
        with on_a_socket(Service(collections, Limits(), default=collections.of_folder(folder))) as address:
            yield Library(folder, Assistant(index), scratch, address)


def ask_python(library, question):
    return library.assistant.ask(question, k=K).to_dict()


def ask_async(library, question):
    return asyncio.run(library.assistant.aask(question, k=K)).to_dict()


def ask_stream(library, question):
    (done,) = (event for event in library.assistant.stream(question, k=K) if isinstance(event, DoneEvent))
    return done.to_dict()


def ask_command(library, question):
    return json.loads(command("ask", question, "--k", str(K), "--json", "--index", library.folder))


def ask_batch(library, question):
    out = library.scratch / "answers.jsonl"
    run_batch(library.assistant, [BatchQuestion("a", question)], out, k=K, restart=True)
    return json.loads(out.read_text("utf-8"))


def ask_mcp(library, question):
    return call_mcp(library, "ask", {"question": question, "k": K})


def ask_http(library, question):
    return httpx.post(f"{library.address}/v1/ask", json={"question": question, "k": K}, timeout=60).json()


def ask_http_stream(library, question):
    events = httpx.post(
        f"{library.address}/v1/ask",
        json={"question": question, "k": K, "stream": True},
        headers={"Accept": "text/event-stream"},
        timeout=60,
    ).text.split("\n\n")
    (done,) = (each for each in events if each.startswith("event: done"))
    return json.loads(done.partition("data: ")[2])


ANSWERS = [ask_python, ask_async, ask_stream, ask_command, ask_batch, ask_mcp, ask_http, ask_http_stream]
"""Each gives an answer as JSON holds it: schema answer.json."""


def search_mcp(library, query):
    return [each["citation"] for each in call_mcp(library, "search", {"query": query, "k": K})["results"]]


def search_langchain(library, query):
    documents = langchain.PinciteRetriever(index=library.index, k=K).invoke(query)
    return [citation_in(document.metadata) for document in documents]


def search_llama_index(library, query):
    return [citation_in(node.metadata) for node in llama_index.PinciteRetriever(library.index, k=K).retrieve(query)]


def cited_in_chat(library, question):
    with openai.OpenAI(base_url=f"{library.address}/v1", api_key="none", max_retries=0) as client:
        asked = [{"role": "user", "content": question}]
        return client.chat.completions.create(model="pincite", messages=asked).citations


def cited_in_chat_stream(library, question):
    with openai.OpenAI(base_url=f"{library.address}/v1", api_key="none", max_retries=0) as client:
        asked = [{"role": "user", "content": question}]
        *_, last = client.chat.completions.create(model="pincite", messages=asked, stream=True)
        return last.citations


CHATS = [cited_in_chat, cited_in_chat_stream]
"""Each gives the citations of an answer, which is a text for readers beside them."""


PASSAGES = [search_mcp, search_langchain, search_llama_index]
"""Each gives the passages that a query finds as citations: schema citation.json."""


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "pincite", *map(str, arguments)],
        capture_output=True,
        check=True,
        text=True,
        env=dict(os.environ),
    ).stdout


def call_mcp(library, tool, arguments):
    async def called():
        async with Client(make_server(library.assistant)) as client:
            return (await client.call_tool(tool, arguments)).structured_content

    return asyncio.run(called())


def citation_in(metadata):
    return {name: metadata[name] for name in json_schema("citation")["required"]}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("surface", ANSWERS)
def test_every_answer_carries_the_same_citations(library, surface, question):
    expected = library.assistant.ask(question, k=K)
    answer = surface(library, question)
    Draft202012Validator(json_schema("answer")).validate(answer)
    assert answer["citations"] == [citation.to_dict() for citation in expected.citations]
    assert answer["hits"] == [hit.to_dict() for hit in expected.hits]
    assert (answer["answer"], answer["abstained"]) == (expected.text, expected.abstained)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("surface", CHATS)
def test_every_chat_carries_the_same_citations(library, surface, question):
    citations = surface(library, question)
    for citation in citations:
        Draft202012Validator(json_schema("citation")).validate(citation)
    assert citations == [citation.to_dict() for citation in library.assistant.ask(question).citations]


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("surface", PASSAGES)
def test_every_passage_is_the_same_citation(library, surface, question):
    expected = library.assistant.retriever.search(question, k=K)
    citations = surface(library, question)
    for citation in citations:
        Draft202012Validator(json_schema("citation")).validate(citation)
        text = library.index.document(citation["doc_id"]).text
        assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert citations == [hit.citation.to_dict() for hit in expected]


def test_the_questions_are_answered_with_pages_without_and_not_at_all(library):
    answers = [library.assistant.ask(question) for question in QUESTIONS]
    pages = [{citation.page is not None for citation in answer.citations} for answer in answers]
    assert pages == [{False}, {True}, set()]
