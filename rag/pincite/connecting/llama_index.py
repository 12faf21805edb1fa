"""LlamaIndex: a retriever over an index."""

from __future__ import annotations

import asyncio
from typing import Any

from pincite.connecting.passages import metadata
from pincite.errors import MissingExtra, QuestionError
from pincite.indexing import Index
from pincite.searching import Retriever
from pincite.types import Hit, Scope

try:
    from llama_index.core.base.base_retriever import BaseRetriever
    from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode
except ImportError as error:
    raise MissingExtra("LlamaIndex needs llama-index-core: pip install 'pincite[llama-index]'") from error

READ_BY_MODELS = {"doc_id", "section", "page"}
"""Metadata that a language model or an embedding sees beside the text; the rest is for programs."""


class PinciteRetriever(BaseRetriever):
    """The passages of an index as LlamaIndex nodes.

    A node's ``node_id`` is unique to its place, its ``ref_doc_id`` is the document's id; its metadata hold the fields
    of a citation (``n``, ``doc_id``, ``start``, ``end``, ``quote``, ``section``, ``page``), and ``rank`` and ``score``.

    Parameters
    ----------
    index
        Opened for asking; stays the caller's to close.
    k
        Number of passages.
    scope
        Documents and sections to search.
    options
        What LlamaIndex's ``BaseRetriever`` takes, such as ``callback_manager``.

    Raises
    ------
    QuestionError
        ``k`` is less than 1.
    """

    def __init__(self, index: Index, *, k: int = 5, scope: Scope | None = None, **options: Any) -> None:
        if k < 1:
            raise QuestionError(f"expected k of at least 1, got {k}")
        super().__init__(**options)
        self.index = index
        self.k = k
        self.scope = scope or Scope()
        self._retriever = Retriever(index)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._retriever.search(query_bundle.query_str, k=self.k, scope=self.scope)
        return [NodeWithScore(node=_node(hit), score=hit.score) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


def _node(hit: Hit) -> TextNode:
    fields = metadata(hit)
    unread = [name for name in fields if name not in READ_BY_MODELS]
    return TextNode(
        id_=hit.chunk.chunk_id,
        text=hit.chunk.text,
        metadata=fields,
        excluded_llm_metadata_keys=unread,
        excluded_embed_metadata_keys=unread,
        start_char_idx=hit.chunk.span.start,
        end_char_idx=hit.chunk.span.end,
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=hit.chunk.doc_id)},
    )
