"""Tuning the cross-encoder on pairs as it reads them; with torch and the model's own module alone.

Two things are learned at once: whether a text answers, from the first token, and which of its sentences does, as the
mean over the sentence's tokens of a score that is linear in the last layer.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from pincite.encoding.tuned import AnswerHead

EPOCHS, BATCH, RATE, WARM_UP = 1, 32, 5e-5, 0.1
DECAY = 0.01
SENTENCES = 1.0
"""Weight of the loss over sentences, beside that over texts."""
POOL = 20
"""Batches of like length are made within so many."""


@dataclass(frozen=True, slots=True)
class Example:
    """A pair as the model reads it.

    Attributes
    ----------
    ids, types
        Of each token.
    sentences
        Of each token the sentence that it stands in, from 0; -1 outside the passage.
    gold
        The sentences that hold gold; none if the text does not answer.
    """

    ids: list[int]
    types: list[int]
    sentences: list[int]
    gold: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Arrays of examples of like length, each of shape (n, n_tokens) but ``gold`` and ``answered``.

    Attributes
    ----------
    sentences
        Of each token its sentence among all of the batch, from 1; 0 outside.
    gold
        Shape (1 + sentences of the batch,): whether each holds gold; the first counts for nothing.
    answered
        Shape (n,).
    """

    ids: torch.Tensor
    mask: torch.Tensor
    types: torch.Tensor
    sentences: torch.Tensor
    gold: torch.Tensor
    answered: torch.Tensor


def stacked(examples: Sequence[Example], device: str = "cpu") -> Batch:
    """Return examples as a batch."""
    shape = (len(examples), max(len(each.ids) for each in examples))
    ids, mask, types, sentences = (torch.zeros(shape, dtype=torch.long) for _ in range(4))
    gold = [0.0]
    for row, each in enumerate(examples):
        n, first = len(each.ids), len(gold)
        ids[row, :n], mask[row, :n], types[row, :n] = torch.tensor(each.ids), 1, torch.tensor(each.types)
        own = torch.tensor(each.sentences)
        sentences[row, :n] = torch.where(own < 0, 0, own + first)
        gold += [float(i in each.gold) for i in range(max(each.sentences) + 1)]
    parts = (ids, mask, types, sentences, torch.tensor(gold), torch.tensor([float(bool(e.gold)) for e in examples]))
    return Batch(*(part.to(device) for part in parts))


def sentence_means(scores: torch.Tensor, sentences: torch.Tensor, n: int) -> torch.Tensor:
    """Return the mean score of each sentence's tokens, shape (n,), of which the first is of the tokens outside."""
    flat = sentences.flatten()
    sums = torch.zeros(n, device=scores.device).index_add(0, flat, scores.flatten().float())
    counts = torch.zeros(n, device=scores.device).index_add(0, flat, torch.ones_like(flat, dtype=torch.float))
    return sums / counts.clamp(min=1)


def loss_of(model: AnswerHead, batch: Batch) -> torch.Tensor:
    """Return the loss of a batch."""
    log_odds, scores = model(batch.ids, batch.mask, batch.types)
    judged = torch.nn.functional.binary_cross_entropy_with_logits
    means = sentence_means(scores, batch.sentences, len(batch.gold))
    return judged(log_odds.float(), batch.answered) + SENTENCES * judged(means[1:], batch.gold[1:])


def tune(
    model: AnswerHead,
    data: Sequence[Example],
    *,
    device: str = "cpu",
    epochs: int = EPOCHS,
    rate: float = RATE,
    steps_at_most: int | None = None,
) -> AnswerHead:
    """Return the model tuned on examples; it is changed.  The embeddings are left as they are."""
    torch.manual_seed(0)
    rng = random.Random(0)
    # Without dropout: with it, AUROC was .01 less on SQuAD, NATO and harbour; see `results/cross_encoder.md`.
    model = model.to(device).eval()
    model.bert.embeddings.requires_grad_(False)
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [p for n, p in named if p.ndim > 1 and not n.startswith("places")], "weight_decay": DECAY},
        {"params": [p for n, p in named if p.ndim == 1 and not n.startswith("places")], "weight_decay": 0.0},
        {"params": list(model.places.parameters()), "lr": 10 * rate},
    ]
    optimiser = torch.optim.AdamW(groups, lr=rate)
    steps = epochs * math.ceil(len(data) / BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, step / (WARM_UP * steps)) * max(0.0, 1 - step / steps)
    )
    done = 0
    for epoch in range(epochs):
        total = 0.0
        for batch in _batches(data, rng):
            with torch.autocast(device, torch.bfloat16, enabled=device != "cpu"):
                loss = loss_of(model, stacked(batch, device))
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            total += loss.item() * len(batch)
            done += 1
            if done == steps_at_most:
                return model
        print(f"epoch {epoch + 1} of {epochs}: loss {total / len(data):.3f}", flush=True)
    return model


def _batches(data: Sequence[Example], rng: random.Random) -> Iterator[list[Example]]:
    """Yield batches of texts of like length, in any order, so that little time goes to padding."""
    order = list(range(len(data)))
    rng.shuffle(order)
    batches = []
    for start in range(0, len(order), BATCH * POOL):
        pool = sorted(order[start : start + BATCH * POOL], key=lambda i: len(data[i].ids))
        batches += [[data[i] for i in pool[first : first + BATCH]] for first in range(0, len(pool), BATCH)]
    rng.shuffle(batches)
    return iter(batches)
