"""Write the spreadsheet and the slide deck of ``everyday/``: ``python -m pincite_evals.kinds.office_files``.

Both are committed.  Run this after a change here, then :mod:`pincite_evals.kinds.placing`, since offsets move.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from pincite_evals.kinds.files import EVERYDAY

Rows = tuple[tuple[Any, ...], ...]

_SHEETS: dict[str, Rows] = {
    "Prices": (
        ("Rennet Tool Hire: price list, valid from 1 March 2025",),
        ("Item", "Code", "Day (£)", "Week (£)", "Deposit (£)", "Weight (kg)", "Training needed"),
        ("Rotary hammer", "RH-2", 24, 72, 80, 6.5, "no"),
        ("Breaker, electric", "BE-5", 38, 115, 150, 15, "no"),
        ("Plate compactor", "PC-9", 46, 140, 200, 88, "no"),
        ("Floor sander", "FS-1", 42, 118, 120, 48, "no"),
        ("Edge sander", "ES-1", 27, 76, 80, 9, "no"),
        ("Wet tile saw", "TS-4", 35, 98, 120, 34, "no"),
        ("Chainsaw", "CS-7", 44, 130, 250, 5.8, "yes"),
        ("Hedge trimmer", "HT-3", 19, 55, 60, 5.2, "no"),
        ("Stump grinder", "SG-6", 95, 310, 400, 130, "yes"),
        ("Scaffold tower, 5 m", "ST-5", 58, 150, 200, 142, "no"),
        ("Dust extractor", "DX-2", 18, 50, 60, 11, "no"),
        ("Mini digger, 1.5 t", "MD-15", 120, 420, 500, 1540, "yes"),
    ),
    "Stock": (
        ("Item", "Branch", "In stock", "Bought on", "Next service"),
        ("Rotary hammer", "Ashby", 6, date(2023, 4, 3), date(2025, 10, 1)),
        ("Rotary hammer", "Coldham", 3, date(2022, 9, 12), date(2025, 8, 15)),
        ("Floor sander", "Ashby", 2, date(2021, 5, 20), date(2025, 7, 21)),
        ("Floor sander", "Coldham", 4, date(2024, 1, 15), date(2026, 1, 12)),
        ("Chainsaw", "Ashby", 3, date(2024, 6, 7), date(2025, 12, 1)),
        ("Wet tile saw", "Coldham", 2, date(2020, 11, 30), date(2025, 9, 9)),
        ("Mini digger, 1.5 t", "Ashby", 1, date(2022, 3, 18), date(2025, 6, 30)),
        ("Scaffold tower, 5 m", "Coldham", 5, date(2023, 8, 28), date(2026, 2, 2)),
    ),
    "Terms": (
        ("Topic", "Rule"),
        ("Week", "A week is seven days in a row; Sundays count."),
        (
            "Late return",
            "Each hour late costs a fifth of the day price, unless the branch was told before closing time.",
        ),
        ("Delivery", "Within 10 miles delivery costs £18 each way. Farther away we do not deliver."),
        ("Fuel", "Machines are handed over full and must come back full. A missing litre costs £2.40."),
        ("Damage waiver", "The waiver costs 12 % of the hire. It does not cover theft, punctures and lost keys."),
        ("Identity", "First-time customers show a passport or driving licence and a bill with their address."),
        (
            "Training",
            "Machines that need training are lent only to people with a card, or after our course of two hours (£45).",
        ),
        ("Cancelling", "Cancelling is free until 24 hours before the start; later one day is charged."),
        ("Blades", "Blades and sanding sheets are sold, not lent. Unused ones are taken back, except opened packs."),
        (
            "Opening hours",
            "Ashby opens Monday to Saturday from 7:00 to 17:30, Coldham Monday to Friday from 7:30 to 17:00.",
        ),
    ),
}

_SLIDES: tuple[tuple[str, tuple[str, ...], Rows], ...] = (
    ("Orrin Mills: third quarter 2025", ("Review for all staff, 22 October 2025", "Presented by Leonie Brandt"), ()),
    (
        "What happened this quarter",
        (
            "Sales rose by 8 % to £6.4 million.",
            "The linen line was launched on 1 September.",
            "We lost one large customer, Harlow & Finch, because its shops closed.",
            "The dye house ran on heat from the new heat pump for the first time.",
        ),
        (),
    ),
    (
        "Sales by line",
        ("Wool is still our largest line.",),
        (
            ("Line", "Q3 2024 (£ million)", "Q3 2025 (£ million)", "Share of orders from abroad (%)"),
            ("Wool", "3.1", "3.0", "44"),
            ("Cotton", "1.9", "2.0", "31"),
            ("Linen", "0.0", "0.5", "62"),
            ("Blends", "0.9", "0.9", "18"),
        ),
    ),
    (
        "Why costs went up",
        (
            "Raw wool costs 11 % more since the drought in Patagonia.",
            "Wages rose by 4.5 % in July.",
            "Energy costs fell by 19 %, thanks to the heat pump.",
        ),
        (),
    ),
    (
        "People",
        (
            "We are 312 people, 9 more than a year ago.",
            "Sick days fell from 3.4 to 2.9 % of working days.",
            "Four apprentices passed their exams; one of them, Jude Calder, came first in the county.",
            "Leonie Brandt has led production since 1 August; before that it was Martin Roke.",
        ),
        (),
    ),
    (
        "Quality",
        (
            "Complaints: 27, down from 41.",
            "First-pass yield (FPY) is the share of cloth that needs no mending. FPY rose from 93.1 to 95.4 %.",
            "The target for FPY is 96 %, except for linen, where it is 92 %.",
        ),
        (),
    ),
    (
        "Customers and markets",
        (
            "We now sell to 64 customers in 14 countries; two of them are new: Aldous, Leeds, and Perrin, Lyon.",
            "Perrin orders linen only, for summer suits.",
            "Sales to Denmark doubled, while those to Ireland fell by a tenth.",
            "The fair in Milan brought 31 enquiries, seven of which have become orders.",
        ),
        (),
    ),
    (
        "Risks",
        (
            "The price of wool may rise further.",
            "Loom 14 is forty years old, and no spare parts are made any more.",
            "Only two people can program the jacquard looms.",
        ),
        (),
    ),
    (
        "What will change next year",
        (
            "A second heat pump will be installed in March 2026.",
            "Loom 14 will be replaced by two Stellan looms for £480,000.",
            "The mill shop will open on Sundays.",
            "The full working week will be 36 hours from 1 January 2026, at the same pay.",
        ),
        (),
    ),
    (
        "Goals for the fourth quarter",
        (
            "Sales of £6.8 million",
            "Fewer than 25 complaints",
            "Two more people trained on the jacquard looms",
            "No accident that costs a working day",
        ),
        (),
    ),
)


def write_workbook(path: Path) -> None:
    """Write the price list of a tool hire: three sheets with numbers, dates and sentences."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in _SHEETS.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)


def write_deck(path: Path) -> None:
    """Write a quarterly review: a title slide, slides of bullets, one with a table."""
    from pptx import Presentation
    from pptx.util import Cm

    deck = Presentation()
    for i, (title, lines, table) in enumerate(_SLIDES):
        slide = deck.slides.add_slide(deck.slide_layouts[0 if i == 0 else 1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = "\n".join(lines)
        if table:
            frame = slide.shapes.add_table(len(table), len(table[0]), Cm(2), Cm(9), Cm(21), Cm(6))
            for y, row in enumerate(table):
                for x, cell in enumerate(row):
                    frame.table.cell(y, x).text = cell
    deck.save(str(path))


if __name__ == "__main__":
    write_workbook(EVERYDAY / "tool-hire.xlsx")
    write_deck(EVERYDAY / "quarter-review.pptx")
