"""Jupyter notebooks: Markdown with its headings, code, and what it printed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pincite.errors import DamagedDocument
from pincite.reading.builder import TextBuilder
from pincite.reading.decoding import decode
from pincite.reading.plain import markdown_headings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pincite.reading.base import RawDocument, SourceFile

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def read_notebook(file: SourceFile) -> RawDocument:
    """Read a notebook of format 3 or 4.

    Raises
    ------
    DamagedDocument
        The file is not the JSON of a notebook.
    """
    import orjson

    try:
        notebook = orjson.loads(decode(file))
        # Format 3 keeps its cells in worksheets.
        sheets = [notebook] if "cells" in notebook else notebook["worksheets"]
        cells = [cell for sheet in sheets for cell in sheet["cells"]]
        out = TextBuilder(file)
        for cell in cells:
            _append_cell(cell, out)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, DamagedDocument):
            raise
        raise DamagedDocument(file.name, f"expected the JSON of a notebook ({error})") from error
    title = notebook.get("metadata", {}).get("title")
    return out.build(file, "application/x-ipynb+json", title=title if isinstance(title, str) else None)


def _append_cell(cell: dict[str, Any], out: TextBuilder) -> None:
    source = _joined(cell.get("source", cell.get("input", "")))
    kind = cell["cell_type"]
    if kind == "heading":
        out.block(source, level=int(cell.get("level", 1)))
    elif kind == "markdown":
        out.marked_block(source, markdown_headings(source))
    else:
        out.block(source)
    for text in _outputs(cell):
        out.block(_ANSI.sub("", text))


def _outputs(cell: dict[str, Any]) -> Iterator[str]:
    for output in cell.get("outputs", ()):
        if output.get("output_type") == "stream":
            yield _joined(output.get("text", ""))
        elif "data" in output:
            yield _joined(output["data"].get("text/plain", ""))


def _joined(source: str | list[str]) -> str:
    """Return a notebook's text, which may be kept as a list of lines."""
    return source if isinstance(source, str) else "".join(source)
