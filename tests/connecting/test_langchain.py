"""The retriever and the embeddings in real chains of LangChain."""

import asyncio
import subprocess
import sys

import pytest
from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import BaseMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_core.vectorstores import InMemoryVectorStore
from pydantic import ValidationError

from pincite import Retriever, Scope, UnknownDocument
from pincite.connecting.langchain import PinciteEmbeddings, PinciteRetriever
from pincite.encoding.hashing import HashingEncoder

pytestmark = pytest.mark.slow  # LangChain takes seconds to import

QUERY = "When was Article 5 invoked?"


@pytest.fixture
def retriever(hashed_index):
    return PinciteRetriever(index=hashed_index, k=4)


def test_documents_are_the_passages_with_their_citations(retriever, hashed_index):
    documents = retriever.invoke(QUERY)
    hits = Retriever(hashed_index).search(QUERY, k=4)
    assert [document.page_content for document in documents] == [hit.chunk.text for hit in hits]
    assert len({document.id for document in documents}) == 4
    for document, hit in zip(documents, hits, strict=True):
        told = document.metadata
        assert told == {**hit.citation.to_dict(), "rank": hit.rank, "score": hit.score}
        text = hashed_index.document(told["doc_id"]).text
        assert text[told["start"] : told["end"]] == told["quote"] == document.page_content


def test_pages_are_told_where_there_are_pages(hashed_index):
    paged = PinciteRetriever(index=hashed_index, scope=Scope(docs=("handbook.pdf",))).invoke("the handbook")
    assert paged
    assert all(document.metadata["page"] >= 1 for document in paged)


def test_a_chain_answers_from_the_passages(retriever):
    asked = []

    def remember(prompt):
        asked.append(prompt)
        return prompt

    def listed(documents):
        return "\n".join(f"[{d.metadata['n']}] {d.page_content}" for d in documents)

    prompt = ChatPromptTemplate.from_template("From these passages:\n{passages}\nanswer: {question}")
    model = FakeListChatModel(responses=["After September 11. [1]"])
    chain = (
        {"passages": retriever | listed, "question": RunnablePassthrough()}
        | prompt
        | RunnableLambda(remember)
        | model
        | StrOutputParser()
    )
    assert chain.invoke(QUERY) == "After September 11. [1]"
    assert asyncio.run(chain.ainvoke(QUERY)) == "After September 11. [1]"
    assert "".join(chain.stream(QUERY)) == "After September 11. [1]"
    assert chain.batch([QUERY, QUERY]) == ["After September 11. [1]"] * 2
    shown: BaseMessage = asked[0].to_messages()[0]
    best = retriever.invoke(QUERY)[0]
    assert f"[1] {best.page_content}" in shown.content
    assert asked[1] == asked[0], "asked without waiting, the chain saw other passages"


def test_scope_and_errors(hashed_index):
    everything = PinciteRetriever(index=hashed_index)
    assert len(everything.invoke(QUERY)) == 5
    with pytest.raises(UnknownDocument, match=r"absent\.txt"):
        PinciteRetriever(index=hashed_index, scope=Scope(docs=("absent.txt",))).invoke(QUERY)
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        PinciteRetriever(index=hashed_index, k=0)


def test_embeddings_serve_a_vector_store_of_langchain(hashed_index):
    embeddings = PinciteEmbeddings(HashingEncoder())
    texts = ["Green tea is steeped at eighty degrees.", "Nine bars of pressure push the water through."]
    vectors = embeddings.embed_documents(texts)
    assert len(vectors) == 2
    assert sum(x * x for x in vectors[0]) == pytest.approx(1, abs=1e-5)
    assert asyncio.run(embeddings.aembed_query(texts[0])) == embeddings.embed_query(texts[0])
    assert embeddings.embed_documents([]) == []
    store = InMemoryVectorStore(embeddings)
    store.add_texts(texts)
    assert store.similarity_search("green tea degrees", k=1)[0].page_content == texts[0]


@pytest.mark.parametrize(
    ("module", "library", "extra"),
    [
        ("langchain", "langchain_core", "langchain"),
        ("llama_index", "llama_index", "llama-index"),
        ("mcp_server", "mcp", "mcp"),
    ],
)
def test_without_the_library_the_error_names_the_extra(module, library, extra):
    script = (
        f"import sys; sys.modules[{library!r}] = None\n"
        "from pincite import MissingExtra\n"
        f"try: import pincite.connecting.{module}\n"
        "except MissingExtra as error: print(error, type(error.__cause__).__name__)"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert f"pip install 'pincite[{extra}]'" in shown.stdout
    assert "Error" in shown.stdout
