"""What the workers do: read, index and ask, as a program would that uses the library."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from pincite import Document, Index, ReadError, read_document, update_index
from pincite.chunking import chunk_document
from pincite.encoding.hashing import HashingEncoder
from pincite_evals.attacks.damaging import answered, make_index


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


def make_index_to_damage(given: dict[str, Any]) -> dict[str, Any]:
    """Make an ``index`` of ``n_documents`` generated documents; return questions that it answers."""
    folder = Path(given["index"])
    return {"questions": make_index(folder, encoder(), n_documents=given["n_documents"], seed=given["n_documents"])}


def ask_index(given: dict[str, Any]) -> dict[str, Any]:
    """Open ``index`` for each of ``questions`` and ask it; return the answers with all they rest on.

    ``IndexDamaged`` is raised as it comes: the worker tells its kind.
    """
    return {"answers": [answered(Path(given["index"]), each, encoder()) for each in given["questions"]]}
