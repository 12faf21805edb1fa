"""That the attacks tell what holds from what does not; the short run of all of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import attack_toys
import httpx
import pytest

from pincite_evals.attacks import __main__ as command
from pincite_evals.attacks import connections, damaging, flips, http, inputs, kills, page
from pincite_evals.attacks.bombs import defused
from pincite_evals.attacks.growth import Adversary, growth, made
from pincite_evals.attacks.hostile_files import hostile, samples
from pincite_evals.attacks.kinds import KINDS, attack_of
from pincite_evals.attacks.page_visitor import Event
from pincite_evals.attacks.processes import tree
from pincite_evals.attacks.trials import Ledger, Plan, Trial, one_line
from pincite_evals.attacks.workers import Worker

OPTIONS = {"seed": 0}


@pytest.fixture
def worker(monkeypatch):
    """Return what makes a worker of a toy."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
    made = []

    def make(name, **options):
        made.append(Worker(f"attack_toys:{name}", **options))
        return made[-1]

    yield make
    for each in made:
        each.__exit__(None, None, None)


def test_every_kind_can_be_imported():
    assert all(callable(attack_of(kind)) for kind in KINDS)


def test_the_account_names_what_failed_and_how_to_repeat_it():
    ledger = Ledger(None, OPTIONS)
    ledger.note(Trial("page", "one", 3, figures={"peak_mb": 7}))
    ledger.note(Trial("page", "two's", 4, "got through", figures={"peak_mb": 9}))
    ledger.note(Trial("kills", "a writer", 5))
    rows = [line.split() for line in ledger.table().splitlines()]
    assert rows[1] == ["page", "2", "1", "1", "3-4", "0", "peak_mb", "9"]
    assert rows[2][:5] == ["kills", "1", "1", "0", "5"]
    assert rows[3][:4] == ["all", "3", "2", "1"]
    assert "--only page --case 'two'\"'\"'s' --seed 4 --count 1" in ledger.table()
    assert ledger.to_dict()["kinds"]["page"] == {
        "tried": 2,
        "held": 1,
        "failed": 1,
        "seconds": 0,
        "worst": {"peak_mb": 9},
    }


def test_a_run_goes_on_where_it_was_killed(tmp_path):
    path = tmp_path / "checkpoint"
    ledger = Ledger(path, OPTIONS)
    ledger.note(Trial("kills", "a writer", 1))
    ledger.note(Trial("kills", "a writer", 2, "lost\udce9"[:4], figures={"x": 1.5}))
    path.write_bytes(path.read_bytes() + b'{"kind": "kills", "na')
    again = Ledger(path, OPTIONS)
    assert again.trials == ledger.trials
    assert again.done("kills") == {("a writer", 1), ("a writer", 2)}
    again.note(Trial("kills", "a writer", 3))
    assert len(Ledger(path, OPTIONS).trials) == 3
    plan = Plan("kills", tmp_path, done=again.done("kills"))
    assert [seed for seed in range(5) if plan.wants("a writer", seed)] == [0, 4]
    with pytest.raises(SystemExit, match="expected the checkpoint of a run with the same options"):
        Ledger(path, {"seed": 1})


def test_reasons_are_lines():
    assert one_line("a\nb\u202ec\x1b") == "a b\\x202ec\\x1b"
    assert len(one_line("a" * 5_000)) == 301


@pytest.mark.parametrize(("keep_going", "tried"), [(False, 2), (True, 4)])
def test_the_exit_status_and_when_it_stops(monkeypatch, capsys, keep_going, tried):
    def attack(plan):
        yield plan.tried("holds", lambda: None)
        yield plan.tried("does not", lambda: "got through" if plan.kind == "page" else None)

    monkeypatch.setattr(command, "run", lambda ledger, arguments: run(ledger, arguments, lambda kind: attack))
    given = ["--only", "page", "--only", "http", *(["--keep-going"] if keep_going else [])]
    handler = signal.getsignal(signal.SIGTERM)
    try:
        assert command.main(given) == 1
        assert command.main(["--only", "http"]) == 0
    finally:
        signal.signal(signal.SIGTERM, handler)
    assert capsys.readouterr().out.count("FAILED") == 1


run = command.run


def test_a_kind_that_breaks_off_has_failed(tmp_path):
    def attack(plan):
        yield plan.tried("holds", lambda: None)
        raise OSError("no server")

    trials = list(command._all(lambda kind: attack, Plan("page", tmp_path)))
    assert [trial.held for trial in trials] == [True, False]
    assert trials[1].reason == "broke off (OSError: no server)"


