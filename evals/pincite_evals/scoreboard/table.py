"""The scoreboard as Markdown and as a drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO


@dataclass(frozen=True, slots=True)
class Column:
    """A column of figures; the best of each is set in bold."""

    key: str
    title: str
    digits: int = 0
    higher_is_better: bool = False


COSTS = (
    Column("index_seconds", "index, s", 1),
    Column("chunks_per_second", "chunks/s", higher_is_better=True),
    Column("p50_ms", "query p50, ms"),
    Column("p95_ms", "query p95, ms"),
    Column("first_answer", "start to first answer, s", 2),
    Column("index_peak_mb", "peak memory indexing, MB"),
    Column("ask_peak_mb", "peak memory asking, MB"),
    Column("index_mb", "index, MB", 1),
    Column("installed_mb", "installed, MB"),
)


def markdown(rows: Mapping[str, Mapping[str, float]], columns: Sequence[Column], head: str = "system") -> str:
    """Return a table; the best figure of each column is bold, and what was not measured is a dash."""
    best = {column.key: _best(rows, column) for column in columns}
    lines = [f"| {head} | " + " | ".join(c.title for c in columns) + " |", "|" + " --- |" * (len(columns) + 1)]
    for name, row in rows.items():
        cells = [_cell(row.get(column.key), column, best[column.key]) for column in columns]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def ratios(rows: Mapping[str, Mapping[str, float]], reference: str) -> dict[str, dict[str, float]]:
    """Return each figure over that of the reference."""
    base = rows[reference]
    return {name: {key: value / base[key] for key, value in row.items() if base.get(key)} for name, row in rows.items()}


def _best(rows: Mapping[str, Mapping[str, float]], column: Column) -> float | None:
    values = [round(row[column.key], column.digits) for row in rows.values() if column.key in row]
    if not values:
        return None
    return max(values) if column.higher_is_better else min(values)


def _cell(value: float | None, column: Column, best: float | None) -> str:
    if value is None:
        return "–"
    shown = f"{value:.{column.digits}f}"
    return f"**{shown}**" if round(value, column.digits) == best else shown


def drawing(quality: Mapping[str, Mapping[str, float]], measure: str) -> str:
    """Return an SVG of a measure by set, a bar for each system; readable on light and dark ground."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    systems = list(quality)
    sets = list(dict.fromkeys(name for row in quality.values() for name in row))
    ink, colours = "#6b7280", ["#2f6fde", "#b6bcc6", "#9aa1ad", "#7f8794", "#656d7a"]
    with mpl.rc_context({"svg.hashsalt": "pincite", "svg.fonttype": "none", "font.size": 9}):
        figure, axes = plt.subplots(figsize=(9, 3.6))
        width = 0.8 / len(systems)
        for n, system in enumerate(systems):
            places = [i + (n - (len(systems) - 1) / 2) * width for i in range(len(sets))]
            heights = [quality[system].get(name, 0) for name in sets]
            axes.bar(places, heights, width * 0.9, label=system, color=colours[n % len(colours)])
        axes.set_xticks(range(len(sets)), [name.replace("_", "\n") for name in sets], fontsize=7.5)
        axes.set_ylabel(measure, color=ink)
        axes.set_ylim(0, 1)
        axes.tick_params(colors=ink)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(ink)
        axes.legend(ncols=len(systems), loc="lower center", bbox_to_anchor=(0.5, 1), frameon=False, labelcolor=ink)
        figure.tight_layout()
        sink = StringIO()
        figure.savefig(sink, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        plt.close(figure)
    return sink.getvalue()
