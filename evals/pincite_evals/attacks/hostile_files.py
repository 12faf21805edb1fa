"""Hostile files by seed: good files of every kind mutated, and texts that look like what readers look for."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from pincite_evals.attacks import bomb_files

_HANDBOOKS = Path(__file__).parents[3] / "tests" / "data"
_BIDI = "\u202e\u2066\u200f\u2069"
_ODD = (
    "\x00", "\x0b", "\x0c", "\x1c", "\x1e", "\x85", "\ufeff", "\ufffe", "\u2028", "\u2029", "\ufdd0", "\ufdd8",
    "\ud800",
    "\udcff", "\U0010ffff", "\U000e0001", "\u0300", "\u034f", "\u115f", "\u3164", "\u200b", "\u202e", "\u2066",
    "\u00ad",
    "\u0130", "\u0131", "ß", "ﬃ", "İ", "Ǆ", "ῼ", "𝟡", "²", "Ⅷ", "①", "٣", "〇", "ᠰ", "𝔘", "👩‍👩‍👧‍👦",
    "\u202e\u2069", "𒐫", "﷽",
)  # fmt: skip
"""Characters that change length with their case, are no characters, join, turn round, or count as digits."""
_BEFORE_NUMBERS = (
    "Article ", "Section ", "Chapter ", "Part ", "§ ", "No. ", "Page ", "p. ", "$", "", "1.", "# ", "(", "Art. ",
    "in ", "-",
    "1e", "0x", "Annex ", "Schedule ", "Clause ", "Figure ", "Table ", "page 1 of ", "1/", "1,000,", "£", "€ ",
    "1.1.1.",
)  # fmt: skip
_NUMBERS: tuple[Callable[[random.Random], str], ...] = (
    lambda rng: "9" * rng.choice([20, 400, 4_301, 5_000, 20_000]),
    lambda _: "0" * 5_000 + "1",
    lambda rng: "I" * rng.randint(4, 3_000),
    lambda rng: "MDCLXVI" * rng.randint(2, 500),
    lambda rng: "1." * rng.randint(10, 3_000),
    lambda rng: "٣" * rng.randint(1, 5_000),
    lambda rng: "²" * rng.randint(1, 50),
    lambda rng: "①Ⅷ" * rng.randint(1, 50),
    lambda _: "-" + "9" * 5_000,
    lambda _: "1" + ",000" * 2_000,
    lambda rng: "1e" + "9" * rng.randint(1, 400),
    lambda _: "nan inf -inf 1e999 0x1F 1_000",
)


@lru_cache(maxsize=1)
def samples() -> Mapping[str, bytes]:
    """Return a small good file of every kind by suffix, those of the tests among them where they are at hand."""
    words = "The ferry to Aster leaves at nine in the morning. The fare is 4.50 euros."
    row = '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2"><v>4.5</v></c></row>'
    made = {
        ".txt": f"THE FERRY\n\nArticle 1. Times\n\n{words}\n\n1.2 Fares\n\n- one\n- two\n".encode(),
        ".md": f"---\ntitle: Ferry\n---\n# The ferry\n\n{words}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nTimes\n===\n"
        "\n".encode(),
        ".csv": b'name,fare,note\nAster,4.50,"a, b"\nBram,3,none\n',
        ".tsv": b"name\tfare\nAster\t4.50\nBram\t3\n",
        ".html": f"<html><head><title>Ferry</title></head><body><nav>a</nav><h1>Times</h1><p>{words}</p>"
        "<table><tr><th>a<th>b<tr><td colspan=2>1</table><ul><li>x</ul></body></html>".encode(),
        ".rtf": rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\outlinelevel0 Times\par The ferry leaves at \u8217 nine.\par}",
        ".ipynb": b'{"nbformat": 4, "metadata": {"title": "Ferry"}, "cells": [{"cell_type": "markdown", '
        b'"source": ["# Times\\n", '
        b'"The ferry."]}, {"cell_type": "code", "source": "1", "outputs": [{"output_type": "stream", "text": "1"}]}]}',
        ".docx": bomb_files.docx(f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>"),
        ".xlsx": bomb_files.xlsx(row, "<si><t>Fare</t></si>"),
        ".epub": bomb_files.epub(f"<html><body><h1>Times</h1><p>{words}</p></body></html>"),
        ".pdf": bomb_files.one_page(f"BT /F 12 Tf 72 700 Td ({words}) Tj ET".encode()),
    }
    held = [path for path in sorted(_HANDBOOKS.glob("handbook.*")) if path.stat().st_size < 60_000]
    return made | {path.suffix: path.read_bytes() for path in held}


def hostile(seed: int) -> tuple[str, bytes]:
    """Return a file's name and content; the name holds ``h`` and the seed, wherever it ends up."""
    rng = random.Random(f"inputs/{seed}")
    suffix = rng.choice(sorted(samples()))
    content = rng.choice(_MAKERS)(rng, suffix)
    return _name(rng, seed, suffix), content


