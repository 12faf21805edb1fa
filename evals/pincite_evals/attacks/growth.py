"""Reading time against size: a text made to be slow must not take more than its length in time."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from pincite_evals.attacks.trials import Plan, Trial
from pincite_evals.attacks.workers import Outcome, Worker

LARGEST_GROWTH = 2.5
"""Of the time when the input doubles: 2 is in proportion, 4 its square."""
_MEASURABLE_S = 0.4
_PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Adversary:
    """A text of any size: ``before``, then ``unit`` repeated, then ``after``."""

    suffix: str
    before: str
    unit: str
    after: str = ""

    @property
    def name(self) -> str:
        """What it is, in ASCII."""
        parts = " + ".join(ascii(each[:30]) for each in (self.before, self.unit, self.after))
        return f"{self.suffix} {parts}"


_NOTEBOOK = ('{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "markdown", "source": "', '"}]}')
_HTML = ("<html><body><p>Words.</p>", "</body></html>")
_RTF = ("{\\rtf1 Words. ", "}")
KNOWN = (
    *(Adversary(".md", "# x", unit, "y\n\nWords.\n") for unit in (" ", "\t", "#", " #", "\u00a0", "\u3000")),
    *(Adversary(".md", "x", unit, "y\n===\n\nWords.\n") for unit in (" ", "\t", "= ")),
    *(Adversary(".md", "---\ntitle:", unit, "x\n---\n\nWords.\n") for unit in (" ", "'", '"', "\t")),
    *(Adversary(suffix, "", unit, "\n\nWords follow here.\n") for suffix in (".txt", ".md") for unit in ("I", "IV",
    "M")),
    *(
        Adversary(suffix, "Words.\n\n", unit, "\n")
        for suffix in (".txt", ".md")
        for unit in (
            "# Heading\n", "# Heading\n\nWords.\n\n", "Article 1\n\n", "1. One\n\n", "1.1", "1.", "(a)", "§ ",
            "Chapter ",
            "A. ", "Mr. ", '"', "(", "[", "*", "_", "`", "~~~\n", "> ", "- ", "|", "| a ", "-", ".", "…", "\n", " \n",
            "\r",
            "\u2028", "a\u0300", "\u200b", "\u202e", "word ", "Word. ", "WORD ", "Page 1 of 2\n", "http://", "a@",
            "&", "<",
            "![", "](", "<!--", "\\", "9", "9,", "1/", "é", "中", "。", "\U0001f600", "e.g. ", "No. 1 ", "“", "’s ",
        )
    ),
    *(Adversary(".html", _HTML[0], unit, _HTML[1]) for unit in (
        "<div>", "<p>", "<h1>a</h1>", "<b>", "<table>", "<td>", "<tr><td>a", "&", "&#", "<!--", "<", "<a href=",
        "<li>", " ",
        "<br>", "<nav>", "<span>a</span>", "\n", "<pre>", "<script>", "<h1>", "<title>", "<![CDATA[",
    )),
    *(Adversary(".rtf", _RTF[0], unit, _RTF[1]) for unit in (
        "{", "}", "\\", "\\'", "\\u", "\\u1", "\\par ", "\\outlinelevel0 ", "\\outlinelevel", "{\\*", "\\bin9", " ",
        "\\b0",
    )),
    *(Adversary(suffix, "a,b\n", unit, "\n") for suffix in (".csv", ".tsv") for unit in (
        ",", '"', "1,2\n", "\t", "a\n", ";", "|", '""', "\n", "\r", "a,", '"a', "1",
    )),
    *(Adversary(".ipynb", _NOTEBOOK[0], unit, _NOTEBOOK[1]) for unit in ("# a\\n", " ", "#", "\\u001b[", "I", "[",
    "- ")),
    *(Adversary(".pdf", "%PDF-1.7\n", unit, "\nstartxref\n0\n%%EOF\n") for unit in (
        "/Linearized ", "1 0 obj\n", "<<", "[", "(", " ", "stream\n", "endobj\n", "%", "xref\n", "trailer<<>>",
    )),
)  # fmt: skip
"""What took more than its share of time once, and what is likely to."""

_UNITS = (
    " ", "\t", "\n", "#", "=", "-", "*", "_", "`", ">", "|", "I", "V", "X", "1", "9", "0", ".", ",", ":", ";", "(",
    ")", "[",
    "]", "{", "}", "<", ">", "&", "\\", "/", '"', "'", "“", "”", "a", "A", "Article", "Section", "Chapter", "Part",
    "§", "No",
    "e.g.", "Mr.", "page", "Page", "of", "title:", "---", "===", "![", "](", "\u00a0", "\u200b", "\u0300", "中", "。",
    "é", "\r",
)  # fmt: skip
_SUFFIXES = (".txt", ".md", ".html", ".rtf", ".csv", ".ipynb")


def made(seed: int) -> Adversary:
    """Return a text of a seed: a unit of one to four pieces, between a beginning and an end that may not fit it."""
    rng = random.Random(f"growth/{seed}")
    suffix = rng.choice(_SUFFIXES)
    around = {".html": _HTML, ".rtf": _RTF, ".ipynb": _NOTEBOOK}.get(suffix, ("", "\n"))
    before = "".join(rng.choices(_UNITS, k=rng.randrange(4)))
    after = "".join(rng.choices(_UNITS, k=rng.randrange(3)))
    unit = "".join(rng.choices(_UNITS, k=rng.randint(1, 4)))
    if suffix == ".ipynb":
        before, unit, after = (json.dumps(each, ensure_ascii=False)[1:-1] for each in (before, unit, after))
    return Adversary(suffix, around[0] + before, unit or " ", after + around[1])


def attack(plan: Plan) -> Iterator[Trial]:
    """Double each known text, and texts made of seeds, until the time can be measured; then compare."""
    largest = 1 << (16 if plan.short else 20)
    with Worker("pincite_evals.attacks.tasks:read_text") as worker:
        known = KNOWN[:: 15 if plan.short else 1]
        yield from _tried(plan, worker, [(each, plan.seed, each.name) for each in known], largest)
        seeds = plan.seeds(4 if plan.short else 300)
        yield from _tried(plan, worker, [(made(seed), seed, f"made: {made(seed).name}") for seed in seeds], largest)


def _tried(plan: Plan, worker: Worker, cases: list[tuple[Adversary, int, str]], largest: int) -> Iterator[Trial]:
    for adversary, seed, name in cases[: plan.count]:
        if plan.wants(name, seed):
            figures: dict[str, float] = {}
            work = partial(growth, worker, adversary, largest, figures)
            yield plan.tried(name, work, seed=seed, figures=figures)


def growth(worker: Worker, adversary: Adversary, largest: int, figures: dict[str, float]) -> str | None:
    """Return how a text's reading time outgrows it, or ``None``; fills ``growth`` where it could be measured."""

    def measure(size: int) -> Outcome:
        given = {
            "suffix": adversary.suffix,
            "before": adversary.before,
            "unit": adversary.unit,
            "after": adversary.after,
        }
        return worker.do({**given, "size": size}, _PATIENCE_S)

    size, last = 1 << 12, 0.0
    measure(size)  # the first of its kind loads its reader
    while True:
        outcome = measure(size)
        if outcome.cpu_s >= _MEASURABLE_S and outcome.ended == "done":
            again = measure(size)
            outcome = again if again.cpu_s < outcome.cpu_s else outcome
        if outcome.ended == "too long":
            return f"{size:,} characters took more than {_PATIENCE_S:.0f} s, half of them {last:.2f} s"
        if outcome.reason is not None:
            return f"at {size:,} characters: {outcome.reason}"
        if outcome.cpu_s >= _MEASURABLE_S or size >= largest:
            break
        size, last = 2 * size, outcome.cpu_s
    figures["cpu_s_per_mb"] = round(outcome.cpu_s / size * 1e6, 2)
    if outcome.cpu_s < _MEASURABLE_S:
        return None
    # Of several measurements the least is nearest to the truth: what else runs here can only add to it.
    whole, half = outcome.cpu_s, last or measure(size // 2).cpu_s
    for _ in range(4):
        if whole <= LARGEST_GROWTH * half:
            break
        half, whole = min(half, measure(size // 2).cpu_s), min(whole, measure(size).cpu_s)
    figures["growth"] = round(whole / max(half, 1e-3), 2)
    if whole <= LARGEST_GROWTH * half:
        return None
    return f"{size // 2:,} characters took {half:.2f} s and {size:,} took {whole:.2f} s"
