"""How the time of reading grows: ``python -m pincite_evals.reading_growth [SUFFIX ...]``.

Prints, for each reader, the adversarial document whose time grows fastest when it becomes four times as long, as the
factor for one doubling (2 is linear, 4 quadratic) and as an exponent; the pattern of the library whose time grows
fastest; and the seconds that a megabyte of headings takes.  To compare with another checkout, set ``PYTHONPATH`` to
its ``rag``: the seconds of two runs at the same time can be divided by one another, their absolute size means little.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from pathlib import Path

from pincite.encoding.hashing import HashingEncoder
from pincite_evals.growth import READERS, Growth, document_growth, documents, find_patterns, pattern_growth
from pincite_evals.growth.documents import read_and_cut
from pincite_evals.growth.shapes import TEXTS
from pincite_evals.growth.timing import processor_time

HEADINGS = (
    (".md", "headings"),
    (".md", "underlined headings"),
    (".md", "headings without text"),
    (".txt", "plain headings"),
    (".txt", "numbered headings"),
    (".txt", "articles"),
)
CHARS = 300_000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suffixes", nargs="*", metavar="SUFFIX", help="such as .md; all by default")
    parser.add_argument("--headings", action="store_true", help="only the seconds that a megabyte of headings takes")
    given = parser.parse_args()
    if not given.headings:
        print("| reader | documents | fastest growth | factor | exponent |\n| --- | ---: | --- | ---: | ---: |")
        for suffix in given.suffixes or READERS:
            measured = [document_growth(suffix, make, name) for name, make in documents(suffix)]
            _print(suffix, len(measured), max(measured, key=lambda growth: growth.factor))
        if not given.suffixes:
            patterns = find_patterns("pincite", "pincite_ui", "pincite_evals")
            growths = [(pattern_growth(each.pattern, each.methods), each.name) for each in patterns]
            worst, name = max(((growth, name) for growth, name in growths if growth), key=lambda each: each[0].factor)
            _print(f"pattern {name}", len(patterns), worst)
        print()
    print("| a megabyte of | seconds of processor time |\n| --- | ---: |")
    encoder = HashingEncoder()
    with tempfile.TemporaryDirectory() as folder:
        for suffix, name in HEADINGS:
            path = Path(folder, f"file{suffix}")
            path.write_text(TEXTS[name](CHARS), "utf-8")
            seconds = processor_time(lambda path=path: read_and_cut(path, encoder)) * 1e6 / path.stat().st_size  # type: ignore[misc]
            print(f"| {name} ({suffix}) | {seconds:.2f} |")


def _print(what: str, count: int, growth: Growth) -> None:
    exponent = math.log2(growth.factor) if growth.factor > 0 else 0.0
    print(f"| {what} | {count} | {growth.what.replace('|', '¦')} | {growth.factor:.2f} | {exponent:.2f} |", flush=True)


if __name__ == "__main__":
    main()
