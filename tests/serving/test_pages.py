from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from pincite.cli import serving
from pincite.errors import MissingExtra, PinciteError
from pincite.serving import pages


def bring(*arguments, **address):
    return arguments, address


def bring_nothing(*arguments, **address):
    raise MissingExtra("the page needs gradio: pip install 'pincite[ui]'")


def given(monkeypatch, **values):
    points = [EntryPoint(name, value, pages.GROUP) for name, value in values.items()]
    monkeypatch.setattr(pages, "entry_points", lambda group: points)


ADDRESS = {"host": "127.0.0.1", "port": 1, "password": None}


def test_a_page_of_another_package_is_made_of_the_index(monkeypatch, tmp_path):
    given(monkeypatch, page=f"{__name__}:bring")
    index = object()
    made = pages.open_page(index, Path("index"), tmp_path / "data", **ADDRESS)
    assert made == ((index, Path("index"), tmp_path / "data"), {**ADDRESS, "limits": None, "keeping": None})


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "no package brings a page"),
        ({"page": "no_such_module:page"}, "cannot be imported"),
        ({"page": f"{__name__}:bring_nothing"}, r"pip install 'pincite\[ui\]'"),
    ],
)
def test_without_a_page_the_server_says_so_and_goes_on(monkeypatch, tmp_path, values, said):
    given(monkeypatch, **values)
    with pytest.raises(PinciteError, match=said):
        pages.open_page(object(), Path("index"), tmp_path / "data", **ADDRESS)
    told = []
    monkeypatch.setattr(serving, "notice", told.append)
    assert serving._page(object(), Path("index"), tmp_path / "data", **ADDRESS) is None
    assert len(told) == 1
    assert told[0].startswith("without the page: ")
