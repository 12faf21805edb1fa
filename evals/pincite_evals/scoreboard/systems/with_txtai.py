"""txtai: paragraphs, hybrid search of its own BM25 and vectors, with content so that SQL can confine it."""

from protocol import Found, System, run
from txtai import Embeddings
from txtai.pipeline import Segmentation


class Txtai(System):
    def index(self, docs: dict[str, str]) -> int:
        paragraphs = Segmentation(paragraphs=True)
        rows = []
        for name, text in docs.items():
            place = 0
            for paragraph in paragraphs(text):
                start = text.find(paragraph, place)
                if start < 0:  # it tidies white space: the paragraph's beginning tells where it stands
                    start = max(place, text.find(paragraph[:40], place))
                place = start + len(paragraph)
                rows.append({"text": paragraph, "file": name, "start": start})
        embeddings = Embeddings(path=self.model, hybrid=True, content=True)
        embeddings.index(rows)
        embeddings.save(str(self.folder))
        return len(rows)

    def open(self) -> None:
        self.embeddings = Embeddings(path=self.model, hybrid=True, content=True)
        self.embeddings.load(str(self.folder))

    def search(self, question: str, k: int, docs: list[str] | None) -> list[Found]:
        depth = k if docs is None else self.embeddings.count()
        names = ", ".join(f"'{name}'" for name in docs or ())
        wanted = f" and file in ({names})" if docs is not None else ""
        query = f"select text, file, start, score from txtai where similar(:question, {depth}){wanted} limit {k}"
        return [
            Found(row["file"], int(row["start"]), int(row["start"]) + len(row["text"]), row["score"])
            for row in self.embeddings.search(query, k, parameters={"question": question})
        ]


if __name__ == "__main__":
    run(Txtai)
