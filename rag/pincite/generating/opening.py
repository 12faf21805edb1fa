"""From what the user calls a model to the model."""

from __future__ import annotations

from pathlib import Path

from pincite.errors import GeneratorError
from pincite.generating.base import Generator
from pincite.generating.gguf import GGUFGenerator
from pincite.generating.openai_server import ServerGenerator
from pincite.generating.transformers_model import TransformersGenerator


def open_generator(
    where: str,
    *,
    model: str | None = None,
    key: str | None = None,
    context_size: int | None = None,
    timeout: float = 60.0,
    remote: bool = False,
) -> Generator:
    """Return the model at an address (``http://...``), in a GGUF file, or in a folder for transformers.

    Parameters
    ----------
    model, key, timeout, remote
        For an address; see `ServerGenerator`.
    context_size
        Tokens that prompt and answer may have together; by default what the model or its server says, or 4096.

    Raises
    ------
    GeneratorError
        There is none, or it lies on another machine without ``remote``.
    MissingExtra
        The package that runs it is not installed.
    """
    if "://" in where:
        return ServerGenerator(where, model=model, key=key, context_size=context_size, timeout=timeout, remote=remote)
    path = Path(where).expanduser()
    if path.is_dir():
        return TransformersGenerator.load(path)
    if path.is_file():
        return GGUFGenerator(path, context_size=context_size or 4096)
    raise GeneratorError(f"expected an address (http://127.0.0.1:8080/v1), a GGUF file or a folder, got {where!r}")
