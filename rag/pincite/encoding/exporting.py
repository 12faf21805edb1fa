"""Turn a sentence-transformers model into files that OpenVINO runs without torch.  Done once for a model.

The whole pipeline is traced, pooling and all, so that nothing of it is written a second time here; a model is
accepted when what comes out agrees with sentence-transformers.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pincite.encoding.reference import SentenceTransformerEncoder, model_prompts, quiet, window
from pincite.encoding.runtime import import_openvino
from pincite.errors import EncoderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from pincite.encoding.base import Encoder

MIN_COSINE = 0.999
"""Least mean cosine between the vectors of the export and the reference; all-MiniLM-L6-v2 has .99998 in bfloat16."""

_PROBES = (
    "What does Article 5 say?",
    "NATO",
    "Größe, naïveté & 東京: 3.5 % of 1,200 – “quoted” – e-mail@example.org 🙂",
    "An attack on one is an attack on all. " * 8,
    "The lease ends on the day named in the schedule unless either party gives notice in writing before then. " * 40,
)
"""Short, odd, long, and longer than the window; encoded together, so that padding is tried too."""


def export(folder: Path, target: Path) -> SentenceTransformerEncoder:
    """Write ``model.xml``, ``model.bin``, ``tokenizer.json`` and ``encoder.json`` for the model in ``folder``.

    Returns
    -------
    SentenceTransformerEncoder
        The reference that was loaded on the way, to compare with.

    Raises
    ------
    EncoderError
        The model is not a plain chain of transformer, pooling and normalisation, or cannot be traced.
    """
    reference = SentenceTransformerEncoder(folder, device="cpu")
    _check_exportable(reference.model)
    openvino = import_openvino()
    try:
        graph = _trace(reference.model)
        # Half precision on disk: half the size and 60 MB less memory, at the same cosine to the reference.
        openvino.save_model(graph, target / "model.xml", compress_to_fp16=True)
    except Exception as error:
        # Tracing runs the model's own code through two compilers: anything may come out of that.
        reason = " ".join(str(error).split())[:200]
        raise EncoderError(f"the model in {folder} cannot be exported ({type(error).__name__}: {reason})") from error
    (target / "tokenizer.json").write_text(reference.model.tokenizer.backend_tokenizer.to_str(), encoding="utf-8")
    identity = reference.identity
    settings = {
        "weights_sha256": identity.weights_sha256,
        "dim": identity.dim,
        "max_tokens": window(reference.model),
        "pad_id": int(reference.model.tokenizer.pad_token_id or 0),
        "prompts": model_prompts(reference.model),
    }
    (target / "encoder.json").write_text(json.dumps(settings, indent=2), encoding="utf-8")
    return reference


def check_agreement(exported: Encoder, reference: Encoder) -> None:
    """Compare an export with the reference on a few texts.

    Raises
    ------
    EncoderError
        The mean cosine of the vectors, or of the token vectors, is under :data:`MIN_COSINE`.
    """
    ours = exported.encode_documents(_PROBES, with_tokens=True)
    theirs = reference.encode_documents(_PROBES, with_tokens=True)
    if ours.token_spans != theirs.token_spans:
        raise EncoderError("the export cuts texts into other tokens than the reference does")
    for what, a, b in (
        ("vectors", ours.vectors, theirs.vectors),
        ("token vectors", np.concatenate(ours.token_vectors), np.concatenate(theirs.token_vectors)),
    ):
        cosine = float(np.mean(np.sum(a * b, axis=1)))
        # Written so that NaN fails too.
        if not cosine >= MIN_COSINE:
            raise EncoderError(f"expected a mean cosine of {MIN_COSINE} to the reference, the {what} have {cosine:.5f}")


def _check_exportable(model: SentenceTransformer) -> None:
    from sentence_transformers.base.modules import Dense, Normalize, Transformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    first, *others = list(model)
    plain = isinstance(first, Transformer) and all(isinstance(module, Pooling | Dense | Normalize) for module in others)
    # A prompt that is left out of the pooling would have to be known to the graph.
    pooled_whole = all(module.include_prompt for module in others if isinstance(module, Pooling))
    if not (plain and pooled_whole):
        names = ", ".join(type(module).__name__ for module in model)
        raise EncoderError(f"expected Transformer, Pooling and Normalize, the model is a chain of {names}")


def _trace(model: SentenceTransformer) -> Any:
    """Return the graph of (input_ids, attention_mask) to (sentence vectors, token vectors)."""
    import torch
    from openvino.tools.ovc import convert_model

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            features = self.model({"input_ids": input_ids, "attention_mask": attention_mask})
            return features["sentence_embedding"], features["token_embeddings"]

    # Two texts of different length, so that neither the batch, nor the length, nor an all-ones mask is baked in.
    ids = torch.randint(5, 1000, (2, 16))
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    with quiet(), warnings.catch_warnings(), torch.inference_mode():
        # Tracing warns of every Python branch that it passes; check_agreement is what tells whether that mattered.
        warnings.simplefilter("ignore")
        return convert_model(Pipeline().eval(), example_input=(ids, mask))
