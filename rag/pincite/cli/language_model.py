"""The language model that a command is told to use, by its options or by the configuration file."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platformdirs import user_config_path

from pincite.errors import PinciteError

if TYPE_CHECKING:
    from pincite.answering import Writing
    from pincite.generating import Generator

SECTION = "llm"
_KINDS: dict[str, type | tuple[type, ...]] = {
    "at": str,
    "model": str,
    "key": str,
    "context": int,
    "timeout": (int, float),
    "remote": bool,
    "strict": bool,
    "when_unsure": bool,
}


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """A model, if any, and how it may write; both as `pincite.Assistant` takes them."""

    generator: Generator | None
    writing: Writing


def language_model(
    at: str | None = None,
    *,
    none: bool = False,
    model: str | None = None,
    context: int | None = None,
    timeout: float | None = None,
    remote: bool | None = None,
    strict: bool | None = None,
    when_unsure: bool | None = None,
) -> LanguageModel:
    """Return the model that the options name, else the one of the configuration file, else none.

    An option that is given wins over the file; the file's model is left alone where the options name another.  The key
    is read from ``PINCITE_LLM_KEY`` or the file.

    Raises
    ------
    PinciteError
        The file cannot be used, or there is no such model; see `pincite.open_generator`.
    """
    from pincite.answering import Writing

    held = {} if none else configured()
    if at is not None and at != held.get("at"):
        held = {name: held[name] for name in ("strict", "when_unsure") if name in held}
    given = {
        "at": at,
        "model": model,
        "context": context,
        "timeout": timeout,
        "remote": remote,
        "strict": strict,
        "when_unsure": when_unsure,
        "key": os.environ.get("PINCITE_LLM_KEY"),
    }
    chosen: dict[str, Any] = {**held, **{name: value for name, value in given.items() if value is not None}}
    writing = Writing(strict=chosen.get("strict", False), when_unsure=chosen.get("when_unsure", False))
    where = None if none else chosen.get("at")
    if not where:
        return LanguageModel(None, writing)
    from pincite.generating import open_generator

    generator = open_generator(
        where,
        model=chosen.get("model"),
        key=chosen.get("key"),
        context_size=chosen.get("context"),
        timeout=chosen.get("timeout", 60.0),
        remote=chosen.get("remote", False),
    )
    return LanguageModel(generator, writing)


def config_path() -> Path:
    """Return where the configuration file lies, whether or not there is one."""
    named = os.environ.get("PINCITE_CONFIG")
    return Path(named) if named else user_config_path("pincite") / "config.toml"


def configured() -> dict[str, Any]:
    """Return the section ``[llm]`` of the configuration file; empty where there is none.

    Raises
    ------
    PinciteError
        The file is not TOML, or holds something that is not known.
    """
    path = config_path()
    try:
        held = tomllib.loads(path.read_text("utf-8")).get(SECTION, {})
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise PinciteError(f"{path}: cannot read the configuration: {error}: mend or remove the file") from error
    if not isinstance(held, dict):
        raise PinciteError(f"{path}: expected a section [{SECTION}], got {held!r}")
    for name, value in held.items():
        kind = _KINDS.get(name)
        if kind is None:
            raise PinciteError(f"{path}: [{SECTION}] knows no {name!r}: it knows {', '.join(_KINDS)}")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise PinciteError(f"{path}: [{SECTION}] {name}: got {value!r}, which is of another kind than expected")
    return held
