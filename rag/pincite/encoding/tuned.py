"""The cross-encoder on torch: what it is tuned from and with, the reference for its export, and the fallback."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from pincite.encoding.cross_encoder import PairTokenizer
from pincite.encoding.reference import quiet
from pincite.encoding.runtime import import_openvino
from pincite.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pincite.encoding.base import CrossEncoder

SCALE = ".scale"
MAX_DIFFERENCE = 0.1
"""Largest mean difference in log odds between the export and this reference; bfloat16 makes .02."""

_PROBES = (
    "NATO was founded in 1949.",
    "Größe, naïveté & 東京: 3.5 % of 1,200 🙂",
    "An attack on one is an attack on all. " * 40,
)


class AnswerHead(torch.nn.Module):
    """BERT over question and text, and the log odds of the text answering, from the mean of all tokens."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        from transformers import AutoModel

        with quiet():
            self.bert = AutoModel.from_pretrained(
                folder, local_files_only=True, attn_implementation="eager", add_pooling_layer=False
            )
        self.head = torch.nn.Linear(self.bert.config.hidden_size, 1)

    def pretrained(self) -> dict[str, torch.Tensor]:
        """Return what the embedded model brings; the head is new."""
        return {name: value for name, value in self.state_dict().items() if name.startswith("bert.")}

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor) -> Any:
        """Return the log odds, shape (n_texts,), for arrays of shape (n_texts, n_tokens)."""
        return self.log_odds(self.hidden(input_ids, attention_mask, token_type_ids), attention_mask)

    def log_odds(self, rows: torch.Tensor, attention_mask: torch.Tensor) -> Any:
        """Return the log odds, shape (n_texts,), for a last layer of shape (n_texts, n_tokens, dim)."""
        kept = attention_mask.unsqueeze(-1).to(rows.dtype)
        return self.head((rows * kept).sum(1) / kept.sum(1)).squeeze(-1)

    def hidden(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor) -> Any:
        """Return the last layer, shape (n_texts, n_tokens, dim)."""
        return self.bert(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state


def packed(tuned: dict[str, torch.Tensor], base: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return what tuning changed: matrices as differences in 8 bits with a scale for each row, all else as it is.

    No difference is off by more than a 254th of the largest in its row.
    """
    parts: dict[str, torch.Tensor] = {}
    for name, value in tuned.items():
        if name in base and torch.equal(value, base[name]):
            continue
        if name not in base or value.ndim < 2:
            parts[name] = value.float().contiguous()
            continue
        difference = value.float() - base[name].float()
        scale = difference.abs().amax(1, keepdim=True).clamp(min=1e-12) / 127
        parts[name] = (difference / scale).round().to(torch.int8)
        parts[name + SCALE] = scale
    return parts


def unpacked(parts: dict[str, torch.Tensor], base: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Undo :func:`packed`."""
    tuned = dict(base)
    for name, value in parts.items():
        if name + SCALE in parts:
            tuned[name] = base[name].float() + value.float() * parts[name + SCALE]
        elif not name.endswith(SCALE):
            tuned[name] = value
    return tuned


class TunedCrossEncoder:
    """Reads with torch.

    Parameters
    ----------
    folder
        The embedded model.
    tuned
        The file of what tuning changed.
    """

    def __init__(self, folder: Path, tuned: Path) -> None:
        self._folder = folder
        self._model = AnswerHead(folder).eval()
        self._model.load_state_dict(unpacked(load_file(tuned), self._model.pretrained()))
        self._tokenizer = PairTokenizer(Tokenizer.from_file(str(folder / "tokenizer.json")))

    def answering(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the log odds of each text answering the question, shape (len(texts),)."""
        if not texts:
            return np.zeros(0, np.float32)
        arrays = self._tokenizer.arrays(question, texts)
        with torch.inference_mode():
            log_odds: NDArray[np.float32] = self._model(*map(torch.from_numpy, arrays)).numpy()
        return log_odds

    def export(self, target: Path) -> None:
        """Write ``model.xml``, ``model.bin`` and ``tokenizer.json``.

        Raises
        ------
        EncoderError
            The model cannot be traced here.
        """
        import_openvino()
        import openvino
        from openvino.tools.ovc import convert_model

        # Two texts of different length, so that neither the batch, nor the length, nor a mask is baked in.
        arrays = self._tokenizer.arrays("Who pays?", ["The tenant pays the rent to the owner.", "She does."])
        try:
            with quiet(), warnings.catch_warnings(), torch.inference_mode():
                # Tracing warns of every Python branch that it passes.
                warnings.simplefilter("ignore")
                graph = convert_model(self._model, example_input=tuple(map(torch.from_numpy, arrays)))
            openvino.save_model(graph, target / "model.xml", compress_to_fp16=True)
        except Exception as error:
            # Tracing runs the model's own code through two compilers: anything may come out of that.
            reason = " ".join(str(error).split())[:200]
            raise EncoderError(f"the cross-encoder cannot be exported ({type(error).__name__}: {reason})") from error
        (target / "tokenizer.json").write_bytes((self._folder / "tokenizer.json").read_bytes())

    def check_agreement(self, exported: CrossEncoder) -> None:
        """Compare an export with this on a few texts.

        Raises
        ------
        EncoderError
            The log odds differ by more than :data:`MAX_DIFFERENCE` in the mean.
        """
        question = "When was NATO founded?"
        ours, theirs = self.answering(question, _PROBES), exported.answering(question, _PROBES)
        difference = float(np.abs(ours - theirs).mean())
        # Written so that NaN fails too.
        if not difference <= MAX_DIFFERENCE:
            raise EncoderError(
                f"expected log odds within {MAX_DIFFERENCE} of the reference, they differ by {difference:.3f}"
            )
