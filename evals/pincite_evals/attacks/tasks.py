"""What the workers do: read, index and ask, as a program would that uses the library."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from pincite import Assistant, Document, Index, ReadError, read_document, update_index
from pincite.chunking import chunk_document
from pincite.encoding.hashing import HashingEncoder


@lru_cache(maxsize=1)
def encoder() -> HashingEncoder:
    """Return an encoder that costs next to nothing: what is attacked comes before and after it."""
    return HashingEncoder()


def chunks_of(document: Document) -> int:
    """Cut a document as indexing does; return into how many."""
    return len(chunk_document(document, token_spans=encoder().token_spans, max_tokens=180, max_chars=1000))


def read_text(given: dict[str, Any]) -> dict[str, Any]:
    """Read a file made of ``before``, ``unit`` so often that ``size`` is reached, and ``after``."""
    unit = given["unit"]
    text = given["before"] + unit * max(1, given["size"] // len(unit)) + given["after"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"adversary{given['suffix']}")
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            return {"chunks": chunks_of(read_document(path))}
        except ReadError as error:
            return {"refused": error.reason}


def index_folder(given: dict[str, Any]) -> dict[str, Any]:
    """Index the files of ``folder`` into ``index``; return what was added, how long each is, and what failed."""
    report = update_index(given["index"], [given["folder"]], encoder=encoder())
    with Index.open(given["index"], encoder=encoder()) as index:
        lengths = {each.doc_id: each.n_chars for each in index.status().documents}
    failures = [[failure.source, failure.reason] for failure in report.failures]
    return {"added": [*report.added, *report.changed, *report.unchanged], "failures": failures, "chars": lengths}


def ask_index(given: dict[str, Any]) -> dict[str, Any]:
    """Open ``index`` and ask ``questions``; return every character given as a quote, with its place and score.

    ``IndexDamaged`` is raised as it comes: the worker tells its kind.
    """
    with Index.open(given["index"], encoder=encoder()) as index:
        assistant = Assistant(index, threshold=0)
        said = []
        for question in given["questions"]:
            answer = assistant.ask(question)
            hits = [hit.to_dict() for hit in answer.hits]
            said.append(
                {
                    "text": answer.text,
                    "quotes": [[c.doc_id, c.span.start, c.span.end, c.quote] for c in answer.citations],
                    "hits": [[h["doc_id"], h["start"], h["end"], h["text"], h["score"]] for h in hits],
                }
            )
    return {"answers": said}
