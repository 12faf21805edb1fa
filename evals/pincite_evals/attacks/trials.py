"""One thing tried, what is to be tried, and the account of all: held or failed, kept so that a run can go on."""

from __future__ import annotations

import json
import random
import shlex
import time
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Trial:
    """One attack.

    Attributes
    ----------
    kind
        Such as ``page``.
    name
        Says within its kind what was tried.
    seed
        What it was made from; with kind and name it repeats the trial.
    reason
        How it got through, in one line; ``None`` where the product held.
    seconds
        How long it took.
    figures
        What was measured, such as ``peak_mb``.
    """

    kind: str
    name: str
    seed: int
    reason: str | None = None
    seconds: float = 0.0
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        """Whether the product held."""
        return self.reason is None

    @property
    def repeating(self) -> str:
        """The command that tries it again."""
        case = shlex.quote(self.name)
        return f"python -m pincite_evals.attacks --only {self.kind} --case {case} --seed {self.seed} --count 1"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one kind of attack is to do.

    Attributes
    ----------
    kind
        Its name.
    folder
        Its own, empty and temporary.
    seed
        Where its seeds begin.
    short
        Whether it is to take seconds: fewer cases, smaller ones.
    kills, inputs
        How many processes to kill and hostile files to make, where the kind does.
    count
        How many cases at most; ``None`` for all.
    case
        Only cases whose name holds this.
    done
        Names and seeds of the trials that an earlier run has made.
    """

    kind: str
    folder: Path
    seed: int = 0
    short: bool = False
    kills: int = 5_000
    inputs: int = 10_000
    count: int | None = None
    case: str | None = None
    done: Container[tuple[str, int]] = frozenset()

    def wants(self, name: str, seed: int | None = None) -> bool:
        """Whether a case is to be tried."""
        return (self.case is None or self.case in name) and (name, self.seed if seed is None else seed) not in self.done

    def wants_any(self, setting: str) -> bool:
        """Whether any case of a setting, which its name begins with, may be wanted: else nothing need be started."""
        return self.case is None or ": " not in self.case or self.case.startswith(f"{setting}: ")

    def seeds(self, n: int) -> range:
        """Return the seeds of ``n`` random cases, fewer where that was asked for."""
        return range(self.seed, self.seed + (n if self.count is None else min(n, self.count)))

    def random(self, name: str) -> random.Random:
        """Return chance for one case, the same whenever the case is tried."""
        return random.Random(f"{self.kind}/{name}/{self.seed}")

    def tried(
        self, name: str, work: Callable[[], str | None], *, seed: int | None = None, figures: Mapping[str, float] = {}
    ) -> Trial:
        """Try one case: ``work`` returns how the attack got through, or ``None``.

        What ``work`` raises counts as a failure: an attack that could not be made shows nothing.  ``figures`` is read
        when ``work`` is done, and may be filled by it.
        """
        started = time.perf_counter()
        try:
            reason = work()
        except Exception as error:
            reason = f"could not be tried ({type(error).__name__}: {error})"
        seconds = round(time.perf_counter() - started, 3)
        return Trial(self.kind, name, self.seed if seed is None else seed, one_line(reason), seconds, dict(figures))

    def each(self, cases: Iterable[tuple[str, Callable[[], str | None]]]) -> Iterator[Trial]:
        """Try named cases one after another, those that are wanted."""
        made = 0
        for name, work in cases:
            if self.wants(name) and (self.count is None or made < self.count):
                made += 1
                yield self.tried(name, work)


def one_line(reason: str | None) -> str | None:
    """Return a reason that can be printed anywhere: on one line, not too long, without characters that do things."""
    if reason is None:
        return None
    shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in " ".join(reason.split()))
    return shown if len(shown) <= LONGEST_REASON else f"{shown[:LONGEST_REASON]}…"


class Ledger:
    """The account of a run; with a file it can be taken up again where it stopped.

    Parameters
    ----------
    path
        Where each trial is noted at once, one JSON line; ``None`` for nowhere.
    options
        What the run was asked for: another run's file is refused.
    """

    def __init__(self, path: Path | None, options: Mapping[str, Any]) -> None:
        self.trials: list[Trial] = []
        self._path = path
        if path is None:
            return
        head = json.dumps({"options": dict(options)}, sort_keys=True)
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        if lines and lines[0] != head:
            raise SystemExit(
                f"{path}: expected the checkpoint of a run with the same options, found another's ({lines[0][:200]}): "
                "name another file, or remove it"
            )
        for line in lines[1:]:
            try:
                self.trials.append(Trial(**json.loads(line)))
            except (ValueError, TypeError):
                break  # the run was killed while it wrote this line
        # Written anew, so that half a line at the end does not spoil the next.
        kept = [head, *(_line(trial) for trial in self.trials)]
        path.write_text("".join(f"{line}\n" for line in kept), "utf-8")

    def done(self, kind: str) -> frozenset[tuple[str, int]]:
        """Return names and seeds of the trials of a kind that are in the file already."""
        return frozenset((trial.name, trial.seed) for trial in self.trials if trial.kind == kind)

    def note(self, trial: Trial) -> None:
        """Add a trial."""
        self.trials.append(trial)
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{_line(trial)}\n")

    @property
    def failures(self) -> list[Trial]:
        """The trials that got through."""
        return [trial for trial in self.trials if not trial.held]

    def table(self) -> str:
        """Return tried, held and failed by kind, the largest of each figure, and a line for each failure."""
        rows: list[tuple[str, ...]] = [("attack", "tried", "held", "failed", "seeds", "seconds", "worst")]
        kinds = dict.fromkeys(trial.kind for trial in self.trials)
        rows += [_row(kind, [trial for trial in self.trials if trial.kind == kind]) for kind in kinds]
        if len(rows) > 2:
            rows.append(_row("all", self.trials, figures=False))
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        for trial in self.failures:
            lines += ["", f"FAILED {trial.kind}: {trial.name}", f"  {trial.reason}", f"  {trial.repeating}"]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the account as JSON holds it."""
        kinds = dict.fromkeys(trial.kind for trial in self.trials)
        return {
            "kinds": {
                kind: {
                    "tried": len(of_kind := [trial for trial in self.trials if trial.kind == kind]),
                    "held": sum(trial.held for trial in of_kind),
                    "failed": sum(not trial.held for trial in of_kind),
                    "seconds": round(sum(trial.seconds for trial in of_kind), 1),
                    "worst": _worst(of_kind),
                }
                for kind in kinds
            },
            "failures": [{**asdict(trial), "repeat": trial.repeating} for trial in self.failures],
        }


def _line(trial: Trial) -> str:
    return json.dumps(asdict(trial), ensure_ascii=False)


def _row(kind: str, trials: list[Trial], *, figures: bool = True) -> tuple[str, ...]:
    failed = sum(not trial.held for trial in trials)
    seeds = sorted({trial.seed for trial in trials})
    shown = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]}-{seeds[-1]}"
    worst = ", ".join(f"{name} {value:,.4g}" for name, value in _worst(trials).items()) if figures else ""
    seconds = f"{sum(trial.seconds for trial in trials):,.0f}"
    return kind, f"{len(trials):,}", f"{len(trials) - failed:,}", f"{failed:,}", shown, seconds, worst


def _worst(trials: list[Trial]) -> dict[str, float]:
    worst: dict[str, float] = {}
    for trial in trials:
        for name, value in trial.figures.items():
            worst[name] = max(value, worst.get(name, value))
    return worst
