"""Which encoder to use: the fast path where it runs, else the reference."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from pincite.encoding.bundled import BUNDLED_NAMES
from pincite.encoding.locating import locate_model
from pincite.errors import EncoderError, MissingExtra, WeightsMismatch

if TYPE_CHECKING:
    from pincite.encoding.base import Encoder

logger = logging.getLogger(__name__)


def load_encoder(
    name: str | os.PathLike[str] | None = None, *, device: str | None = None, offline: bool = True
) -> Encoder:
    """Return an encoder for a model of sentence-transformers.

    On the CPU, which is the default, the model runs without torch where it can (:mod:`pincite.encoding.exported`);
    where it cannot, a warning is logged and sentence-transformers runs it.

    Parameters
    ----------
    name
        A model's name or folder; by default the embedded all-MiniLM-L6-v2.
    device
        ``"cpu"``, or a GPU as torch names it, such as ``"cuda"``.
    offline
        Whether a model that is not on this machine is an error rather than a download.

    Raises
    ------
    EncoderError
        The model is not there or cannot be loaded.
    MissingExtra
        It is needed, and sentence-transformers is not installed: ``pip install 'pincite[encoders]'``.
    WeightsMismatch
        The embedded model's weights are not the published ones.
    """
    # A model that is missing or altered is an error, not a reason to fall back.
    if name not in BUNDLED_NAMES:
        locate_model(name, offline=offline)
    if device in (None, "cpu"):
        try:
            from pincite.encoding.exported import open_exported

            return open_exported(name, local_files_only=offline)
        except (MissingExtra, WeightsMismatch):
            raise
        # ImportError: no OpenVINO for this platform.
        except (EncoderError, ImportError) as error:
            logger.warning("encoding with sentence-transformers, which is slower: %s", error)
    from pincite.encoding.reference import SentenceTransformerEncoder

    return SentenceTransformerEncoder(name, device=device or "cpu", local_files_only=offline)