def test_an_attack_that_cannot_be_made_is_no_success(tmp_path):
    trial = Plan("page", tmp_path).tried("one", lambda: 1 / 0)
    assert not trial.held
    assert trial.reason.startswith("could not be tried (ZeroDivisionError")


@pytest.mark.slow
def test_a_worker_is_measured_bounded_and_replaced(worker):
    working = worker("works")
    assert working.do({"n": 2}, 60).result == {"doubled": 4}
    assert worker("fails").do({}, 60).reason.startswith("raised ValueError: a careless reader")
    dying = worker("dies")
    for _ in range(2):
        assert dying.do({}, 60).ended == "died"
    sleeping = worker("sleeps")
    first = sleeping.pid
    outcome = sleeping.do({}, 0.3)
    assert (outcome.ended, outcome.seconds < 30) == ("too long", True)
    assert tree(first) == [first]
    assert not Path(f"/proc/{first}").exists()
    greedy = worker("hoards", most_bytes=400_000_000).do({}, 60)
    assert greedy.ended == "too much memory" or greedy.result["type"] == "MemoryError"


def test_after_a_fault_of_the_watcher_a_worker_begins_anew(worker, monkeypatch):
    """Else the answer to one task was taken for the next one's: a process that is watched may end at any moment."""
    working = worker("works")
    assert working.do({"n": 2}, 60).result == {"doubled": 4}
    with monkeypatch.context() as patched:
        patched.setattr("pincite_evals.attacks.workers.private_bytes", lambda pid: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            working.do({"n": 3}, 60)
    assert working.do({"n": 4}, 60).result == {"doubled": 8}


def test_the_tree_of_a_process_that_has_ended_is_itself():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    assert tree(child) == [child]


def test_a_worker_ends_with_whoever_started_it(tmp_path):
    script = (
        "import os, signal; from pincite_evals.attacks.workers import Worker\n"
        "worker = Worker('attack_toys:works'); print(worker.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=False)
    pid = int(shown.stdout)
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists() or "Z (" in Path(f"/proc/{pid}/status").read_text():
            return
        time.sleep(0.05)
    raise AssertionError("it lives on")


@pytest.mark.slow
def test_a_reader_whose_time_outgrows_its_text_is_found(worker):
    figures = {}
    adversary = Adversary(".txt", "", "a")
    assert growth(worker("linear"), adversary, 1 << 20, figures) is None
    assert growth(worker("quadratic"), adversary, 1 << 20, figures)
    assert figures["growth"] > 3
    assert "raised ValueError" in growth(worker("fails"), adversary, 1 << 20, {})


@pytest.mark.slow
def test_a_bomb_that_goes_off_is_found(worker, tmp_path):
    bad = b"PK\x03\x04 broken"

    def outcome(name):
        return defused(worker(name), tmp_path, "bomb.docx", {}, bad)

    assert defused(Worker_of_ours(worker), tmp_path, "bomb.docx", {}, bad) is None
    assert "neither indexed nor named" in outcome("loses_the_bad")
    assert "the good file beside it" in outcome("loses_the_good")
    assert "took 1," in outcome("hungry")
    assert "a good file alone could not be indexed" in outcome("dies")


def Worker_of_ours(make):  # noqa: N802 - reads as what it makes
    return make("index_folder")


@pytest.mark.slow
def test_the_one_file_that_ends_a_run_is_found_among_many(worker, tmp_path):
    work = worker("trips")
    plan = Plan("inputs", tmp_path)
    batch = range(3, 13)
    trials = list(
        inputs._of_batch(plan, "from a folder", batch, lambda seeds: inputs.from_folder(work, tmp_path, seeds))
    )
    assert [trial.seed for trial in trials if not trial.held] == [7]
    assert sorted(trial.seed for trial in trials) == list(batch)
    assert "neither indexed nor named" in inputs.from_folder(worker("loses_the_bad"), tmp_path, range(40))


def test_hostile_files_repeat_by_seed_and_are_of_every_kind():
    first = [hostile(seed) for seed in range(400)]
    assert first == [hostile(seed) for seed in range(400)]
    assert {suffix for suffix in samples() if any(name.lower().endswith(suffix) for name, _ in first)} == set(samples())
    assert len(samples()) >= 12
    assert any(b"9" * 5_000 in content for _, content in first)
    assert any(not name.isprintable() for name, _ in first)
    assert made(3) == made(3)


@pytest.mark.parametrize(("guarded", "found"), [(False, True), (True, False)])
def test_a_page_that_reads_any_file_is_found(tmp_path, monkeypatch, guarded, found):
    event = Event(0, "_run", ("file",), (1,))
    with attack_toys.toy_server(tmp_path, guarded=guarded) as toy:
        monkeypatch.chdir(tmp_path)
        for form in ("absolute", "relative", "from its own folder", "link"):
            for wrap in ("file object", "list of file objects", "escaped"):
                reason = page.reads_outside(toy, None, event, form, wrap, "", [], route="run/predict")
                assert bool(reason) == found, (form, wrap, reason)
        plan = Plan("page", tmp_path, case="absolute path, file object", short=True)
        trials = list(page.attack_page(plan, "toy", toy, None))
        assert trials
        # The toy has no queue: through the routes that answer at once the same is found.
        plan = replace(plan, case="route run/predict, absolute path")
        assert [trial.held for trial in page.attack_page(plan, "toy", toy, None)] == [not found]


def test_guesses_without_delay_and_headers_without_end_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr(connections, "_GUESSING_S", 1.0)
    monkeypatch.setattr(connections, "_HEADERS_S", 2.0)
    monkeypatch.setattr(connections, "served_meanwhile", lambda served: None)
    with attack_toys.toy_server(tmp_path, guarded=True) as toy:
        assert "guesses were looked at" in connections.guess(toy)
        assert "5 of 5 connections are still open" in connections.half_sent(toy, 5, wait=True)
        assert "5 of 5 are still taken from" in connections.dripping(toy, 5, connections._drip_headers, 2.0)


@pytest.mark.parametrize(
    ("status", "said", "found"),
    [
        (404, "no document with this id", None),
        (200, "words purple heron.", "the owner's words came back"),
        (422, "/canary-of-the-toy/data/x: broken", "a path of the server is told"),
        (400, 'Traceback: File "app.py"', "a path of the server is told"),
        (401, "not pincite_abc", "a key is told"),
        (500, "the server failed", "status 500"),
    ],
)
def test_what_an_answer_must_not_hold_is_found(tmp_path, status, said, found):
    with attack_toys.toy_server(tmp_path, guarded=True) as toy:
        toy.keys = {"owner": "pincite_abc"}
        reason = http._bad(toy, httpx.Response(status, text=said))
    assert reason is None if found is None else reason.startswith(found)


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.timeout(900)
def test_damage_that_is_not_noticed_is_found(worker, tmp_path):
    index = tmp_path / "index"
    questions = flips.made(index, 40)
    files = [index / "CURRENT", *sorted(damaging.generation_of(index).iterdir())]
    before = [path.read_bytes() for path in files]
    plan = Plan("flips", tmp_path)

    def reasons(work, seed=1):
        return [trial.reason for trial in flips.damaged(work, plan, index, questions, seed, anywhere=10)]

    with Worker("pincite_evals.attacks.tasks:ask_index") as asking:
        asking.do({"index": str(index), "questions": questions[:1]}, 600)
        found = reasons(asking)
        assert len(found) > 20
        assert found == [None] * len(found)
    assert any("raised KeyError" in (reason or "") for reason in reasons(worker("bare")))
    assert any("answered" in (reason or "") for reason in reasons(worker("forgetful")))
    assert [path.read_bytes() for path in files] == before


@pytest.mark.slow
def test_a_writer_that_leaves_nothing_when_it_is_killed_is_found(worker, tmp_path):
    with Worker("pincite_evals.attacks.kills:task") as sound:
        known = kills._prepared(sound, tmp_path / "sound")
        for seed in range(3):
            assert kills._once(sound, "kill_writer", tmp_path / "sound", seed, known) is None
            assert kills._once(sound, "kill_reader", tmp_path / "sound", seed, known) is None
    careless = worker("careless_writer")
    found = []
    for seed in range(8):
        known = kills._prepared(careless, tmp_path / "careless")
        found.append(kills._once(careless, "kill_writer", tmp_path / "careless", seed, known))
    assert any("IndexNotFound" in (reason or "") for reason in found)


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.timeout(900)
def test_the_short_run_holds(tmp_path):
    pytest.importorskip("gradio")
    account = tmp_path / "account.json"
    shown = subprocess.run(
        [sys.executable, "-m", "pincite_evals.attacks", "--short", "--keep-going", "--json", str(account)],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stdout + shown.stderr
    kinds = json.loads(account.read_text("utf-8"))["kinds"]
    assert kinds.keys() == KINDS.keys()
    assert all(kind["tried"] > 0 for kind in kinds.values())
