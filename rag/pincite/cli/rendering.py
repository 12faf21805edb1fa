"""What the commands print: Rich text for people, JSON for programs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from pincite.answers import Answer
from pincite.cli.escaping import CONTROLS, one_line
from pincite.types import Document, Failure, Hit, IndexReport, Progress, ProgressCallback, Section, Span

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

PROGRESS_AFTER_SECONDS = 1.0
"""Work that ends sooner shows no bar."""


def shown(text: str, style: str = "") -> Text:
    """Return text from a document or a person as a terminal may show it: no escape sequence, no bidi control."""
    return Text(text.replace("\r\n", "\n").translate(CONTROLS), style=style)


def shown_in_line(text: str, style: str = "") -> Text:
    """Return a name, or a sentence that holds one, as a terminal may show it within a line."""
    return Text(one_line(text), style=style)


def print_json(value: Any) -> None:
    """Write ``value`` to standard output as indented JSON in UTF-8; times in ISO 8601.

    A name or question that is not UTF-8 itself, as the system may hand it over, is shown with stand-ins.
    """
    sys.stdout.flush()
    written = json.dumps(value, indent=2, ensure_ascii=False, default=datetime.isoformat)
    sys.stdout.buffer.write(written.encode("utf-8", "replace") + b"\n")


def notice(message: str) -> None:
    """Tell the person something beside the result, on standard error."""
    err.print(shown_in_line(message, "dim"))


def print_failures(failures: Sequence[Failure]) -> None:
    """Name each failure and its reason on standard error, a line each."""
    for failure in failures:
        err.print(shown_in_line(f"failed: {failure.source}: {failure.reason}", "red"), soft_wrap=True)


def print_answer(answer: Answer) -> None:
    """Print an answer with its sources, or an abstention with the nearest passages."""
    if answer.text is None:
        out.print(Text(answer.reason or "", style="bold yellow"))
        if answer.notice:
            out.print(shown(answer.notice, "yellow"))
        out.print(Text(f"confidence {answer.confidence:.2f}; the nearest passages:\n", style="dim"))
        print_hits(answer.hits[:3])
        return
    out.print(shown(answer.text, "bold"))
    out.print()
    for citation in answer.citations:
        out.print(_headed(f"[{citation.n}] ", citation.section))
        place = _place(citation.doc_id, citation.page, citation.span)
        out.print(Padding(shown(f"“{citation.quote}”"), (0, 0, 0, 4)), Padding(place, (0, 0, 1, 4)), sep="\n")
    if answer.unsupported:
        out.print(Text("[?] no passage supports this", style="yellow"))
    if answer.notice:
        out.print(shown(answer.notice, "yellow"))
    by = f", written by {answer.generated_by}" if answer.generated_by else ""
    out.print(shown(f"confidence {answer.confidence:.2f}, {answer.seconds * 1000:.0f} ms{by}", "dim"))


def print_hits(hits: Sequence[Hit]) -> None:
    """Print passages with rank, score, place and text."""
    if not hits:
        out.print(Text("no passage found", style="yellow"))
    for hit in hits:
        out.print(_headed(f"{hit.rank:>2}. {hit.score:.2f}  ", hit.chunk.section))
        place = _place(hit.chunk.doc_id, hit.chunk.page, hit.chunk.span)
        out.print(Padding(shown(hit.chunk.text), (0, 0, 0, 4)), Padding(place, (0, 0, 1, 4)), sep="\n")


def print_sections(document: Document) -> None:
    """Print the tree of sections with the characters of each."""
    out.print(_branch(document.root))


def print_report(report: IndexReport, folder: str) -> None:
    """Print what an indexing run did."""
    counts = [
        f"{len(ids)} {name}"
        for name, ids in (
            ("added", report.added),
            ("changed", report.changed),
            ("unchanged", report.unchanged),
            ("removed", report.removed),
        )
        if ids
    ]
    failed = f", {len(report.failures)} failed" if report.failures else ""
    out.print(
        shown_in_line(f"{', '.join(counts) or 'nothing to do'}{failed}: {report.n_chunks} passages in {folder}"),
        Text(f"{report.seconds:.1f} s", style="dim"),
    )


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under column heads, all as plain text."""
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(shown_in_line(cell) for cell in row))
    out.print(table)


@contextmanager
def progress_bars(*, quiet: bool = False) -> Iterator[ProgressCallback]:
    """Show a bar with rate and time left, on a terminal, for each stage of work that takes longer than a second."""
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    )
    silent = quiet or not err.is_terminal
    started = time.monotonic()
    stages: dict[str, tuple[Any, float]] = {}

    def report(progress: Progress) -> None:
        now = time.monotonic()
        if silent or now - started < PROGRESS_AFTER_SECONDS:
            return
        if progress.stage not in stages:
            bars.start()
            stages[progress.stage] = bars.add_task(progress.stage, total=progress.total, rate=""), now
        task, since = stages[progress.stage]
        rate = f"{progress.done / (now - since):,.0f} {progress.unit}/s" if now - since > 1 else progress.unit
        bars.update(task, completed=progress.done, total=progress.total, rate=rate)

    try:
        yield report
    finally:
        if stages:  # bars that were never started print a line when they are stopped
            bars.stop()


def _headed(mark: str, section: tuple[str, ...]) -> Text:
    """Return a mark and the headings below the title."""
    return Text(mark, style="bold cyan") + shown_in_line(" › ".join(section[1:] or section), "bold")


def _place(doc_id: str, page: int | None, span: Span) -> Text:
    """Return document, page and characters, in one line."""
    page_part = f", page {page}" if page is not None else ""
    return shown_in_line(f"{doc_id}{page_part}, characters {span.start}-{span.end}", "dim")


def _branch(section: Section) -> Tree:
    """Return the Rich tree of a section and all below it."""
    tree = Tree(shown_in_line(section.title) + Text(f"  {section.span.start}-{section.span.end}", style="dim"))
    for child in section.children:
        tree.add(_branch(child))
    return tree
