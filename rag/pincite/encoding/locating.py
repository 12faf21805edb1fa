"""From what the user calls a model to the folder that holds it."""

from __future__ import annotations

import os
from pathlib import Path

from pincite.encoding.bundled import BUNDLED_NAMES, bundled_model
from pincite.errors import EncoderError, MissingExtra

_NOT_NEEDED = ["onnx/*", "openvino/*", "*.onnx", "*.h5", "*.msgpack", "*.ot", "*.tflite", "*.gguf"]
"""Copies of the weights for other frameworks."""


def locate_model(name_or_path: str | os.PathLike[str] | None, *, offline: bool) -> Path:
    """Return the folder of a model: the embedded one as published, a local one, or one in the hub's local cache.

    Parameters
    ----------
    name_or_path
        ``None`` is the embedded model, and so is its name.
    offline
        Whether a model that is not there is an error rather than a download.

    Raises
    ------
    EncoderError
        The model is not on this machine and may not, or cannot, be downloaded.
    MissingExtra
        It is named, not a folder, and sentence-transformers is not installed.
    WeightsMismatch
        The embedded model's weights are not the published ones.
    """
    if name_or_path in BUNDLED_NAMES:
        return bundled_model()
    name = os.fspath(name_or_path or "")
    if Path(name).is_dir():
        return Path(name)
    # The hub knows `owner/name`; a bare name is one of sentence-transformers' own, as that library has it.
    repository = name if "/" in name else f"sentence-transformers/{name}"
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
    except ImportError as error:
        raise MissingExtra(
            f"the model {name!r} is no folder here, and finding it by name needs sentence-transformers: "
            "pip install 'pincite[encoders]'"
        ) from error

    try:
        return Path(snapshot_download(repository, local_files_only=offline, ignore_patterns=_NOT_NEEDED))
    except (LocalEntryNotFoundError, HfHubHTTPError, HFValidationError, OSError) as error:
        remedy = "or in Python allow the download with offline=False" if offline else "or check name and connection"
        raise EncoderError(
            f"the model {name!r} is not on this machine: give a local path to its folder, {remedy}"
        ) from error