def _flipped(rng: random.Random, suffix: str) -> bytes:
    held = bytearray(samples()[suffix])
    for _ in range(rng.choice([1, 2, 8, 64])):
        held[rng.randrange(len(held))] ^= 1 << rng.randrange(8)
    return bytes(held)


def _cut(rng: random.Random, suffix: str) -> bytes:
    held = samples()[suffix]
    at = rng.randrange(len(held))
    return held[:at] if rng.random() < 0.7 else held[at:]


def _spliced(rng: random.Random, suffix: str) -> bytes:
    other = samples()[rng.choice([suffix, *sorted(samples())])]
    held = samples()[suffix]
    a, b = rng.randrange(len(held)), rng.randrange(len(other))
    return (
        held[:a]
        + other[b : b + rng.randint(1, len(other))]
        + held[a if rng.random() < 0.5 else rng.randrange(len(held)) :]
    )


def _repeated(rng: random.Random, suffix: str) -> bytes:
    held = samples()[suffix]
    a = rng.randrange(len(held))
    piece = held[a : a + rng.randint(1, 200)]
    return held[:a] + piece * rng.choice([2, 50, 500]) + held[a:]


def _numbered(rng: random.Random, suffix: str) -> bytes:
    """Put numbers no machine holds, after words that lead one to expect a number, into a good file."""
    made = "\n\n".join(rng.choice(_BEFORE_NUMBERS) + rng.choice(_NUMBERS)(rng) for _ in range(rng.randint(1, 4)))
    return _with(rng, suffix, f"{made}\n\nWords follow here.\n")


def _odd(rng: random.Random, suffix: str) -> bytes:
    """Put characters that behave oddly into a good file, in headings and numbers too."""
    pieces = [*_ODD, " ", "word", "\n\n", "# ", "Article 1", "1.", "A", "."]
    return _with(rng, suffix, "".join(rng.choices(pieces, k=rng.choice([1, 5, 200]))) + "\n\nWords follow here.\n")


def _with(rng: random.Random, suffix: str, text: str) -> bytes:
    """Return a good file that says this text too, where the kind lets one say it without packing it anew."""
    held = text.encode(rng.choice(["utf-8", "utf-8", "utf-16"]), "surrogatepass")
    plain = text.encode("utf-8", "surrogatepass")
    safe = "".join(c for c in text if c.isprintable() or c == "\n").encode("utf-8", "ignore").decode()
    xml = safe.replace("&", "&amp;").replace("<", "&lt;")
    match suffix:
        case ".txt" | ".md" | ".csv" | ".tsv":
            return held if rng.random() < 0.5 else samples()[suffix] + plain
        case ".html":
            return b"<h1>" + plain + b"</h1><p>" + plain + b"<table><tr><td>" + plain + b"</table>"
        case ".rtf":
            return b"{\\rtf1 \\outlinelevel0 " + plain + b"\\par " + plain + b"}"
        case ".ipynb":
            import json

            return json.dumps({"cells": [{"cell_type": "markdown", "source": text}]}).encode()
        case ".docx":
            style = '<w:pPr><w:outlineLvl w:val="0"/></w:pPr>' if rng.random() < 0.5 else ""
            return bomb_files.docx(f"<w:p>{style}<w:r><w:t>{xml}</w:t></w:r></w:p>")
        case ".xlsx":
            return bomb_files.xlsx('<row r="1"><c r="A1" t="s"><v>0</v></c></row>', f"<si><t>{xml}</t></si>")
        case ".epub":
            return bomb_files.epub(f"<html><body><h1>{xml}</h1><p>{xml}</p></body></html>")
        case ".pdf":
            shown = safe.encode("latin-1", "replace").replace(b"\\", b"").replace(b"(", b"").replace(b")", b"")
            return bomb_files.one_page(b"BT /F 12 Tf 72 700 Td (" + shown + b") Tj ET")
    return samples()[suffix] + plain


