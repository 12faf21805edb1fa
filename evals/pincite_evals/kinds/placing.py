"""Move gold to where its quotes stand now: ``python -m pincite_evals.kinds.placing``.

Run it after a document of ``everyday/`` changed, or a reader reads one otherwise.  A quote that stands nowhere any more
is named and left alone; the exit status is then 1.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from pincite import Document, read_document
from pincite_evals.kinds.files import EVERYDAY, KEPT, OPEN, read_rows, write_rows


def everyday_documents() -> dict[str, Document]:
    """Read the documents, by id, as Pincite reads them."""
    read = [read_document(path) for path in sorted(EVERYDAY.iterdir()) if path.suffix]
    return {document.doc_id: document for document in read}


def golds(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every alternative of every group of a row."""
    for group in row.get("groups", ()):
        yield from group


def place(gold: dict[str, Any], text: str) -> bool:
    """Set a gold's offsets to the place of its quote nearest to where it stood; false where there is none."""
    quote, found = gold["quote"], -1
    starts = []
    while (found := text.find(quote, found + 1)) >= 0:
        starts.append(found)
    if not starts:
        return False
    gold["start"] = min(starts, key=lambda start: abs(start - gold["start"]))
    gold["end"] = gold["start"] + len(quote)
    return True


def main() -> None:
    """Place all gold, open and kept."""
    documents = everyday_documents()
    lost = []
    for path in sorted([*OPEN.glob("*.jsonl"), *KEPT.glob("*.jsonl")]):
        rows = read_rows(path)
        lost += [
            f"{row['id']}: {gold['doc_id']} does not hold {gold['quote']!r}"
            for row in rows
            for gold in golds(row)
            if not place(gold, documents[gold["doc_id"]].text)
        ]
        write_rows(rows, path)
    if lost:
        sys.exit("\n".join(lost))


if __name__ == "__main__":
    main()
