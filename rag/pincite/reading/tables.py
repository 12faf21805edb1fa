"""Spreadsheets and delimited text: each row on a line, its values named by the header."""

from __future__ import annotations

import csv
import datetime as dt
import io
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

from pincite.errors import DamagedDocument
from pincite.reading.archives import open_office
from pincite.reading.builder import TextBuilder
from pincite.reading.decoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pincite.reading.base import RawDocument, SourceFile

_SAMPLE_CHARS = 16_384
_MAX_FIELD = 10_000_000
_MAX_ROWS = 1_048_576
"""Rows of the largest sheet that Excel knows; a higher row number is an error or an attack."""


def read_csv(file: SourceFile) -> RawDocument:
    """Read comma-separated values; the delimiter is told among comma, semicolon, tab and bar."""
    return _read_delimited(file, "text/csv", delimiters=",;\t|")


def read_tsv(file: SourceFile) -> RawDocument:
    """Read tab-separated values."""
    return _read_delimited(file, "text/tab-separated-values", delimiters="\t")


def read_xlsx(file: SourceFile) -> RawDocument:
    """Read a workbook's visible sheets, each under its name as heading; values, not formulas."""
    stream = open_office(file)
    import openpyxl

    out = TextBuilder(file)
    with warnings.catch_warnings():
        # The library warns of features that it does not keep on saving; we never save.
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            # What a sheet says of its own size is often wrong, and would make rows of a million empty cells.
            sheet.reset_dimensions()
            out.block(sheet.title, level=1)
            append_rows(
                (tuple(out.within_limit(map(_show, row))) for row in _up_to_limit(sheet.iter_rows(), file)), out
            )
    return out.build(
        file, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", title=book.properties.title
    )


def append_rows(rows: Iterable[Sequence[str]], out: TextBuilder) -> None:
    """Append a table, one row a line, as ``Name: value | Name: value``.

    The first row of two or more cells, all of them words, names the columns if another row follows;
    single cells above it are captions.  Without such a row the values stand alone.
    """
    header: Sequence[str] | None = None
    # What the row before was: captions come first, then perhaps a header, which waits for a row to name.
    before = "nothing"
    for row in rows:
        filled = [cell for cell in row if cell]
        if not filled:
            continue
        if before in {"nothing", "caption"} and len(filled) == 1:
            out.block(filled[0], tight=before == "caption")
            before = "caption"
        elif before in {"nothing", "caption"} and not any(map(_is_number, filled)):
            header, before = row, "header"
        else:
            out.block(_render(row, header), tight=before == "row")
            before = "row"
    if before == "header" and header is not None:
        out.block(_render(header, None))


def _read_delimited(file: SourceFile, media_type: str, *, delimiters: str) -> RawDocument:
    text = decode(file)
    out = TextBuilder(file)
    # The limit belongs to the whole process: it is put back.
    usual_limit = csv.field_size_limit(_MAX_FIELD)
    try:
        delimiter = max(delimiters, key=lambda candidate: _evenness(text[:_SAMPLE_CHARS], candidate))
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        append_rows(([" ".join(cell.split()) for cell in row] for row in rows), out)
    except csv.Error as error:
        raise DamagedDocument(file.name, f"not delimited text ({error})") from error
    finally:
        csv.field_size_limit(usual_limit)
    return out.build(file, media_type)


def _evenness(sample: str, delimiter: str) -> tuple[float, int]:
    """Rate a delimiter by the share of rows it cuts into the same number of cells, then by that number.

    ``csv.Sniffer`` gives up on short files, and may take a letter.
    """
    widths = Counter(len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row)
    width, count = max(widths.items(), key=lambda item: item[1], default=(1, 0))
    return (count / widths.total(), width) if width > 1 else (0.0, 0)


def _render(row: Sequence[str], header: Sequence[str] | None) -> str:
    if header is None:
        return " | ".join(row).rstrip(" |")
    names = [*header, *[""] * (len(row) - len(header))]
    return " | ".join(f"{name}: {cell}" if name else cell for name, cell in zip(names, row, strict=False) if cell)


def _is_number(cell: str) -> bool:
    try:
        float(cell.strip("%$€£ ").replace(",", ""))
    except ValueError:
        return False
    return True


def _up_to_limit(rows: Iterable[Any], file: SourceFile) -> Iterator[Any]:
    for number, row in enumerate(rows, start=1):
        if number > _MAX_ROWS:
            raise DamagedDocument(file.name, f"a sheet has more than {_MAX_ROWS:,} rows: not a workbook Excel can hold")
        yield row


def _show(cell: Any) -> str:
    """Return a cell's value as a reader of the sheet would write it."""
    value = cell.value
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            if "%" in (cell.number_format or ""):
                return f"{value * 100:.10g}%"
            return f"{value:.15g}" if isinstance(value, float) else str(value)
        case dt.datetime() if value.time() == dt.time():
            return value.date().isoformat()
        case dt.datetime():
            return value.isoformat(sep=" ", timespec="minutes")
        case _:
            return " ".join(str(value).split())
