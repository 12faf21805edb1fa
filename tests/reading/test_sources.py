"""What the paths given by the user stand for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pincite.reading import find_sources


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    for name in ("b.md", "a.txt", "sub/c.TXT", ".hidden/d.txt", ".e.txt", "f.unknown", "sub/g.png"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def ids(*paths: Path | str) -> list[str]:
    sources = find_sources(paths)
    assert sources.failures == ()
    return [source.doc_id for source in sources.found]


def reasons(*paths: Path | str) -> list[str]:
    return [f"{failure.source}: {failure.reason}" for failure in find_sources(paths).failures]


def test_a_folder_is_searched_recursively_and_sorted(folder: Path) -> None:
    assert ids(folder) == ["a.txt", "b.md", "sub/c.TXT"]


def test_a_file_has_its_name_and_a_glob_its_fixed_part(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ids(folder / "sub" / "c.TXT") == ["c.TXT"]
    assert ids(folder / "**" / "*.[tT]*") == ["a.txt", "sub/c.TXT"]
    monkeypatch.chdir(folder)
    assert ids("*/*.TXT") == ["sub/c.TXT"]
    assert ids("*.md", ".") == ["b.md", "a.txt", "sub/c.TXT"]


def test_a_file_whose_name_looks_like_a_glob_is_a_file(folder: Path) -> None:
    (folder / "x[1].txt").write_text("x")
    assert ids(folder / "x[1].txt") == ["x[1].txt"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent.txt", "no such file or folder"),
        ("*.pdf", "no file of a known kind matches"),
        (".hidden/none", "no such file or folder"),
        ("f.unknown", "no reader for .unknown files"),
    ],
)
def test_what_cannot_be_taken_is_named(folder: Path, name: str, message: str) -> None:
    assert [reason for reason in reasons(folder / name, folder) if message in reason and name in reason]
    assert len(find_sources([folder / name, folder]).found) == 3


def test_a_folder_with_nothing_to_read_is_named(tmp_path: Path) -> None:
    assert "no file of a known kind" in reasons(tmp_path)[0]


def test_old_office_formats_are_named_even_in_folders(folder: Path) -> None:
    (folder / "old.doc").write_bytes(b"x")
    assert "save it as .docx" in reasons(folder)[0]


def test_links_out_of_the_folder_are_refused_and_loops_end(folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "secret.txt"
    outside.write_text("secret")
    (tmp_path / "other").mkdir()
    (folder / "out.txt").symlink_to(outside)
    (folder / "outdir").symlink_to(tmp_path / "other", target_is_directory=True)
    (folder / "sub" / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "nowhere.txt").symlink_to(folder / "gone.txt")
    (folder / "alias.txt").symlink_to(folder / "a.txt")
    sources = find_sources([folder])
    assert [source.doc_id for source in sources.found] == ["a.txt", "alias.txt", "b.md", "sub/c.TXT"]
    named = {Path(failure.source).name: failure.reason for failure in sources.failures}
    assert sorted(named) == ["nowhere.txt", "out.txt", "outdir"]
    assert "leaves the folder" in named["out.txt"]
    assert "nowhere" in named["nowhere.txt"]
    assert any("leaves the folder" in reason for reason in reasons(folder / "out*"))


def test_the_same_id_twice_names_both_and_the_same_file_twice_is_one(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "more" / "a.txt"
    other.parent.mkdir()
    other.write_text("other")
    (failure,) = reasons(folder, other)
    assert str(other) in failure
    assert str(folder / "a.txt") in failure
    assert ids(folder, folder / "a.txt", folder) == ["a.txt", "b.md", "sub/c.TXT"]


def test_a_name_that_is_not_unicode_is_named(folder: Path) -> None:
    try:
        Path(os.fsdecode(os.fsencode(folder) + b"/bad\xff.txt")).write_text("x")
    except OSError:
        pytest.skip("this file system takes Unicode names only")
    (failure,) = reasons(folder)
    assert "\\xff" in failure
    failure.encode()
