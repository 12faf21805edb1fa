"""Bits turned over in the files of an index: those that an answer was made of, and any others."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from pincite import Assistant, Encoder, Index, IndexDamaged, make_document, update_index

Outcome = Literal["noticed", "no effect", "wrong"]

PLACES = ("harbour", "quarry", "orchard", "foundry", "library", "bridge", "station", "mill")
GOODS = ("timber", "granite", "apples", "anchors", "ledgers", "cables", "lamps", "flour")


@dataclass(frozen=True, slots=True)
class Flip:
    """One bit of one byte of a file in the current generation; ``aim`` says what stands there."""

    file: str
    offset: int
    bit: int
    aim: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an answer after a flip; ``detail`` tells of a wrong one."""

    flip: Flip
    outcome: Outcome
    detail: str = ""


def make_index(folder: Path, encoder: Encoder, *, n_documents: int, seed: int) -> list[str]:
    """Make an index of generated documents in ``folder``, and return a question about each of some of them."""
    rng = random.Random(seed)
    documents, questions = [], []
    for number in range(n_documents):
        place, goods, other = rng.choice(PLACES), rng.choice(GOODS), rng.choice(GOODS)
        name = f"{place.capitalize()}{number}"
        facts = [
            f"The {name} agreement ends in {rng.randint(1990, 2090)}.",
            f"{name} stores {rng.randint(100, 9999)} crates of {goods} for € {rng.randint(10, 99)} a week.",
            f"Whoever moves {other} through {name} pays {rng.randint(2, 60)} shillings to the warden.",
            f"The gates of {name} close {rng.randint(2, 12)} hours after noon on feast days.",
        ]
        parts = [f"# {name}", " ".join(facts)]
        for year in range(1990, 1994):
            rng.shuffle(facts)
            parts += [
                f"## Upkeep of {name} in {year}",
                " ".join(fact.replace(" in ", f" in {year} in ") for fact in facts),
            ]
        text = "\n\n".join(parts) + "\n"
        documents.append(make_document(text, doc_id=f"{name}.md", media_type="text/markdown"))
        questions.append(f"When does the {name} agreement end?")
    update_index(folder, documents=documents, encoder=encoder)
    return rng.sample(questions, min(len(questions), 50))


def generation_of(folder: Path) -> Path:
    """Return the folder of the current generation."""
    return folder / (folder / "CURRENT").read_text("ascii").split()[0]


def answered(folder: Path, question: str, encoder: Encoder, **options: Any) -> dict[str, Any]:
    """Open the index, ask, and return the answer without its time."""
    with Index.open(folder, encoder=encoder) as index:
        found = Assistant(index, threshold=0.0, **options).ask(question)
        for citation in found.citations:
            if index.document(citation.doc_id).quote(citation.span) != citation.quote:
                raise AssertionError(f"{citation} is not what its document says")
    held = found.to_dict()
    return {name: value for name, value in held.items() if name not in {"seconds", "latency_ms"}}


