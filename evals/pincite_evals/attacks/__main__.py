"""``python -m pincite_evals.attacks``: all attacks against fresh servers and indexes, and the account of them.

Loopback only, bounded in number and time, and whatever it starts it ends.  Each kind is repeated by its seed; the line
under a failure repeats that one.  Exit status 1 where anything got through.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from pincite_evals.attacks.kinds import KINDS, attack_of
from pincite_evals.attacks.trials import Ledger, Plan, Trial, one_line


def run(
    ledger: Ledger,
    arguments: argparse.Namespace,
    attack_of: Callable[[str], Callable[[Plan], Iterator[Trial]]] = attack_of,
) -> None:
    """Try what was asked for, noting each trial; ends at the first failure unless told to keep going."""
    for kind in arguments.only or KINDS:
        started = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix=f"pincite-{kind}-", ignore_cleanup_errors=True) as name:
            plan = Plan(
                kind,
                Path(name),
                seed=arguments.seed,
                short=arguments.short,
                kills=arguments.kills,
                inputs=arguments.inputs,
                count=arguments.count,
                case=arguments.case,
                done=ledger.done(kind),
            )
            for trial in _all(attack_of, plan):
                ledger.note(trial)
                if not trial.held:
                    print(f"FAILED {kind}: {trial.name}: {trial.reason}", file=sys.stderr, flush=True)
                    if not arguments.keep_going:
                        return
        print(f"{kind}: {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)


def _all(attack_of: Callable[[str], Callable[[Plan], Iterator[Trial]]], plan: Plan) -> Iterator[Trial]:
    """Yield a kind's trials; where it breaks off, that is a trial too, which failed."""
    try:
        yield from attack_of(plan.kind)(plan)
    except Exception as error:
        reason = one_line(f"broke off ({type(error).__name__}: {error})")
        yield Trial(plan.kind, "the rest of this kind", plan.seed, reason)


def parsed(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="python -m pincite_evals.attacks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="kinds:\n" + "\n".join(f"  {kind:<12} {said}" for kind, said in KINDS.items()),
    )
    parser.add_argument("--only", action="append", choices=KINDS, metavar="KIND", help="this kind; may be repeated")
    parser.add_argument("--case", metavar="TEXT", help="only cases whose name holds this")
    parser.add_argument("--count", type=int, metavar="N", help="at most so many cases of each kind")
    parser.add_argument("--seed", type=int, default=0, help="where the seeds begin (default: 0)")
    parser.add_argument("--short", action="store_true", help="a minute's worth of each, for CI")
    parser.add_argument("--kills", type=int, default=5_000, metavar="N", help="processes to kill (default: 5,000)")
    parser.add_argument("--inputs", type=int, default=10_000, metavar="N", help="hostile files (default: 10,000)")
    parser.add_argument("--keep-going", action="store_true", help="go on after a failure")
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="note each trial here; run again to go on")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the account here too")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    """Run the attacks and print the account; return the exit status."""
    arguments = parsed(given)
    # Told to end, it ends what it started.
    signal.signal(signal.SIGTERM, _interrupt)
    options: dict[str, Any] = {name: getattr(arguments, name) for name in ("seed", "short", "kills", "inputs")}
    ledger = Ledger(arguments.checkpoint, options)
    try:
        run(ledger, arguments)
    except KeyboardInterrupt:
        print("interrupted: what was tried so far", file=sys.stderr)
    print(ledger.table())
    if arguments.json is not None:
        arguments.json.write_text(json.dumps({"options": options, **ledger.to_dict()}, indent=2) + "\n", "utf-8")
    return 1 if ledger.failures or not ledger.trials else 0


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
