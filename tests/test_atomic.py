import os
import stat
from pathlib import Path

import pytest

from pincite.atomic import create_once, write_atomically


def failing(*_arguments):
    raise OSError("disk full")


@pytest.mark.parametrize("draft", [None, "file.draft"])
@pytest.mark.parametrize("fails", ["replace", "fsync"])
def test_what_fails_leaves_the_old_file_and_no_draft(tmp_path, monkeypatch, draft, fails):
    target = tmp_path / "file"
    target.write_bytes(b"old")
    monkeypatch.setattr(*((Path, "replace") if fails == "replace" else (os, "fsync")), failing)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(target, b"new", draft=draft and tmp_path / draft, durable=True)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_file_is_its_owners_alone_unless_its_draft_is_named(tmp_path):
    write_atomically(tmp_path / "new" / "own", b"1")
    write_atomically(tmp_path / "shared", b"2", draft=tmp_path / "shared.draft")
    plain = tmp_path / "plain"
    plain.write_bytes(b"3")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("new/own", "shared")]
    assert modes == [0o600, stat.S_IMODE(plain.stat().st_mode)]
    assert (tmp_path / "new" / "own").read_bytes() == b"1"


def test_the_longest_name_of_a_file_system_can_be_written(tmp_path):
    target = tmp_path / ("n" * 255)
    write_atomically(target, b"whole")
    assert target.read_bytes() == b"whole"


def test_what_a_crash_left_of_a_named_draft_is_overwritten(tmp_path):
    draft = tmp_path / "file.draft"
    draft.write_bytes(b"half of it" * 99)
    write_atomically(tmp_path / "file", b"whole", draft=draft)
    assert (tmp_path / "file").read_bytes() == b"whole"
    assert not draft.exists()


def test_the_first_of_several_makes_a_file(tmp_path):
    path = tmp_path / "secret"
    create_once(path, b"first")
    create_once(path, b"second")
    assert path.read_bytes() == b"first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]
