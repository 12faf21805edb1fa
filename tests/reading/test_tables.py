"""Spreadsheets and delimited text: rows that read by themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pincite.errors import EmptyDocument
from pincite.reading import RawDocument, read_file


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_values_are_named_by_the_header(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    rows = ["Port,High water,Note", 'Brest,05:12,"deep\nand safe"', "Roscoff,06:03,", "", "Conquet,05:30,small"]
    path.write_text("\r\n".join(rows).replace(",", delimiter))
    assert read_file(path).text == (
        "Port: Brest | High water: 05:12 | Note: deep and safe\n"
        "Port: Roscoff | High water: 06:03\n"
        "Port: Conquet | High water: 05:30 | Note: small"
    )


def test_rows_without_header_stand_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("Brest\t5\nRoscoff\t6\n")
    assert read_file(path).text == "Brest | 5\nRoscoff | 6"
    path.write_text("Port\tHeight\n")
    assert read_file(path).text == "Port | Height"


def test_sheets_are_headings_and_values_are_as_shown(
    tmp_path: Path, headings: Callable[[RawDocument], list[Any]]
) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Tides"
    sheet.append(["High waters of the week", None])
    sheet.append(["Port", "Day", "Range", "Share", "Open"])
    sheet.append(["Brest", dt.datetime(2026, 5, 1), 6.0, 0.25, True])  # noqa: DTZ001 (a sheet's dates have no zone)
    sheet["D3"].number_format = "0%"
    sheet["A9"] = "Roscoff"
    hidden = book.create_sheet("Hidden")
    hidden.append(["secret"])
    hidden.sheet_state = "hidden"
    path = tmp_path / "a.xlsx"
    book.save(path)
    document = read_file(path)
    assert document.text == (
        "Tides\n\nHigh waters of the week\n\n"
        "Port: Brest | Day: 2026-05-01 | Range: 6 | Share: 25% | Open: TRUE\nPort: Roscoff"
    )
    assert headings(document) == [(1, "Tides")]


def test_an_empty_table_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",,\n,,\n")
    with pytest.raises(EmptyDocument):
        read_file(path)
