"""The question files by kind: where they lie, their rows, and which rows are set apart."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

_EVALS = Path(__file__).resolve().parents[2]

EVERYDAY = _EVALS / "everyday"
"""The documents."""

OPEN = _EVALS / "questions" / "kinds"
"""Two thirds of the questions, a file for each document."""

KEPT = _EVALS / "questions" / "kept"
"""The third that is looked at only when the work is done."""

TRAINING = _EVALS / "questions" / "training" / "kinds.jsonl"
"""Other questions, on other topics, labelled by kind."""

SEED = 14
_PARTS = 3

Row = Mapping[str, Any]


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_rows(rows: Iterable[Row], path: Path) -> None:
    """Write rows as JSON Lines."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def set_apart(rows: Sequence[Row], seed: int = SEED) -> frozenset[str]:
    """Choose the ids of a third of the questions, of every kind and, within a kind, across the documents.

    A trap goes with the question that it stands beside, and the follow-ups of one conversation stay together.
    """
    units: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        units[str(row.get("beside") or row.get("chain") or row["id"])].append(row)
    kinds: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for name, members in units.items():
        # What has a trap is spread by itself, so that the traps are spread too.
        kind = f"{members[0]['kind']} {any('beside' in row for row in members)}"
        kinds[kind].append((members[0].get("about", ""), _drawn(name, seed), name))
    kept: set[str] = set()
    for kind, names in sorted(kinds.items()):
        first = int(_drawn(kind, seed), 16) % _PARTS
        for _, _, name in sorted(names)[first::_PARTS]:
            kept |= {str(row["id"]) for row in units[name]}
    return frozenset(kept)


def _drawn(name: str, seed: int) -> str:
    return hashlib.sha256(f"{seed} {name}".encode()).hexdigest()
