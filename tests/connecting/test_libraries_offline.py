"""The libraries that Pincite is plugged into reach for nothing outside either."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.model

WATCH = """
import asyncio, sys
def watch(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"):
        print("OUTSIDE", event, args[-1], flush=True)
sys.addaudithook(watch)
from pincite import Assistant, Index
index = Index.open(sys.argv[1])
"""

PROGRAMS = {
    "langchain": """
from langchain_core.language_models import FakeListChatModel
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough
from pincite.connecting.langchain import PinciteEmbeddings, PinciteRetriever
PinciteEmbeddings().embed_query("tea")
prompt = ChatPromptTemplate.from_template("{passages} {question}")
passages = {"passages": PinciteRetriever(index=index), "question": RunnablePassthrough()}
chain = passages | prompt | FakeListChatModel(responses=["yes"])
print(chain.invoke("What is KFOR?").content, asyncio.run(chain.ainvoke("What is KFOR?")).content)
""",
    "llama_index": """
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from pincite.connecting.llama_index import PinciteRetriever
engine = RetrieverQueryEngine.from_args(PinciteRetriever(index), llm=MockLLM())
print("yes" if "KFOR" in str(engine.query("What is KFOR?")) else "no")
print("yes" if "KFOR" in str(asyncio.run(engine.aquery("What is KFOR?"))) else "no")
""",
    "mcp": """
from mcp import Client
from pincite.connecting.mcp_server import make_server
async def call():
    async with Client(make_server(Assistant(index))) as client:
        for _ in range(2):
            result = await client.call_tool("ask", {"question": "What is KFOR?"})
            print("no" if result.is_error else "yes")
asyncio.run(call())
""",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_leaves_the_machine(program, folder):
    shown = subprocess.run(
        [sys.executable, "-c", WATCH + PROGRAMS[program], str(folder)],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"},
    )
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.split() == ["yes", "yes"]
