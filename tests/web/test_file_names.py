import pytest
from hypothesis import given
from hypothesis import strategies as st

from pincite.web.file_names import free_name, safe_name

HAN = "語" * 199


@given(st.text(max_size=300))
def test_a_safe_name_is_relative_short_and_printable(name):
    safe = safe_name(name)
    parts = safe.split("/")
    assert safe.isprintable()
    assert all(part and part not in {".", ".."} and not part.startswith(".") for part in parts)
    assert all(len(part.encode()) <= 200 for part in parts)
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..", "C:\\x\\y", "a\u202eb", "\x00", " . ", "a/../../b"]
)
def test_a_name_stays_below_its_folder(name):
    safe = safe_name(name)
    assert safe
    assert not safe.startswith("/")
    assert ".." not in safe.split("/")
    assert not set(safe) & set("\x00\\:\u202e")


@pytest.mark.parametrize("stem", [HAN, "😀" * 100, "a" * 3000, "e\u0301" * 300, f"x{HAN}"])
def test_a_long_name_can_be_written_and_keeps_its_kind_and_whole_characters(tmp_path, stem):
    names = {safe_name(f"{stem}{end}.docx") for end in ("一", "二", "三")}
    assert len(names) == 3, "what only differs behind the cut stays apart"
    for name in names:
        (tmp_path / name).write_bytes(b"x")
        (tmp_path / free_name(name, names)).write_bytes(b"y")
        assert name.endswith(".docx")
        assert "\ufffd" not in name
        assert name[0] in "語😀aéx"
    assert len(list(tmp_path.iterdir())) > len(names)


def test_a_long_folder_is_cut_as_well():
    assert [len(part.encode()) <= 200 for part in safe_name(f"{HAN}/{HAN}.txt").split("/")] == [True, True]


def test_a_dot_in_a_sentence_begins_no_suffix():
    said = "Minutes of 3 May. What the harbour master said about the ferry and the weather"
    assert safe_name(said) == said


@given(st.lists(st.sampled_from(["a", "a.txt", "a/b", "a/b.txt", "a (2).txt", "a.txt/b"]), max_size=6))
def test_free_names_are_files_of_one_folder(names):
    taken = []
    for name in names:
        taken.append(free_name(name, taken))
    assert len(set(taken)) == len(names)
    assert not any(one != other and other.startswith(f"{one}/") for one in taken for other in taken)
