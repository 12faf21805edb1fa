"""What reading in a process of its own costs: ``python -m pincite_evals.reading_speed --against CHECKOUT``.

Indexes the documents of the repository and some hundred generated ones with this tree and with another checkout in
turns, each run in a process of its own, and prints the best time of each and their ratio: until all files are read, and
until the index is written.  The encoder is the deterministic one, which takes least, so that reading weighs most.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
KINDS = ("txt", "md", "html", "csv", "docx", "xlsx", "pdf")
WORDS = (ROOT / "corpus" / "nato-defense-policies.txt").read_text("utf-8").split()

RUN = """
import json, sys, time
from pincite.encoding.hashing import HashingEncoder
from pincite import update_index
read = 0.0
def note(progress):
    global read
    if progress.stage == "reading" and progress.done == progress.total:
        read = read or time.perf_counter()
started = time.perf_counter()
report = update_index(sys.argv[1], sys.argv[2:], encoder=HashingEncoder(), progress=note)
ended = time.perf_counter()
n = len(report.added)
print(json.dumps({"read": read - started, "all": ended - started, "files": n, "failures": len(report.failures)}))
"""

START = """
import time, statistics, tempfile, pathlib
from pincite import ConfinedReader
path = pathlib.Path(tempfile.mkdtemp()) / "a.txt"
path.write_text("x")
taken = []
for _ in range(10):
    started = time.perf_counter()
    with ConfinedReader() as reader:
        reader.read_document(path)
        taken.append(time.perf_counter() - started)
print(min(taken), statistics.median(taken))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, required=True, metavar="CHECKOUT", help="The tree to compare with.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--generated", type=int, default=350, help="Files to make.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "generated"
        made.mkdir()
        generate(made, given.generated)
        folders = [str(each) for each in (made, ROOT / "corpus", ROOT / "evals" / "documents", ROOT / "tests" / "data")]
        best: dict[str, dict[str, float]] = {}
        for _ in range(given.rounds):
            for name, tree in (("before", given.against.resolve()), ("now", ROOT)):
                taken = json.loads(python(RUN, tree, str(Path(scratch) / "index"), *folders))
                shutil.rmtree(Path(scratch) / "index")
                held = best.setdefault(name, dict(taken))
                held.update({key: min(held[key], taken[key]) for key in ("read", "all")})
    for name, taken in best.items():
        print(
            f"{name:>6}: {taken['files']:.0f} files, {taken['failures']:.0f} refused, "
            f"read in {taken['read']:.2f} s, indexed in {taken['all']:.2f} s"
        )
    for key, what in (("read", "reading"), ("all", "indexing")):
        print(f"speed of {what}, now / before: {best['before'][key] / best['now'][key]:.2f}")
    least, median = map(float, python(START, ROOT).split())
    print(
        f"start of the process with a first file: {least * 1000:.0f} ms at best, {median * 1000:.0f} ms in the middle"
    )


def python(script: str, tree: Path, *arguments: str) -> str:
    """Run a script that sees one tree's packages first, and return what it prints."""
    environment = {**os.environ, "PYTHONPATH": str(tree / "rag")}
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def generate(folder: Path, n: int) -> None:
    """Make documents of all kinds, of one to some twenty pages."""
    rng = random.Random(12)
    for number in range(n):
        kind = KINDS[number % len(KINDS)]
        blocks = [[prose(rng) for _ in range(rng.randint(2, 6))] for _ in range(rng.randint(2, 30))]
        heads = [" ".join(rng.choices(WORDS, k=4)) for _ in blocks]
        make(folder / f"{number:04}.{kind}", heads, blocks)


def prose(rng: random.Random) -> str:
    """Return a paragraph."""
    return " ".join(rng.choices(WORDS, k=rng.randint(20, 120))) + "."


def make(path: Path, heads: list[str], blocks: list[list[str]]) -> None:
    """Write one document of headings and paragraphs, or rows."""
    parts = list(zip(heads, blocks, strict=True))
    match path.suffix:
        case ".txt":
            path.write_text("\n\n".join("\n\n".join((head, *texts)) for head, texts in parts), "utf-8")
        case ".md":
            path.write_text("\n\n".join("\n\n".join((f"## {head}", *texts)) for head, texts in parts), "utf-8")
        case ".html":
            body = "".join(f"<h2>{head}</h2>" + "".join(f"<p>{text}</p>" for text in texts) for head, texts in parts)
            path.write_text(f"<html><head><title>T</title></head><body>{body}</body></html>", "utf-8")
        case ".csv":
            rows = [f'{number},"{texts[0]}",{len(texts)}' for number, (_, texts) in enumerate(parts)]
            path.write_text("\n".join(["number,text,count", *rows]), "utf-8")
        case ".docx":
            import docx

            document = docx.Document()
            for head, texts in parts:
                document.add_heading(head, 2)
                for text in texts:
                    document.add_paragraph(text)
            document.save(str(path))
        case ".xlsx":
            import openpyxl

            book = openpyxl.Workbook()
            book.active.append(["head", "text", "count"])
            for head, texts in parts:
                book.active.append([head, texts[0], len(texts)])
            book.save(path)
        case _:
            from reportlab.lib.styles import getSampleStyleSheet
            from reportlab.platypus import Paragraph, SimpleDocTemplate

            styles = getSampleStyleSheet()
            story = [
                Paragraph(text, styles["Heading2" if at == 0 else "Normal"])
                for head, texts in parts
                for at, text in enumerate((head, *texts))
            ]
            SimpleDocTemplate(str(path)).build(story)


if __name__ == "__main__":
    started = time.perf_counter()
    main()
    print(f"measured in {time.perf_counter() - started:.0f} s")
