"""Commands that other packages add, under the entry points of the group ``pincite.commands``.

An entry point names a ``typer.Typer``.  It is looked up only for the help and for a command that is not one of our own,
so that asking does not wait for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from pincite.errors import PinciteError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "pincite.commands"


class CommandWithPlugins(TyperGroup):
    """The commands of this package, then those of others by name; ours win."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return every command's name."""
        own = super().list_commands(ctx)
        return [*own, *sorted(name for name in _entry_points() if name not in own)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, or ``None`` where there is none of that name."""
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        found = _entry_points().get(cmd_name)
        return None if found is None else _loaded(found)


def _entry_points() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=GROUP)}


def _loaded(point: EntryPoint) -> Any:
    try:
        plugin = point.load()
    except ImportError as error:
        raise PinciteError(f"the command {point.name} of {point.value} cannot be imported: {error}") from error
    if not isinstance(plugin, typer.Typer):
        raise PinciteError(f"the command {point.name}: expected a typer.Typer at {point.value}, got {plugin!r}")
    command = get_command(plugin)
    command.name = point.name
    return command
