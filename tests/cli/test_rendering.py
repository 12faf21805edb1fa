import pytest

from pincite.cli.rendering import progress_bars
from pincite.types import Progress


def test_work_that_ends_at_once_shows_nothing(capsys):
    with progress_bars() as progress:
        progress(Progress("reading", 1, 2, "files"))
    with pytest.raises(ValueError, match="stop"), progress_bars():
        raise ValueError("stop")
    assert capsys.readouterr().err == ""
