"""The cross-encoder on torch: what it is tuned from and with, the reference for its export, and the fallback."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from tokenizers import Tokenizer

from pincite.encoding.assembling import SCALE
from pincite.encoding.base import Judgements
from pincite.encoding.cross_encoder import PairTokenizer, sentence_means
from pincite.encoding.reference import quiet
from pincite.encoding.runtime import import_openvino
from pincite.errors import EncoderError
from pincite.types import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pincite.encoding.base import CrossEncoder

LAYERS = 12
WORDS = "bert.embeddings.word_embeddings.weight"
"""Not in the file of weights: the embedded model brings them, and both know the same words."""
MAX_DIFFERENCE = 0.1
"""Largest mean difference in log odds between the export and this reference; rounding makes some .03 to .07."""

_PROBES = (
    "NATO was founded in 1949.",
    "Größe, naïveté & 東京: 3.5 % of 1,200 🙂",
    "An attack on one is an attack on all. " * 40,
)


class AnswerHead(torch.nn.Module):
    """BERT of twelve layers over question and text: the log odds of the text answering, and where in it.

    The first is read from the first token; the other is a score for each token, whose mean over a sentence is the log
    odds of that sentence answering.  Without weights but those of the words, which are frozen.

    Parameters
    ----------
    folder
        The embedded model.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        from transformers import AutoConfig, BertModel

        with quiet():
            config = AutoConfig.from_pretrained(folder, local_files_only=True, num_hidden_layers=LAYERS)
            config._attn_implementation = "eager"
            self.bert = BertModel(config)
        self.classifier = torch.nn.Linear(config.hidden_size, 1)
        self.places = torch.nn.Linear(config.hidden_size, 1)
        with safe_open(folder / "model.safetensors", framework="pt") as weights:
            self.words.weight.data = weights.get_tensor(WORDS.removeprefix("bert."))
        self.words.requires_grad_(False)

    @property
    def words(self) -> Any:
        """The embeddings of words."""
        return self.bert.embeddings.word_embeddings

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor) -> Any:
        """Return the log odds, shape (n_texts,), and the scores, shape (n_texts, n_tokens), as are the arrays."""
        found = self.bert(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        return self.classifier(found.pooler_output).squeeze(-1), self.places(found.last_hidden_state).squeeze(-1)


def packed(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return all weights but those of the words: matrices in 8 bits with a scale for each row, vectors as they are.

    No weight is off by more than a 254th of the largest in its row.
    """
    parts: dict[str, torch.Tensor] = {}
    for name, value in weights.items():
        if name == WORDS:
            continue
        if value.ndim < 2:
            parts[name] = value.float().contiguous()
            continue
        scale = value.float().abs().amax(1, keepdim=True).clamp(min=1e-12) / 127
        parts[name] = (value.float() / scale).round().to(torch.int8)
        parts[name + SCALE] = scale
    return parts


def unpacked(parts: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Undo :func:`packed`."""
    return {
        name: value.float() * parts[name + SCALE] if name + SCALE in parts else value
        for name, value in parts.items()
        if not name.endswith(SCALE)
    }


class TunedCrossEncoder:
    """Reads with torch.

    Parameters
    ----------
    folder
        The embedded model.
    tuned
        The file of its weights.
    """

    def __init__(self, folder: Path, tuned: Path) -> None:
        self._folder = folder
        self._model = AnswerHead(folder).eval()
        self._model.load_state_dict({WORDS: self._model.words.weight, **unpacked(load_file(tuned))})
        self._tokenizer = PairTokenizer(Tokenizer.from_file(str(folder / "tokenizer.json")))

    def read(self, question: str, texts: Sequence[str], sentences: Sequence[Sequence[Span]] = ()) -> Judgements:
        """Judge texts and their sentences; see :class:`pincite.encoding.base.CrossEncoder`."""
        if not texts:
            return Judgements(np.zeros(0, np.float32))
        pairs = self._tokenizer.pairs(question, texts)
        with torch.inference_mode():
            log_odds, scores = (
                part.numpy() for part in self._model(*map(torch.from_numpy, self._tokenizer.arrays(pairs)))
            )
        return Judgements(log_odds, tuple(map(sentence_means, scores, pairs, sentences)))

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
        pairs = self._tokenizer.pairs("Who pays?", ["The tenant pays the rent to the owner.", "She does."])
        try:
            with quiet(), warnings.catch_warnings(), torch.inference_mode():
                # Tracing warns of every Python branch that it passes.
                warnings.simplefilter("ignore")
                graph = convert_model(
                    self._model, example_input=tuple(map(torch.from_numpy, self._tokenizer.arrays(pairs)))
                )
            _compress(graph)
            openvino.save_model(graph, target / "model.xml", compress_to_fp16=False)
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
        whole = [[Span(0, len(text))] for text in _PROBES]
        ours, theirs = self.read(question, _PROBES, whole), exported.read(question, _PROBES, whole)
        parts = [(ours.texts, theirs.texts), *zip(ours.sentences, theirs.sentences, strict=True)]
        difference = max(float(np.abs(a - b).mean()) for a, b in parts)
        # Written so that NaN fails too.
        if not difference <= MAX_DIFFERENCE:
            raise EncoderError(
                f"expected log odds within {MAX_DIFFERENCE} of the reference, they differ by {difference:.3f}"
            )


def _compress(graph: Any) -> None:
    """Keep the matrices of an OpenVINO model in 8 bits, as :func:`packed` does, and those of embeddings in 16.

    On a CPU without AMX it takes half the time.
    """
    from openvino import opset13

    for node in graph.get_ordered_ops():
        kind, port = node.get_type_name(), {"MatMul": 1, "Gather": 0}.get(node.get_type_name())
        source = None if port is None else node.input(port).get_source_output().get_node()
        # OpenVINO loses the scale of a single row.
        if source is None or source.get_type_name() != "Constant" or min(source.data.shape, default=0) < 2:
            continue
        weights = source.data
        if kind == "Gather":
            kept = opset13.convert(opset13.constant(weights.astype(np.float16)), "f32")
        else:
            scale = np.abs(weights).max(1 if node.get_attributes()["transpose_b"] else 0, keepdims=True) / 127
            rounded = opset13.convert(opset13.constant(np.round(weights / scale).astype(np.int8)), "f32")
            kept = opset13.multiply(rounded, opset13.constant(scale))
        node.input(port).replace_source_output(kept.output(0))
