"""The server under load: ``python -m pincite_evals.serving_load --docs corpus --seconds 15``.

The server runs in a process of its own on loopback; the clients share one event loop, each asks the next question as
soon as it has the answer to the last.  First with room for all to wait, for what the machine does; then with the
limits as they are by default, for what a server does that is asked for more than it can do.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import quantiles

import httpx

CLIENTS = (1, 8, 64)
ROUTES = {"/v1/search": "query", "/v1/ask": "question"}
QUESTIONS = (
    "What does Article 5 say?",
    "When was Article 5 invoked?",
    "What is cooperative security?",
    "How does NATO respond to cyber incidents?",
    "Who is the Secretary General?",
    "What does crisis management cover?",
    "When was NATO established?",
    "What is NATO's defence spending target?",
)
RESULTS = Path(__file__).parents[1] / "results" / "serving.md"


@dataclass(frozen=True, slots=True)
class Load:
    """What so many clients got of one route in so many seconds: the times of the answers, and all statuses."""

    route: str
    clients: int
    seconds: float
    times: tuple[float, ...]
    statuses: Counter[int]

    def row(self) -> str:
        """Return it as a row of a Markdown table."""
        cuts = quantiles(self.times, n=100, method="inclusive") if len(self.times) > 1 else [*self.times] * 99
        figures = " | ".join(f"{1000 * cuts[p - 1]:.0f}" for p in (50, 95, 99))
        refused = self.statuses[429] / self.statuses.total()
        return f"| `{self.route}` | {self.clients} | {len(self.times) / self.seconds:.1f} | {figures} | {refused:.0%} |"


@contextmanager
def server(docs: Path, *options: str) -> Iterator[str]:
    """Run a server over an index of some documents; yield its address."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        index = str(folder / "index")
        pincite = [sys.executable, "-m", "pincite"]
        subprocess.run([*pincite, "index", str(docs), "--index", index], check=True, capture_output=True)
        command = [*pincite, "serve", "--index", index, "--data", str(folder / "data"), "--port", "0", "--no-page"]
        command += ["--keys", str(folder / "no-keys.json"), *options]
        log = folder / "log"
        with log.open("w", encoding="utf-8") as sink:
            process = subprocess.Popen(command, stderr=sink, env={**os.environ, "COLUMNS": "200"})
        try:
            deadline = time.monotonic() + 120
            while (found := re.search(r"ready at (http://\S+)", log.read_text("utf-8"))) is None:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"the server did not start: {log.read_text('utf-8')}")
                time.sleep(0.1)
            yield found[1]
        finally:
            process.terminate()
            process.wait(60)


async def load(address: str, route: str, clients: int, seconds: float) -> Load:
    """Let so many clients ask for so long; whoever is refused comes back when told to."""
    times: list[float] = []
    statuses: Counter[int] = Counter()
    questions = cycle(QUESTIONS)
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=120) as client:
        end = time.perf_counter() + seconds

        async def ask() -> None:
            while time.perf_counter() < end:
                started = time.perf_counter()
                response = await client.post(route, json={ROUTES[route]: next(questions)})
                statuses[response.status_code] += 1
                if response.status_code == 200:
                    times.append(time.perf_counter() - started)
                else:
                    wait = float(response.headers.get("retry-after", 1))
                    await asyncio.sleep(max(0.0, min(wait, end - time.perf_counter())))

        started = time.perf_counter()
        await asyncio.gather(*(ask() for _ in range(clients)))
        elapsed = time.perf_counter() - started
    return Load(route, clients, elapsed, tuple(times), statuses)


def measure(docs: Path, seconds: float) -> str:
    """Return the whole page of results."""
    head = "| route | clients | answers a second | p50, ms | p95, ms | p99, ms | refused (429) |\n"
    head += "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    busy = os.getloadavg()[0]
    with server(docs, "--waiting", "1000") as address:
        asyncio.run(load(address, "/v1/ask", 2, min(5.0, seconds)))
        roomy = [asyncio.run(load(address, route, n, seconds)) for route in ROUTES for n in CLIENTS]
    with server(docs) as address:
        asyncio.run(load(address, "/v1/ask", 2, min(5.0, seconds)))
        tight = [asyncio.run(load(address, "/v1/ask", 64, seconds))]
    others = sum((Counter(each.statuses) for each in (*roomy, *tight)), Counter[int]())
    faults = {status: n for status, n in others.items() if status not in {200, 429}}
    return f"""# The server under load

`python -m pincite_evals.serving_load --docs {docs} --seconds {seconds:g}`; {platform.machine()}, {os.cpu_count()} cores
shared with the clients and with others (load average before: {busy:.1f}). One process; {len(QUESTIONS)} questions in
turn, each client asks as soon as it has its answer. Answers with another status than 200 or 429: {faults or "none"}.

Room for all to wait (`--waiting 1000`), one request at work for each core:

{head}
{chr(10).join(each.row() for each in roomy)}

The limits by default (16 wait, the others are refused and come back after `Retry-After`):

{head}
{chr(10).join(each.row() for each in tight)}

Beyond eight clients more of them get longer waits and not more answers. With the limits by default the wait of those
who are let in stays bounded, and who is refused is told when to come again.
"""


def main() -> None:
    """Measure, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, default=Path("corpus"), help="documents to ask")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of each measurement")
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    page = measure(arguments.docs, arguments.seconds)
    arguments.out.write_text(page, "utf-8")
    print(page)


if __name__ == "__main__":
    main()
