"""How fast the page is, measured in the browser: ``python -m pincite_evals.page_speed``.

Each run starts a ``pincite ui`` and a Chromium of its own, both with nothing in their caches, opens the page, and asks.
Times come from the browser's own clock: first paint from the start of navigation, an answer from the moment that the
request for it leaves for the server to the moment that the answer is drawn.

Needs ``pip install 'pincite[test]'`` and a Chromium.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Figures = dict[str, float]

FIRST = "What does Article 5 say?"
NEXT = ("What is cooperative security?", "When was Article 5 invoked?", "How many soldiers does NATO command?")
LABELS = {
    "paint": "page: first paint after navigation starts",
    "usable": "page: welcome and question box drawn",
    "words": "first question: first words drawn",
    "answer": "first question: whole answer drawn, with its citations",
    "next": "later questions: whole answer drawn (median of 3)",
    "server": "of the first question, in `Assistant`",
    "next_server": "of the later ones, in `Assistant`",
}

# Notes the moment at which what a selector names is first drawn.
OBSERVER = """
  window.drawn = (selector) => new Promise((done, failed) => {
    const until = performance.now() + 30000;
    const look = () => {
      if (performance.now() > until) return failed(new Error(`${selector} is never drawn`));
      if (!document.querySelector(selector)) return requestAnimationFrame(look);
      requestAnimationFrame(() => done(performance.now()));
    };
    look();
  });
"""
ASK = """
  async (n) => {
    const box = document.querySelector("#pc-question textarea");
    performance.clearResourceTimings();
    const turn = `.pc-turn:nth-child(${n})`;
    const words = window.drawn(`${turn} :is(.pc-said, .pc-none)`);
    const answer = window.drawn(`${turn}[data-state=done] .pc-tools`);
    box.dispatchEvent(new KeyboardEvent("keypress", { key: "Enter", bubbles: true }));
    const ends = [await words, await answer];
    const sent = performance.getEntriesByType("resource").filter((each) => each.name.includes("/queue/join"))[0];
    const said = document.querySelector(`${turn} .pc-tools .pc-fine`).textContent;
    return { words: ends[0] - sent.requestStart, answer: ends[1] - sent.requestStart, said };
  }
"""


def main() -> None:
    """Run it and print a table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("google-chrome"))
    arguments = parser.parse_args()
    runs = [one_run(arguments.corpus, arguments.chromium) for _ in range(arguments.runs)]
    print(table(runs))


def table(runs: list[Figures]) -> str:
    """Return median, least and greatest of each figure, in milliseconds."""
    lines = ["| ms | median | least | greatest |", "| --- | ---: | ---: | ---: |"]
    for key, label in LABELS.items():
        values = [run[key] for run in runs]
        lines.append(f"| {label} | {statistics.median(values):.0f} | {min(values):.0f} | {max(values):.0f} |")
    return "\n".join(lines)


def one_run(corpus: Path, chromium: str) -> Figures:
    """Start a server and a browser, open the page, and ask."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, _server(corpus, Path(folder)) as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1400, "height": 860})
        page.add_init_script(OBSERVER)
        page.goto(address, wait_until="commit")
        usable = page.evaluate("() => window.drawn('.pc-welcome')")
        paint = page.evaluate("() => performance.getEntriesByName('first-contentful-paint')[0].startTime")
        page.wait_for_load_state("networkidle")
        asked = []
        for n, question in enumerate((FIRST, *NEXT), start=1):
            page.fill("#pc-question textarea", question)
            page.wait_for_timeout(100)
            asked.append(page.evaluate(ASK, n))
        first, *later = asked
        browser.close()
    return {
        "paint": paint,
        "usable": usable,
        "words": first["words"],
        "answer": first["answer"],
        "next": statistics.median(each["answer"] for each in later),
        "next_server": statistics.median(_seconds(each["said"]) * 1000 for each in later),
        "server": _seconds(first["said"]) * 1000,
    }


@contextmanager
def _server(corpus: Path, folder: Path) -> Iterator[str]:
    command: list[Any] = [sys.executable, "-m", "pincite", "ui", corpus.resolve(), "--index", folder / "index"]
    command += ["--data", folder / "data", "--port", "0", "--no-browser"]
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if (ready := re.search(r"ready at (\S+)", line)) is not None:
                    yield ready[1]
                    break
            else:
                raise SystemExit("the server ended before it was ready")
        finally:
            process.terminate()


def _seconds(said: str) -> float:
    """Return the time in what stands under an answer, such as "67 % sure · 168 ms"."""
    number, unit = said.rpartition("· ")[2].split()
    return float(number) / (1000 if unit == "ms" else 1)


if __name__ == "__main__":
    main()
