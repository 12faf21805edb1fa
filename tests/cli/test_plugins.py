from importlib.metadata import EntryPoint

import pytest
import typer
from typer.testing import CliRunner

from pincite.cli import plugins
from pincite.cli.commands import app
from pincite.errors import PinciteError

greeting = typer.Typer()


@greeting.command()
def greet() -> None:
    """Greet whoever asks."""
    typer.echo("good day")


def given(monkeypatch, **values):
    points = {name: EntryPoint(name, value, plugins.GROUP) for name, value in values.items()}
    monkeypatch.setattr(plugins, "_entry_points", lambda: points)


def test_a_command_of_another_package_runs_and_stands_in_the_help(monkeypatch):
    given(monkeypatch, greet=f"{__name__}:greeting")
    assert CliRunner().invoke(app, ["greet"]).output == "good day\n"
    assert "Greet whoever asks." in CliRunner().invoke(app, ["--help"]).output


def test_our_own_commands_win_and_need_no_look_at_the_others(monkeypatch):
    def fail():
        raise AssertionError("looked up")

    monkeypatch.setattr(plugins, "_entry_points", fail)
    assert "Usage: " in CliRunner().invoke(app, ["ask", "--help"]).output


@pytest.mark.parametrize(
    ("value", "said"), [("no_such_module:app", "cannot be imported"), ("json:dumps", "expected a typer.Typer")]
)
def test_a_broken_one_is_named(monkeypatch, value, said):
    given(monkeypatch, broken=value)
    with pytest.raises(PinciteError, match=f"broken.*{said}"):
        CliRunner().invoke(app, ["broken"], catch_exceptions=False)
