"""Pincite: its search alone, with all stages or those that the environment variable names; or its checked answer."""

import os
from dataclasses import fields

from protocol import Found, System, run

from pincite import Assistant, Index, Retriever, Scope, Stages, load_encoder, update_index


class Pincite(System):
    def index(self, docs: dict[str, str]) -> int:
        from pincite import make_document

        documents = [
            make_document(text, doc_id=name, media_type="text/markdown" if name.endswith(".md") else "text/plain")
            for name, text in docs.items()
        ]
        return update_index(self.folder, documents=documents, encoder=load_encoder()).n_chunks

    def open(self) -> None:
        self.opened = Index.open(self.folder)
        named = os.environ.get("PINCITE_STAGES")
        self.stages = Stages(**{f.name: f.name in named.split(",") for f in fields(Stages)}) if named else Stages()
        self.assistant = Assistant(self.opened) if os.environ.get("PINCITE_ANSWERS") else None
        self.retriever = Retriever(self.opened)

    def search(self, question: str, k: int, docs: list[str] | None) -> list[Found]:
        scope = Scope(docs=None if docs is None else tuple(docs))
        if self.assistant is not None:
            answer = self.assistant.ask(question, k=k, scope=scope)
            found = [(hit, answer.confidence) for hit in answer.hits]
        else:
            found = [(hit, hit.score) for hit in self.retriever.search(question, k=k, scope=scope, stages=self.stages)]
        return [Found(hit.chunk.doc_id, hit.chunk.span.start, hit.chunk.span.end, score) for hit, score in found]


if __name__ == "__main__":
    run(Pincite)
