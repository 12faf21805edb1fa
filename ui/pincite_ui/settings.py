"""What a visitor has chosen, kept on disk."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from pincite import Stages
from pincite.web.private import write_private

MAX_PASSAGES = 30


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A language model, as `pincite.open_generator` takes it, and how it may write.

    Attributes
    ----------
    at
        Address, GGUF file or folder; empty for the server's own model, if it has one.
    model, key
        For an address; may be empty.
    remote
        Whether the address may be another machine's.
    strict, when_unsure
        See `pincite.Writing`.
    """

    at: str = ""
    model: str = ""
    key: str = ""
    remote: bool = False
    strict: bool = False
    when_unsure: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """Choices of one visitor.

    Attributes
    ----------
    passages
        How many lie under an answer, from 1 to :data:`MAX_PASSAGES`.
    threshold
        How sure to be before answering, in [0, 1]; ``None`` for the measured default.
    """

    passages: int = 6
    threshold: float | None = None
    stages: Stages = field(default_factory=Stages)
    language_model: ModelChoice = field(default_factory=ModelChoice)


def read_settings(path: Path) -> Settings:
    """Return the settings in a file; the defaults where it is missing or holds something else."""
    try:
        return settings_of(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return Settings()


def settings_of(held: Any) -> Settings:
    """Return settings from what a page or a file holds; whatever is out of range is as by default."""
    default = Settings()
    if not isinstance(held, dict):
        return default
    passages, threshold, stages = held.get("passages"), held.get("threshold"), held.get("stages")
    known = {each.name for each in fields(Stages)}
    return Settings(
        passages=passages if _within(passages, 1, MAX_PASSAGES) and isinstance(passages, int) else default.passages,
        threshold=float(threshold) if threshold is not None and _within(threshold, 0, 1) else None,
        stages=Stages(**{name: bool(on) for name, on in stages.items() if name in known})
        if isinstance(stages, dict)
        else default.stages,
        language_model=_choice_of(held.get("language_model")),
    )


def _choice_of(held: Any) -> ModelChoice:
    default = asdict(ModelChoice())
    if not isinstance(held, dict):
        return ModelChoice()
    return ModelChoice(**{name: held[name] for name in default if type(held.get(name)) is type(default[name])})


def write_settings(path: Path, settings: Settings) -> None:
    """Keep settings.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    write_private(path, json.dumps(asdict(settings)).encode())


def _within(value: Any, low: float, high: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high
