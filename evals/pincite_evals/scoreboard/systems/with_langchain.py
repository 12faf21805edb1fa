"""LangChain: RecursiveCharacterTextSplitter 1000/200, HuggingFaceEmbeddings, FAISS."""

from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter
from protocol import Found, System, run


class LangChain(System):
    def index(self, docs: dict[str, str]) -> int:
        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
        sources = [Document(text, metadata={"source": name}) for name, text in docs.items()]
        pieces = splitter.split_documents(sources)
        store = FAISS.from_documents(pieces, HuggingFaceEmbeddings(model_name=self.model))
        store.save_local(str(self.folder))
        return len(pieces)

    def open(self) -> None:
        embeddings = HuggingFaceEmbeddings(model_name=self.model)
        # Its index is a pickle, which it reads only when told that this is no danger.
        self.store = FAISS.load_local(str(self.folder), embeddings, allow_dangerous_deserialization=True)

    def search(self, question: str, k: int, docs: list[str] | None) -> list[Found]:
        wanted = None if docs is None else {"source": {"$in": docs}}
        depth = {} if docs is None else {"fetch_k": self.store.index.ntotal}
        found = self.store.similarity_search_with_score(question, k=k, filter=wanted, **depth)
        return [
            Found(
                piece.metadata["source"],
                piece.metadata["start_index"],
                piece.metadata["start_index"] + len(piece.page_content),
                -float(distance),
            )
            for piece, distance in found
        ]


if __name__ == "__main__":
    run(LangChain)