def aimed_at(folder: Path, answer: Mapping[str, Any], rng: random.Random) -> list[Flip]:
    """Return flips in the bytes that the first citation of an answer was made of, one for each kind of bytes."""
    generation = generation_of(folder)
    cited = answer["citations"][0]
    manifest = json.loads((generation / "manifest.json").read_text("utf-8"))
    number = manifest["doc_ids"].index(cited["doc_id"])
    line_start, line_end, text_start, text_end, _, first_chunk, last_chunk = _array(generation, "documents.npy")[number]
    with (generation / "texts.txt").open("rb") as file:
        file.seek(text_start)
        text = file.read(text_end - text_start).decode("utf-8", "surrogatepass")
    before = len(text[: cited["start"]].encode("utf-8", "surrogatepass"))
    start = int(text_start) + before
    end = start + len(cited["quote"].encode("utf-8", "surrogatepass"))
    chunks = _array(generation, "chunks.npy")
    spans = zip(range(first_chunk, last_chunk), chunks[first_chunk:last_chunk], strict=True)
    chunk = next(i for i, row in spans if row[1] <= cited["start"] < row[2])
    digits = [start + i for i, byte in enumerate(cited["quote"].encode("utf-8", "surrogatepass")) if 48 <= byte < 58]
    tokens = _array(generation, "tokens.offsets.npy")[chunk : chunk + 2].tolist()
    segments = _array(generation, "extra.segment_offsets.npy")[chunk : chunk + 2].tolist()
    vocabulary = json.loads((generation / "lexical.vocab.json").read_text("utf-8"))
    column = vocabulary[rng.choice([term for term in _words(cited["quote"]) if term in vocabulary])]
    postings = _array(generation, "lexical.indptr.npy")[column : column + 2].tolist()
    dim = manifest["encoder"]["dim"]
    vectors = (45 + 4 * dim * chunk, 45 + 4 * dim * (chunk + 1))
    places: dict[str, tuple[str, int, int]] = {
        "quote": ("texts.txt", start, end),
        "description": ("documents.jsonl", int(line_start), int(line_end)),
        "place of the document": _rows(generation, "documents.npy", number, number + 1),
        "span": _rows(generation, "chunks.npy", chunk, chunk + 1),
        "sentences": _rows(generation, "extra.segments.npy", *segments),
        "lengths of sentences": _rows(generation, "extra.segment_norms.npy", *segments),
        "where sentences begin": _rows(generation, "extra.segment_offsets.npy", chunk, chunk + 2),
        "joins": _rows(generation, "extra.chunk_joins.npy", chunk, chunk + 1),
        "tokens": _rows(generation, "tokens.codes.npy", *tokens),
        "scales": _rows(generation, "tokens.scales.npy", *tokens),
        "where tokens begin": _rows(generation, "tokens.offsets.npy", chunk, chunk + 2),
        "vector": ("vectors-0.faiss", *vectors),
        "postings": _rows(generation, "lexical.indices.npy", *postings),
        "scores of words": _rows(generation, "lexical.data.npy", *postings),
        "where postings begin": _rows(generation, "lexical.indptr.npy", column, column + 2),
    }
    flips = [Flip(file, rng.randrange(a, b), rng.randrange(8), aim) for aim, (file, a, b) in places.items() if a < b]
    # The lowest three bits of a digit make another digit of it: 2027 becomes 2067 and still reads well.
    return [*flips, *(Flip("texts.txt", at, rng.randrange(3), "digit of the quote") for at in digits[:3])]


def strewn(folder: Path, n: int, rng: random.Random) -> list[Flip]:
    """Return ``n`` flips anywhere, the same number in each file of the index."""
    paths = [folder / "CURRENT", *sorted(generation_of(folder).iterdir())]
    sizes = {path: path.stat().st_size for path in paths if path.stat().st_size}
    chosen = (path for _ in range(n) for path in sizes)
    return [
        Flip(path.name, rng.randrange(sizes[path]), rng.randrange(8), "anywhere")
        for path, _ in zip(chosen, range(n), strict=False)
    ]


@contextmanager
def flipped(folder: Path, flip: Flip) -> Iterator[None]:
    """Turn one bit over, and back again."""
    path = folder / flip.file if flip.file == "CURRENT" else generation_of(folder) / flip.file
    # What names the generation may be what is flipped: the path is known by now.
    _turn(path, flip)
    try:
        yield
    finally:
        _turn(path, flip)


def outcome_of(
    folder: Path, flip: Flip, question: str, before: Mapping[str, Any], encoder: Encoder, **options: Any
) -> Result:
    """Ask again with the flip, and say what became of the answer."""
    with flipped(folder, flip):
        try:
            after = answered(folder, question, encoder, **options)
        except IndexDamaged:
            return Result(flip, "noticed")
        except Exception as error:
            return Result(flip, "wrong", f"{type(error).__name__}: {error}")
    return Result(flip, "no effect") if after == before else Result(flip, "wrong", "another answer")


def _turn(path: Path, flip: Flip) -> None:
    with path.open("r+b") as file:
        file.seek(flip.offset)
        (byte,) = file.read(1)
        file.seek(flip.offset)
        file.write(bytes([byte ^ (1 << flip.bit)]))


def _array(generation: Path, name: str) -> Any:
    return np.load(generation / name, mmap_mode="r", allow_pickle=False)


def _rows(generation: Path, name: str, first: int, last: int) -> tuple[str, int, int]:
    """Return the bytes of some rows of an array's file."""
    held = _array(generation, name)
    row_bytes = held.nbytes // len(held)
    start = (generation / name).stat().st_size - held.nbytes
    return name, int(start + row_bytes * first), int(start + row_bytes * last)


def _words(text: str) -> list[str]:
    return [word.strip(".,€").casefold() for word in text.split()]
