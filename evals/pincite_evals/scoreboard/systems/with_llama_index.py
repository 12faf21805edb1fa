"""LlamaIndex: SentenceSplitter 1024/20, a local HuggingFaceEmbedding, VectorStoreIndex."""

from llama_index.core import Document, Settings, StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.vector_stores import FilterOperator, MetadataFilter, MetadataFilters
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from protocol import Found, System, run


class LlamaIndex(System):
    def _settings(self) -> None:
        Settings.embed_model = HuggingFaceEmbedding(model_name=self.model)
        Settings.node_parser = SentenceSplitter(chunk_size=1024, chunk_overlap=20)

    def index(self, docs: dict[str, str]) -> int:
        self._settings()
        documents = [Document(text=text, metadata={"file_name": name}) for name, text in docs.items()]
        index = VectorStoreIndex.from_documents(documents)
        index.storage_context.persist(str(self.folder))
        return len(index.docstore.docs)

    def open(self) -> None:
        self._settings()
        self.stored = load_index_from_storage(StorageContext.from_defaults(persist_dir=str(self.folder)))

    def search(self, question: str, k: int, docs: list[str] | None) -> list[Found]:
        filters = None
        if docs is not None:
            wanted = MetadataFilter(key="file_name", value=docs, operator=FilterOperator.IN)
            filters = MetadataFilters(filters=[wanted])
        found = self.stored.as_retriever(similarity_top_k=k, filters=filters).retrieve(question)
        return [
            Found(each.node.metadata["file_name"], each.node.start_char_idx, each.node.end_char_idx, each.score)
            for each in found
        ]


if __name__ == "__main__":
    run(LlamaIndex)
