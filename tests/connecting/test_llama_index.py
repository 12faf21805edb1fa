"""The retriever in a real query engine of LlamaIndex."""

import asyncio

import pytest
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.schema import MetadataMode

from pincite import QuestionError, Retriever, Scope
from pincite.connecting.llama_index import PinciteRetriever

pytestmark = pytest.mark.slow  # LlamaIndex takes seconds to import

QUERY = "When was Article 5 invoked?"


@pytest.fixture
def retriever(hashed_index):
    return PinciteRetriever(hashed_index, k=4)


def test_nodes_are_the_passages_with_their_citations(retriever, hashed_index):
    nodes = retriever.retrieve(QUERY)
    hits = Retriever(hashed_index).search(QUERY, k=4)
    assert [node.text for node in nodes] == [hit.chunk.text for hit in hits]
    assert [node.score for node in nodes] == [hit.score for hit in hits]
    for node, hit in zip(nodes, hits, strict=True):
        told = node.metadata
        assert told == {**hit.citation.to_dict(), "rank": hit.rank, "score": hit.score}
        assert node.node.ref_doc_id == told["doc_id"]
        assert (node.node.start_char_idx, node.node.end_char_idx) == (told["start"], told["end"])
        text = hashed_index.document(told["doc_id"]).text
        assert text[told["start"] : told["end"]] == told["quote"] == node.text


def test_a_model_reads_where_a_passage_stands_and_not_its_text_twice(retriever):
    best = retriever.retrieve(QUERY)[0]
    read = best.node.get_content(MetadataMode.LLM)
    assert read.count(best.text) == 1
    assert "doc_id: nato-defense-policies.txt" in read
    assert "score" not in read


def test_a_query_engine_answers_from_the_passages(retriever):
    engine = RetrieverQueryEngine.from_args(retriever, llm=MockLLM())
    response = engine.query(QUERY)
    awaited = asyncio.run(engine.aquery(QUERY))
    best = retriever.retrieve(QUERY)[0]
    for each in (response, awaited):
        assert [node.node_id for node in each.source_nodes] == [node.node_id for node in retriever.retrieve(QUERY)]
        assert best.text in str(each), "the model, which says what it reads, did not read the best passage"


def test_scope_and_errors(hashed_index):
    paged = PinciteRetriever(hashed_index, scope=Scope(docs=("handbook.pdf",))).retrieve("the handbook")
    assert paged
    assert all(node.metadata["page"] >= 1 for node in paged)
    with pytest.raises(QuestionError, match="k of at least 1, got 0"):
        PinciteRetriever(hashed_index, k=0)
    with pytest.raises(QuestionError, match="at least one word"):
        asyncio.run(PinciteRetriever(hashed_index).aretrieve(" "))
