"""LangChain: a retriever over an index, and the encoder as embeddings."""

from __future__ import annotations

from typing import Any

from pincite.connecting.passages import metadata
from pincite.encoding import Encoder, load_encoder
from pincite.errors import MissingExtra
from pincite.indexing import Index
from pincite.searching import Retriever
from pincite.types import Hit, Scope

try:
    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings
    from langchain_core.retrievers import BaseRetriever
    from pydantic import Field, PrivateAttr
except ImportError as error:
    raise MissingExtra("LangChain needs langchain-core: pip install 'pincite[langchain]'") from error


class PinciteRetriever(BaseRetriever):
    """The passages of an index as LangChain documents.

    A document's ``id`` is unique to its place; its metadata hold the fields of a citation (``n``, ``doc_id``,
    ``start``, ``end``, ``quote``, ``section``, ``page``), and ``rank`` and ``score``.

    Parameters
    ----------
    index
        Opened for asking; stays the caller's to close.
    k
        Number of passages.
    scope
        Documents and sections to search.

    Examples
    --------
    ``PinciteRetriever(index=Index.open("index"), k=5).invoke("When was Article 5 invoked?")``
    """

    index: Index
    k: int = Field(default=5, ge=1)
    scope: Scope = Scope()
    _retriever: Retriever = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Read what searching needs of the index once."""
        super().model_post_init(context)
        self._retriever = Retriever(self.index)

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:  # noqa: ARG002
        return [_document(hit) for hit in self._retriever.search(query, k=self.k, scope=self.scope)]


class PinciteEmbeddings(Embeddings):
    """An encoder of Pincite as LangChain embeddings; vectors have unit norm.

    Parameters
    ----------
    encoder
        By default the embedded one.
    """

    def __init__(self, encoder: Encoder | None = None) -> None:
        self.encoder = load_encoder() if encoder is None else encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a vector for each passage."""
        vectors: list[list[float]] = self.encoder.encode_documents(texts).vectors.tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of a query."""
        vector: list[float] = self.encoder.encode_queries([text]).vectors[0].tolist()
        return vector


def _document(hit: Hit) -> Document:
    return Document(id=hit.chunk.chunk_id, page_content=hit.chunk.text, metadata=metadata(hit))
