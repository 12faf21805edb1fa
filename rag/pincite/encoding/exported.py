"""The fast path: a model exported once, then run by OpenVINO with ``tokenizers`` alone, without torch."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tokenizers import Tokenizer

from pincite.encoding.base import EncoderIdentity, Encoding
from pincite.encoding.batching import EncodedText, encode_in_batches
from pincite.encoding.bundled import BUNDLED_NAME, BUNDLED_NAMES, bundled_export, prepared_digest
from pincite.encoding.cache import cache_folder, draft_of, model_fingerprint
from pincite.encoding.locating import locate_model
from pincite.encoding.runtime import CompiledModel
from pincite.encoding.tokenizing import TextTokenizer, TokenizedText
from pincite.errors import EncoderError

if TYPE_CHECKING:
    from pincite.types import ProgressCallback, Span

logger = logging.getLogger(__name__)

_FORMAT = 1
"""Raised when an export of today would differ from one of yesterday for the same model."""

_BATCH_SIZE = 16
"""8, 16 and 32 are equally fast (evals/results/encoding_speed.md); 16 keeps memory low and progress smooth."""


def open_exported(
    name_or_path: str | os.PathLike[str] | None = None, *, local_files_only: bool = True, precision: str | None = None
) -> ExportedEncoder:
    """Return the fast encoder of a model, exporting it if this is its first use on this machine.

    The embedded model's export comes with Pincite.  Exporting another loads sentence-transformers and torch and takes
    some seconds; the export is kept in the user's cache folder, and from then on neither is imported.

    Parameters
    ----------
    name_or_path
        A model's name or folder; by default the embedded all-MiniLM-L6-v2.
    local_files_only
        Whether to stay offline; ``False`` allows the model's download.
    precision
        ``"bf16"`` or ``"f32"``; by default float32 unless bfloat16 is much faster on this CPU.

    Raises
    ------
    EncoderError
        The model is not there, or cannot be exported and run here.
    MissingExtra
        It must be exported, and sentence-transformers is not installed.
    """
    if name_or_path in BUNDLED_NAMES:
        folder = bundled_export()
        kept = cache_folder() / "encoders" / f"{BUNDLED_NAME}-{prepared_digest()[:16]}"
        return ExportedEncoder(folder, name=os.fspath(name_or_path or BUNDLED_NAME), precision=precision, kept=kept)
    source = locate_model(name_or_path, offline=local_files_only)
    name = os.fspath(name_or_path or "")
    folder = cache_folder() / "encoders" / f"{model_fingerprint(source)[:32]}-{_FORMAT}"
    if folder.is_dir():
        try:
            return ExportedEncoder(folder, name=name, precision=precision)
        except EncoderError:
            # Damaged since it was written: it can be made again.
            shutil.rmtree(folder, ignore_errors=True)
    try:
        _export_to(folder, source)
    except OSError as error:
        raise EncoderError(
            f"cannot write the export to {folder} ({error}): set PINCITE_CACHE to a writable folder"
        ) from error
    return ExportedEncoder(folder, name=name, precision=precision)


class ExportedEncoder:
    """Encodes on the CPU without torch, several times as fast and in less than half of the memory.

    Any number of threads may use one encoder; it runs as many inferences at a time as the CPU has use for.

    Parameters
    ----------
    folder
        What :func:`pincite.encoding.exporting.export` wrote.
    name
        What the user calls the model.
    precision
        ``"bf16"`` or ``"f32"``; by default float32 unless bfloat16 is much faster on this CPU.
    kept
        A folder for what is found out about this CPU; by default the export's own.

    Raises
    ------
    EncoderError
        A file is missing or damaged, or OpenVINO does not run here.
    """

    def __init__(self, folder: Path, *, name: str, precision: str | None = None, kept: Path | None = None) -> None:
        try:
            settings = json.loads((folder / "encoder.json").read_bytes())
            self._identity = EncoderIdentity(
                name=name,
                weights_sha256=settings["weights_sha256"],
                dim=settings["dim"],
                max_tokens=settings["max_tokens"],
            )
            self._prompts: dict[str, str] = settings["prompts"]
            self._pad_id: int = settings["pad_id"]
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            one_token = np.ones((1, 1), dtype=np.int64)
            self._model = CompiledModel(
                folder, [one_token, one_token], window=self._identity.max_tokens, precision=precision, kept=kept
            )
        # `tokenizers` and OpenVINO raise bare exceptions for whatever is wrong with a file.
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            raise EncoderError(f"OpenVINO cannot run the export in {folder} ({reason}): delete that folder") from error
        self._tokenizer = TextTokenizer(tokenizer, self._identity.max_tokens)

    @property
    def identity(self) -> EncoderIdentity:
        """Name, weights digest, dimension and window."""
        return self._identity

    def encode_documents(
        self, texts: Sequence[str], *, with_tokens: bool = False, progress: ProgressCallback | None = None
    ) -> Encoding:
        """Encode passages, with the model's document prompt where it has one."""
        return self._encode(texts, self._prompts["document"], with_tokens=with_tokens, progress=progress)

    def encode_queries(self, texts: Sequence[str], *, with_tokens: bool = False) -> Encoding:
        """Encode queries, with the model's query prompt where it has one."""
        return self._encode(texts, self._prompts["query"], with_tokens=with_tokens)

    def token_spans(self, text: str) -> tuple[Span, ...]:
        """Return the span of each of the text's tokens, without special tokens and without truncation."""
        return self._tokenizer.spans(text)

    def _encode(
        self, texts: Sequence[str], prompt: str, *, with_tokens: bool, progress: ProgressCallback | None = None
    ) -> Encoding:
        def run(batches: list[list[TokenizedText]]) -> Iterator[list[EncodedText]]:
            if len(batches) == 1:
                yield self._infer(batches[0], with_tokens=with_tokens)
                return
            pool = ThreadPoolExecutor(self._model.streams, thread_name_prefix="pincite-encoding")
            try:
                yield from pool.map(lambda batch: self._infer(batch, with_tokens=with_tokens), batches)
            finally:
                # So that an interrupt does not wait for all that is left.
                pool.shutdown(cancel_futures=True)

        return encode_in_batches(
            texts,
            prepare=lambda text: self._tokenizer.tokenize(text, prompt=prompt),
            length=lambda tokens: len(tokens.ids),
            run=run,
            dim=self._identity.dim,
            # A few texts, such as the sentences of one answer, are shared among the streams too.
            batch_size=min(_BATCH_SIZE, -(-len(texts) // self._model.streams)) or 1,
            with_tokens=with_tokens,
            progress=progress,
        )

    def _infer(self, batch: list[TokenizedText], *, with_tokens: bool) -> list[EncodedText]:
        ids = np.full((len(batch), max(len(tokens.ids) for tokens in batch)), self._pad_id, dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens.ids)] = tokens.ids
            mask[row, : len(tokens.ids)] = 1
        with self._model.infer([ids, mask]) as (lent_vectors, rows):
            # Everything kept is copied (by `positions`, too).
            vectors = np.array(lent_vectors)
            if not with_tokens:
                return [EncodedText(vector) for vector in vectors]
            return [
                EncodedText(vector, text_rows[tokens.positions], tokens.spans)
                for vector, text_rows, tokens in zip(vectors, rows, batch, strict=True)
            ]


def _export_to(folder: Path, source: Path) -> None:
    """Export a model into a folder that appears whole, with the first of several processes that do it."""
    from pincite.encoding.reference import check_installed

    check_installed()
    from pincite.encoding.exporting import check_agreement, export

    logger.info("preparing the encoder of %s; this happens once", source)
    with draft_of(folder) as draft:
        reference = export(source, draft)
        check_agreement(ExportedEncoder(draft, name=os.fspath(source)), reference)
