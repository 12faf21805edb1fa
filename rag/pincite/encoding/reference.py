"""The reference: any model of sentence-transformers, run by it on torch, on CPU or GPU."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from pincite.encoding.base import EncoderIdentity, Encoding
from pincite.encoding.batching import EncodedText, encode_in_batches
from pincite.encoding.bundled import BUNDLED_NAME
from pincite.encoding.cache import weights_digest
from pincite.encoding.locating import locate_model
from pincite.encoding.tokenizing import TextTokenizer, well_formed
from pincite.errors import EncoderError, MissingExtra

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from pincite.types import ProgressCallback, Span

_BATCH_SIZE = 32
_DOCUMENT_PROMPTS = ("document", "passage", "corpus")
"""Names under which models keep the prompt for documents, in the order of sentence-transformers' encode_document."""


class SentenceTransformerEncoder:
    """Encodes with sentence-transformers.

    Parameters
    ----------
    name_or_path
        A model's name or folder; by default the embedded all-MiniLM-L6-v2.
    device
        As torch names it, such as ``"cpu"`` or ``"cuda"``; by default a GPU where there is one.
    local_files_only
        Whether to stay offline; ``False`` allows the model's download.

    Raises
    ------
    EncoderError
        The model is not there or cannot be loaded.
    """

    def __init__(
        self,
        name_or_path: str | os.PathLike[str] | None = None,
        *,
        device: str | None = None,
        local_files_only: bool = True,
    ) -> None:
        folder = locate_model(name_or_path, offline=local_files_only)
        digest = weights_digest(folder)
        self.model = load_model(folder, device=device)
        self._prompts = model_prompts(self.model)
        self._tokenizer = text_tokenizer(self.model)
        # torch uses every core for one batch, and a fast tokenizer does not bear two callers that set its truncation.
        self._lock = Lock()
        self._identity = EncoderIdentity(
            name=os.fspath(name_or_path or BUNDLED_NAME),
            weights_sha256=digest,
            dim=int(self.model.get_embedding_dimension() or 0),
            max_tokens=window(self.model),
        )

    @property
    def identity(self) -> EncoderIdentity:
        """Name, weights digest, dimension and window."""
        return self._identity

    def encode_documents(
        self, texts: Sequence[str], *, with_tokens: bool = False, progress: ProgressCallback | None = None
    ) -> Encoding:
        """Encode passages, with the model's document prompt where it has one."""
        return self._encode(texts, "document", with_tokens=with_tokens, progress=progress)

    def encode_queries(self, texts: Sequence[str], *, with_tokens: bool = False) -> Encoding:
        """Encode queries, with the model's query prompt where it has one."""
        return self._encode(texts, "query", with_tokens=with_tokens)

    def token_spans(self, text: str) -> tuple[Span, ...]:
        """Return the span of each of the text's tokens, without special tokens and without truncation."""
        return self._tokenizer.spans(text)

    def _encode(
        self, texts: Sequence[str], kind: str, *, with_tokens: bool, progress: ProgressCallback | None = None
    ) -> Encoding:
        encode = self.model.encode_query if kind == "query" else self.model.encode_document

        def run(batch: list[str]) -> list[EncodedText]:
            # Without an output value encode returns all that one pass made: sentence and token vectors.
            wanted: Any = None if with_tokens else "sentence_embedding"
            with self._lock:
                outputs: Any = encode(batch, batch_size=_BATCH_SIZE, show_progress_bar=False, output_value=wanted)
            if not with_tokens:
                return [EncodedText(np.asarray(vector, dtype=np.float32)) for vector in outputs]
            return [self._with_tokens(text, kind, output) for text, output in zip(batch, outputs, strict=True)]

        return encode_in_batches(
            texts,
            prepare=well_formed,
            length=len,
            run=lambda batches: map(run, batches),
            dim=self._identity.dim,
            batch_size=_BATCH_SIZE,
            with_tokens=with_tokens,
            progress=progress,
        )

    def _with_tokens(self, text: str, kind: str, output: dict[str, Any]) -> EncodedText:
        tokens = self._tokenizer.tokenize(text, prompt=self._prompts[kind])
        rows = output["token_embeddings"][output["attention_mask"].bool()].float().cpu().numpy()
        vector = output["sentence_embedding"].float().cpu().numpy()
        return EncodedText(vector, rows[tokens.positions], tokens.spans)


def load_model(folder: Path, *, device: str | None) -> SentenceTransformer:
    """Load a model from its folder without reaching for the network and without a progress bar.

    Raises
    ------
    EncoderError
        sentence-transformers cannot load it.
    MissingExtra
        It is not installed.
    """
    check_installed()
    from sentence_transformers import SentenceTransformer

    try:
        with quiet():
            return SentenceTransformer(str(folder), device=device, local_files_only=True)
    except (OSError, ValueError, RuntimeError, KeyError, ImportError, AssertionError) as error:
        reason = " ".join(str(error).split())
        raise EncoderError(
            f"sentence-transformers cannot load the model in {folder} on {device or 'the default device'} ({reason}): "
            "give the folder of a complete model and a device that torch can use"
        ) from error


def check_installed() -> None:
    """Raise `MissingExtra` where sentence-transformers is not installed; nothing is imported."""
    missing = next((name for name in ("sentence_transformers", "torch") if find_spec(name) is None), None)
    if missing is not None:
        raise MissingExtra(
            f"any model but {BUNDLED_NAME} on the CPU needs {missing.replace('_', '-')}: "
            "pip install 'pincite[encoders]'"
        )


def model_prompts(model: SentenceTransformer) -> dict[str, str]:
    """Return what the model wants before a query and before a document; empty where it has no such prompt."""
    prompts = model.prompts or {}
    document = next((prompts[name] for name in _DOCUMENT_PROMPTS if name in prompts), "")
    return {"query": prompts.get("query") or "", "document": document or ""}


def window(model: SentenceTransformer) -> int:
    """Return how many tokens the model reads, special tokens included."""
    # Tokenizers without a limit of their own say so with an astronomic number.
    return min(int(model.max_seq_length or 512), 1 << 20)


def text_tokenizer(model: SentenceTransformer) -> TextTokenizer:
    """Return our own copy of the model's fast tokenizer.

    Raises
    ------
    EncoderError
        The model has none, so that nobody knows which characters a token covers.
    """
    from tokenizers import Tokenizer

    backend = getattr(model.tokenizer, "backend_tokenizer", None)
    if not isinstance(backend, Tokenizer):
        raise EncoderError(
            f"expected a model with a fast tokenizer (tokenizer.json), got {type(model.tokenizer).__name__}: "
            "choose a model that has one"
        )
    return TextTokenizer(Tokenizer.from_str(backend.to_str()), window(model))


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers' progress bar and remarks off the user's screen while a model is loaded or traced."""
    from transformers.utils import logging as transformers_logging

    shown, verbosity = transformers_logging.is_progress_bar_enabled(), transformers_logging.get_verbosity()
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    transformers_logging.set_verbosity(logging.ERROR)
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if shown:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]
