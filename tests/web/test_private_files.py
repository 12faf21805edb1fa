import logging
import stat
from pathlib import Path

from pincite.web.private import close_to_others, close_tree_to_others, private_folder, write_private


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_that_others_could_read_are_mended(tmp_path):
    folder = tmp_path / "data"
    (folder / "visitors" / "a").mkdir(parents=True, mode=0o755)
    file = folder / "visitors" / "a" / "settings.json"
    file.write_text("{}", "utf-8")
    file.chmod(0o664)
    outside = tmp_path / "outside.txt"
    outside.touch(mode=0o644)
    (folder / "link").symlink_to(outside)
    close_tree_to_others(folder)
    assert mode_of(file) == 0o600
    assert all(mode_of(path) == 0o700 for path in (folder, file.parent, file.parent.parent))
    assert mode_of(outside) == 0o644, "no link is followed"


def test_a_folder_is_made_private_with_those_above_it_that_are_missing(tmp_path):
    tmp_path.chmod(0o755)
    made = private_folder(tmp_path / "x" / "y")
    assert [mode_of(path) for path in (made, made.parent, tmp_path)] == [0o700, 0o700, 0o755]
    made.chmod(0o777)
    assert mode_of(private_folder(made)) == 0o700


def test_what_cannot_be_closed_is_logged_and_no_error(tmp_path, monkeypatch, caplog):
    file = tmp_path / "file"
    file.touch(mode=0o644)

    def refuse(*_):
        raise PermissionError("not yours")

    monkeypatch.setattr(Path, "chmod", refuse)
    with caplog.at_level(logging.WARNING, "pincite"):
        close_to_others(file)
    assert "could not be closed" in caplog.text
    close_tree_to_others(tmp_path)


def test_a_private_file_lies_in_a_private_folder(tmp_path):
    write_private(tmp_path / "data" / "settings.json", b"{}")
    assert mode_of(tmp_path / "data" / "settings.json") == 0o600
    assert mode_of(tmp_path / "data") == 0o700
