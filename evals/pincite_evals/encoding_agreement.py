"""Whether the fast path finds what the reference finds: ``python -m pincite_evals.encoding_agreement FOLDER_OF_SETS``.

Both encoders encode the same chunks and questions; the first ten chunks by cosine are compared question by question.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from pincite import ConfinedReader, Encoder, load_encoder
from pincite.chunking import chunk_document
from pincite.encoding.reference import SentenceTransformerEncoder
from pincite.indexing.passages import embedded_text, max_chunk_tokens
from pincite.settings import DEFAULTS
from pincite_evals.sets import load_set

SETS = ("chunking_evaluation", "legalbenchrag_contractnli")
DEPTH = 10


def main() -> None:
    """Print, for each set, the mean cosine of both encoders' vectors and how far their first ten chunks agree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="folder of question sets")
    options = parser.parse_args()
    encoders: list[Encoder] = [load_encoder(), SentenceTransformerEncoder()]
    print("| | chunks | mean cosine, chunks | questions | first chunk the same | overlap of the first ten |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name in SETS:
        questions = load_set(options.data / name)
        texts = _embedded(questions.docs, encoders[0])
        asked = [question.text for question in questions.questions]
        fast, reference = (encoder.encode_documents(texts).vectors for encoder in encoders)
        fast_queries, reference_queries = (encoder.encode_queries(asked).vectors for encoder in encoders)
        ours = np.argsort(-(fast_queries @ fast.T), axis=1, kind="stable")[:, :DEPTH]
        theirs = np.argsort(-(reference_queries @ reference.T), axis=1, kind="stable")[:, :DEPTH]
        overlap = np.mean([len(np.intersect1d(a, b)) / DEPTH for a, b in zip(ours, theirs, strict=True)])
        cosine = (fast * reference).sum(axis=1).mean()
        same = (ours[:, 0] == theirs[:, 0]).mean()
        print(f"| {name} | {len(texts)} | {cosine:.5f} | {len(asked)} | {same:.3f} | {overlap:.3f} |", flush=True)


def _embedded(docs: Path, encoder: Encoder) -> list[str]:
    """Return what is encoded for every chunk of a folder's documents."""
    with ConfinedReader() as reader:
        documents = [reader.read_document(path) for path in sorted(docs.iterdir())]
    return [
        embedded_text(chunk, encoder, DEFAULTS.index)
        for document in documents
        for chunk in chunk_document(
            document,
            token_spans=encoder.token_spans,
            max_tokens=max_chunk_tokens(encoder, DEFAULTS.index),
            max_chars=DEFAULTS.index.chunk_chars,
        )
    ]


if __name__ == "__main__":
    main()
