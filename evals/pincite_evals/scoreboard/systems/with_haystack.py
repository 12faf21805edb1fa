"""Haystack: DocumentSplitter, an in-memory store, BM25 and embedding retrievers joined by reciprocal rank fusion."""

from haystack import Document
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.core.pipeline import Pipeline
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)
from protocol import Found, System, run


class Haystack(System):
    def index(self, docs: dict[str, str]) -> int:
        splitter = DocumentSplitter()
        embedder = SentenceTransformersDocumentEmbedder(model=self.model, progress_bar=False)
        for each in (splitter, embedder):
            if hasattr(each, "warm_up"):
                each.warm_up()
        documents = [Document(content=text, meta={"file": name}) for name, text in docs.items()]
        pieces = splitter.run(documents=documents)["documents"]
        store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        store.write_documents(embedder.run(documents=pieces)["documents"])
        store.save_to_disk(str(self.folder / "store.json"))
        return len(pieces)

    def open(self) -> None:
        store = InMemoryDocumentStore.load_from_disk(str(self.folder / "store.json"))
        pipeline = Pipeline()
        pipeline.add_component("embedder", SentenceTransformersTextEmbedder(model=self.model, progress_bar=False))
        pipeline.add_component("dense", InMemoryEmbeddingRetriever(document_store=store))
        pipeline.add_component("lexical", InMemoryBM25Retriever(document_store=store))
        pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
        pipeline.connect("embedder.embedding", "dense.query_embedding")
        pipeline.connect("dense", "joiner")
        pipeline.connect("lexical", "joiner")
        self.pipeline = pipeline

    def search(self, question: str, k: int, docs: list[str] | None) -> list[Found]:
        filters = None if docs is None else {"field": "meta.file", "operator": "in", "value": docs}
        found = self.pipeline.run(
            {
                "embedder": {"text": question},
                "dense": {"top_k": k, "filters": filters},
                "lexical": {"query": question, "top_k": k, "filters": filters},
                "joiner": {"top_k": k},
            }
        )["joiner"]["documents"]
        return [
            Found(
                each.meta["file"],
                each.meta["split_idx_start"],
                each.meta["split_idx_start"] + len(each.content),
                each.score,
            )
            for each in found
        ]


if __name__ == "__main__":
    run(Haystack)