def _repacked(rng: random.Random, suffix: str) -> bytes:
    """Change bytes within the parts of a packed file, so that it is the parts' reader that meets them."""
    held = samples()[suffix]
    if not held.startswith(b"PK"):
        return _flipped(rng, suffix)
    with zipfile.ZipFile(io.BytesIO(held)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(sorted(parts))
    part = bytearray(parts[name])
    if part:
        at = rng.randrange(len(part))
        kind = rng.randrange(4)
        if kind == 0:
            part[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del part[at : at + rng.randint(1, 100)]
        elif kind == 2:
            part[at:at] = part[at : at + rng.randint(1, 300)] * rng.choice([1, 20])
        else:
            digits = [i for i, byte in enumerate(part) if chr(byte).isdigit()]
            for i in rng.sample(digits, min(3, len(digits))):
                part[i : i + 1] = rng.choice([b"-1", b"99999999999", b"9" * 5_000, b"0", b"x", b""])
    parts[name] = bytes(part)
    if rng.random() < 0.15:
        del parts[rng.choice(sorted(parts))]
    return bomb_files.zipped(dict(parts))


def _noise(rng: random.Random, suffix: str) -> bytes:
    return samples()[suffix][: rng.choice([0, 4, 16, 64])] + rng.randbytes(rng.choice([0, 1, 100, 5_000]))


def _misnamed(rng: random.Random, _suffix: str) -> bytes:
    return samples()[rng.choice(sorted(samples()))]


def _laid_out(rng: random.Random, suffix: str) -> bytes:
    """Return lines of the shapes that headings, lists and tables have, in an order no writer would think of."""
    lines = (
        "# A", "###### B", "A\n===", "B\n---", "- a", "  - b", "1. c", "> d", "| a | b |", "|---|", "```", "~~~",
        "    code",
        "Article 1", "ARTICLE II", "1.1 Times", "(a) one", "A. Times", "CHAPTER IV", "Page 1 of 9", "", "", "\t", "\f",
        "word " * 50, "Word. " * 50, "[a]: /b", "![x](y)", "<div>", "</div>", "<!-- ", "-->", "---", "***", "* * *",
        "\u00a0", "WORDS IN CAPITALS", "a" * 3_000, "中文" * 300, "。" * 50, "“", "e.g. Mr. No. 1",
    )  # fmt: skip
    return _with(rng, suffix, "\n".join(rng.choices(lines, k=rng.choice([3, 30, 300]))) + "\n")


_MAKERS = (
    _flipped, _flipped, _cut, _spliced, _repeated, _numbered, _numbered, _odd, _odd, _repacked, _repacked, _repacked,
    _noise,
    _misnamed, _laid_out,
)  # fmt: skip


def _name(rng: random.Random, seed: int, suffix: str) -> str:
    """Return a name that may be hostile too; most are plain, so that what is in the files is met."""
    token = f"h{seed}"
    if rng.random() < 0.8:
        return f"{token}{suffix}"
    return rng.choice(
        (
            f"{token}\nadded{suffix}",
            f"{token}\r\x1b[31m{suffix}",
            f"{_BIDI}{token}txt.exe{suffix}",
            f"{token}{'字' * 75}{suffix}",
            f"{token}{'x' * 200}{suffix}",
            f"{token} 'quoted' \"twice\" $(id) `id`{suffix}",
            f"{token}%00%2e%2e%2f{suffix}",
            f"{token}<img src=x onerror=alert(1)>{suffix}",
            f"{token} [bold]red[/bold]{suffix}",
            f"{token}\udce9{suffix}",
            f"-{token} --rebuild{suffix}",
            f"{token}{suffix.upper()}",
            f"{token}\u0301{suffix}",
        )
    )
