"""A damaged disk: bits of an index turned over, in what an answer is made of and at random."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pincite_evals.attacks.damaging import Flip, aimed_at, flipped, strewn
from pincite_evals.attacks.trials import Plan, Trial
from pincite_evals.attacks.workers import Outcome, Worker

_PATIENCE_S = 60.0


def attack(plan: Plan) -> Iterator[Trial]:
    """Damage an index, one bit each time, and ask it: the answer is as before, or the index is refused as damaged.

    In full the texts, vectors, tokens, postings and sentences are each above 1 MB, so not read whole at opening.
    """
    index = plan.folder / "index"
    questions = made(index, 60 if plan.short else 3_000)
    with Worker("pincite_evals.attacks.tasks:ask_index") as worker:
        # The first answer on a machine prepares the models, which takes its time.
        worker.do({"index": str(index), "questions": questions[:1]}, 600)
        for seed in plan.seeds(1 if plan.short else 16):
            yield from damaged(worker, plan, index, questions, seed, anywhere=4 if plan.short else 30)


def made(index: Path, n_documents: int) -> list[str]:
    """Make the index that is to be damaged, and return questions that it answers."""
    with Worker("pincite_evals.attacks.tasks:make_index_to_damage") as worker:
        outcome = worker.do({"index": str(index), "n_documents": n_documents}, 600)
    if outcome.reason is not None or outcome.result is None:
        raise RuntimeError(f"the index to be damaged could not be made: {outcome.reason}")
    questions: list[str] = outcome.result["questions"]
    return questions


def damaged(
    worker: Worker, plan: Plan, index: Path, questions: list[str], seed: int, *, anywhere: int
) -> Iterator[Trial]:
    """Turn over bits of what one answer was made of, and ``anywhere`` others, one at a time."""
    rng = random.Random(f"flips/{seed}")
    asked = {"index": str(index), "questions": [rng.choice(questions)]}
    sound = worker.do(asked, _PATIENCE_S)
    if sound.result is None or "raised" in sound.result or not sound.result["answers"][0]["citations"]:
        yield plan.tried("the sound index", lambda: f"could not be tried: {sound.reason or 'no citation'}", seed=seed)
        return
    flips = [*aimed_at(index, sound.result["answers"][0], rng), *strewn(index, anywhere, rng)]
    for number, flip in enumerate(flips):
        name = f"{flip.aim} {number}"
        if plan.wants(name, seed):
            yield plan.tried(name, partial(_one, worker, index, flip, asked, sound.result), seed=seed)


def _one(worker: Worker, index: Path, flip: Flip, asked: Mapping[str, Any], sound: Mapping[str, Any]) -> str | None:
    with flipped(index, flip):
        outcome = worker.do(asked, _PATIENCE_S)
    wrong = _wrong(flip, outcome, sound)
    return wrong and f"bit {flip.bit} of byte {flip.offset:,} of {flip.file}: {wrong}"


def _wrong(flip: Flip, outcome: Outcome, sound: Mapping[str, Any]) -> str | None:
    if outcome.result is None:
        return outcome.reason
    if outcome.result.get("type") == "IndexDamaged":
        return None
    if "raised" in outcome.result:
        return outcome.reason
    if outcome.result != sound:
        told, expected = (each["answers"][0]["answer"] for each in (outcome.result, sound))
        return f"answered {told!r} instead of {expected!r}" if told != expected else "other passages were found"
    return "damage in a quote was not noticed" if "quote" in flip.aim else None
