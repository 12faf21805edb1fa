"""One file to one document: limits, and that nothing but our own errors comes out."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from pincite.errors import DocumentTooLarge, ReadError, UnsupportedFormat
from pincite.reading import read_file
from pincite.reading.files import READERS

CASES = 25


def test_the_limit_is_settable_and_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x" * 1000)
    assert len(read_file(path, max_bytes=1000).text) == 1000
    with pytest.raises(DocumentTooLarge, match="1,000 bytes, the limit is 999"):
        read_file(path, max_bytes=999)


def test_the_id_is_the_name_unless_given(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    assert read_file(path).doc_id == "a.txt"
    assert read_file(path, doc_id="sub/a.txt").doc_id == "sub/a.txt"


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    (tmp_path / "folder.txt").mkdir()
    for path, message in [
        (pipe, "expected a file"),
        (tmp_path / "folder.txt", "expected a file"),
        (tmp_path / "none.txt", "No such file"),
        (tmp_path / "nul\0.txt", "cannot be opened"),
    ]:
        with pytest.raises(ReadError, match=message):
            read_file(path)
    with pytest.raises(UnsupportedFormat, match="without a suffix"):
        read_file(tmp_path / "README")


@pytest.mark.parametrize("suffix", sorted({".md", ".html", ".pdf", ".docx", ".pptx", ".rtf", ".epub", ".ipynb"}))
def test_damage_never_lets_another_error_out(data: Path, tmp_path: Path, suffix: str) -> None:
    whole = (data / f"handbook{suffix}").read_bytes()
    rng = random.Random(suffix)
    refused = 0
    for case in range(CASES):
        damaged = bytearray(whole)
        if case % 2:
            del damaged[rng.randrange(len(whole)) :]
        else:
            for _ in range(rng.choice([1, 3, 20])):
                damaged[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        path = tmp_path / f"{case}{suffix}"
        path.write_bytes(damaged)
        try:
            document = read_file(path)
        except ReadError as error:
            assert str(error).startswith(str(path))
            assert "\n" not in str(error)
            refused += 1
        else:
            assert document.text.strip()
            assert all(heading.span.end <= len(document.text) for heading in document.headings or ())
    assert refused or suffix == ".md"


@pytest.mark.parametrize("suffix", sorted(READERS))
def test_every_reader_refuses_noise(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.write_bytes(random.Random(0).randbytes(5000))
    with pytest.raises(ReadError):
        read_file(path)
