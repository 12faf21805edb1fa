"""A damaged disk: bits of an index flipped, in the digits of what is quoted and at random."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from pincite_evals.attacks.trials import Plan, Trial
from pincite_evals.attacks.workers import Outcome, Worker

REFUSALS = frozenset({"IndexDamaged", "IndexVersionMismatch", "EncoderMismatch", "IndexNotFound"})
"""What an index that is not as it was written may be refused as."""
_PATIENCE_S = 60.0
_PLACES = ("Aster", "Bram", "Corrie", "Dunmore", "Esker", "Farran", "Glen", "Howth", "Inver", "Kerry")


def sentence(n: int) -> str:
    """Return the sentence of a number: no other has its name."""
    name = f"{_PLACES[n % 10]}{n:05d}"
    return f"The lease of warehouse {name} ends in {2000 + n % 90} and costs {1000 + 7 * n} euros a month."


def question(n: int) -> str:
    """Return a question that this sentence answers."""
    return f"When does the lease of warehouse {_PLACES[n % 10]}{n:05d} end?"


def attack(plan: Plan) -> Iterator[Trial]:
    """Damage an index of one large document and a few small ones, one bit each time, and ask it."""
    n_sentences = 3_000 if plan.short else 24_000
    with Worker("pincite_evals.attacks.tasks:index_folder") as worker:
        index = _made(worker, plan.folder, n_sentences)
    with Worker("pincite_evals.attacks.tasks:ask_index") as worker:
        warm(worker, index)
        for seed in plan.seeds(6 if plan.short else 200):
            if plan.wants("in a quote", seed):
                yield plan.tried("in a quote", partial(in_a_quote, worker, index, seed, n_sentences), seed=seed)
        questions = [question(7), question(n_sentences // 2), "What is the dog of the harbour master called?"]
        whole = _asked(worker, index, questions)
        for seed in plan.seeds(8 if plan.short else 400):
            if plan.wants("anywhere", seed):
                work = partial(anywhere, worker, index, seed, questions, whole.result)
                yield plan.tried("anywhere", work, seed=seed)


def _made(worker: Worker, folder: Path, n_sentences: int) -> Path:
    files = folder / "files"
    files.mkdir(parents=True)
    lines = (
        f"## Part {n // 50 + 1}\n\n{sentence(n)}\n" if n % 50 == 0 else f"{sentence(n)}\n" for n in range(n_sentences)
    )
    (files / "leases.md").write_text("# Leases\n\n" + "".join(lines), "utf-8")
    (files / "dog.md").write_text("# The dog\n\nThe dog of the harbour master is called Barnacle.\n", "utf-8")
    outcome = worker.do({"folder": str(files), "index": str(folder / "index")}, 600)
    if outcome.reason is not None:
        raise RuntimeError(f"the index to be damaged could not be made: {outcome.reason}")
    return folder / "index"


def warm(worker: Worker, index: Path) -> None:
    """Ask once: the first answer on a machine prepares the models, which takes its time."""
    worker.do({"index": str(index), "questions": [question(0)]}, 600)


def in_a_quote(worker: Worker, index: Path, seed: int, n_sentences: int) -> str | None:
    """Change one digit of a sentence where the index keeps it into another digit, and ask for the sentence."""
    rng = random.Random(f"flips/quote/{seed}")
    n = rng.randrange(n_sentences)
    whole = _asked(worker, index, [question(n)])
    if whole.reason is not None or whole.result is None or sentence(n) not in str(whole.result):
        return f"could not be tried: the sound index did not quote {sentence(n)!r} ({whole.reason})"
    held = sentence(n).encode()
    # A line break within the sentence, or another form of it: then it is not one place, and nothing is aimed at.
    places = [(path, at) for path in _files(index) if (at := path.read_bytes().find(held)) >= 0]
    if not places:
        return "could not be tried: no file of the index holds the sentence"
    path, at = rng.choice(places)
    offset, bit = rng.choice(
        [(i, bit) for i, byte in enumerate(held) for bit in range(3) if _is_digit(byte) and _is_digit(byte ^ 1 << bit)]
    )
    return _damaged(worker, index, path, at + offset, bit, [question(n)], whole.result)


def anywhere(
    worker: Worker, index: Path, seed: int, questions: list[str], whole: Mapping[str, Any] | None
) -> str | None:
    """Flip a bit of a file of the index; every file is as likely as any other."""
    if whole is None:
        return "could not be tried: the sound index does not answer"
    rng = random.Random(f"flips/anywhere/{seed}")
    path = rng.choice([path for path in _files(index) if path.stat().st_size])
    return _damaged(worker, index, path, rng.randrange(path.stat().st_size), rng.randrange(8), questions, whole)


def _damaged(
    worker: Worker, index: Path, path: Path, at: int, bit: int, questions: list[str], whole: Mapping[str, Any]
) -> str | None:
    """Ask with one bit flipped: the answers are those of the sound index, or it is refused as damaged."""
    place = f"bit {bit} of byte {at:,} of {path.name} ({path.stat().st_size:,} bytes)"
    mended = path.with_name(f"{path.name}.sound")
    shutil.copyfile(path, mended)
    try:
        with path.open("r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1 << bit]))
        outcome = _asked(worker, index, questions)
    finally:
        mended.replace(path)
    if outcome.result is None:
        return f"{place}: {outcome.reason}"
    if "raised" in outcome.result:
        refused = outcome.result["type"] in REFUSALS
        return None if refused else f"{place}: {outcome.reason}"
    return None if outcome.result == whole else f"{place}: {_difference(outcome.result, whole)}"


def _difference(found: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    for one, other in zip(found["answers"], whole["answers"], strict=True):
        if one["quotes"] != other["quotes"] or one["text"] != other["text"]:
            return f"answered {one['text']!r} instead of {other['text']!r}"
    return "other passages were found, and nothing was said"


def _asked(worker: Worker, index: Path, questions: list[str]) -> Outcome:
    return worker.do({"index": str(index), "questions": questions}, _PATIENCE_S)


def _files(index: Path) -> list[Path]:
    """Return the files of the current state, and the one that names it."""
    name = (index / "CURRENT").read_text("ascii").split()[0]
    return [index / "CURRENT", *sorted(path for path in (index / name).iterdir() if path.is_file())]


def _is_digit(byte: int) -> bool:
    return chr(byte).isdigit()
