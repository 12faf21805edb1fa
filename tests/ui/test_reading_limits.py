"""What reading a visitor's file may take is set where the page is started."""

import pytest

from pincite import Index, ReadingLimits, update_index
from pincite.encoding.hashing import HashingEncoder
from pincite_ui.language_models import LanguageModels
from pincite_ui.visitors import Visitors


@pytest.fixture
def visitors(tmp_path):
    (tmp_path / "given.md").write_text("# Tea\n\nSteep the tea at 80 degrees.\n", "utf-8")
    folder = tmp_path / "index"
    update_index(folder, [tmp_path / "given.md"], encoder=HashingEncoder())
    with Index.open(folder, encoder=HashingEncoder()) as index:
        models = LanguageModels(None, None)
        yield Visitors(index, folder, tmp_path / "data", models, limits=ReadingLimits(chars=100))


def test_a_visitors_file_is_held_to_the_limits(visitors, tmp_path):
    long, short = tmp_path / "long.txt", tmp_path / "short.txt"
    long.write_text("The harbour is open every day. " * 10, "utf-8")
    short.write_text("The harbour is open every day.", "utf-8")
    report = visitors.of({visitors.cookies.name: visitors.cookies.value("a" * 32)}).library.add(
        [(long, "long.txt"), (short, "short.txt")]
    )
    assert report.added == ("short.txt",)
    assert [failure.source for failure in report.failures] == ["long.txt"]
    assert "more than 100 characters" in report.failures[0].reason
