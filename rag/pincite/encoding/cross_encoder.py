"""The cross-encoder: ms-marco-MiniLM-L-12-v2 tuned to say whether a text answers a question, run without torch.

Question and text are read as one sequence, after Nogueira and Cho (2019, arXiv 1901.04085).
"""

from __future__ import annotations

import atexit
import logging
import shutil
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from pincite.encoding.assembling import assemble
from pincite.encoding.base import Judgements
from pincite.encoding.bundled import PREPARED, bundled_export, bundled_model, prepared_digest
from pincite.encoding.cache import cache_folder, draft_of, file_digest
from pincite.encoding.runtime import CompiledModel
from pincite.encoding.tokenizing import well_formed
from pincite.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pincite.encoding.base import CrossEncoder
    from pincite.types import Span

logger = logging.getLogger(__name__)

TUNED = Path(__file__).with_name("cross_encoder.safetensors")
"""Its weights, written by `pincite_evals.cross_encoder_fit`."""

MAX_TOKENS = 256
"""Window of question and text together, special tokens included; as in tuning."""
QUESTION_TOKENS = 64

_FORMAT = 4
"""Raised when what is put together today would differ from yesterday's for the same weights and graph."""

_GROUPS = 128
"""Activations are rounded to 8 bits with a scale for so many; with 64 and 32 log odds are nearer by .02, and slower."""

_lock = threading.Lock()
_loaded: list[CrossEncoder] = []


def load_cross_encoder() -> CrossEncoder:
    """Return the cross-encoder, the same for every caller; where OpenVINO cannot run it, torch does, if installed.

    Its first use on a machine puts its export together in the user's cache folder.

    Raises
    ------
    EncoderError
        It cannot be run here.
    WeightsMismatch
        The embedded encoder's weights, some of which it shares, are not those that were made.
    """
    with _lock:
        if not _loaded:
            _loaded.append(_load())
        return _loaded[0]


def prepare_cross_encoder() -> None:
    """See to it that the cross-encoder is compiled for this machine, so that the first question need not wait for it.

    Raises what `load_cross_encoder` does.
    """
    if not _export_folder().is_dir():
        load_cross_encoder()


def _export_folder() -> Path:
    digest = sha256(f"{prepared_digest()} {file_digest(TUNED)}".encode()).hexdigest()
    return cache_folder() / "cross-encoders" / f"{digest[:32]}-{_FORMAT}"


def _load() -> CrossEncoder:
    encoder, folder = bundled_export(), _export_folder()
    if folder.is_dir():
        try:
            return ExportedCrossEncoder(folder)
        except EncoderError:
            # Damaged since it was written: it can be made again.
            shutil.rmtree(folder, ignore_errors=True)
    try:
        return ExportedCrossEncoder(_assembled(encoder, folder))
    except (EncoderError, ImportError) as error:
        try:
            from pincite.encoding.tuned import TunedCrossEncoder

            reference = TunedCrossEncoder(bundled_model(), TUNED)
        except (EncoderError, ImportError):
            raise error from None
        logger.warning("reading questions and texts with torch, which is slower: %s", error)
        return reference


def _assembled(encoder: Path, folder: Path) -> Path:
    """Put the export together in ``folder``, or, where that cannot be written, in one that goes with the process."""
    tensors = load_file(TUNED)
    try:
        with draft_of(folder) as draft:
            assemble(PREPARED / "cross_encoder", tensors, encoder, draft)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="pincite-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        assemble(PREPARED / "cross_encoder", tensors, encoder, folder)
    return folder


class PairTokenizer:
    """Makes of a question and texts the arrays that the model reads: ids, mask and types, each (n_texts, n_tokens)."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._question = Tokenizer.from_str(tokenizer.to_str())
        self._question.enable_truncation(QUESTION_TOKENS)
        tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
        self._pair = tokenizer

    def pair(self, question: str, text: str) -> Any:
        """Return the tokens of a question and a text; a question of more than 64 tokens is cut, then the text."""
        return self._pair.encode(self._cut(question), well_formed(text))

    def _cut(self, question: str) -> str:
        question = well_formed(question)
        return question[: max((end for _, end in self._question.encode(question).offsets), default=0)]

    def pairs(self, question: str, texts: Sequence[str]) -> list[Any]:
        """Return the tokens of a question with each text, as `pair` does."""
        cut = self._cut(question)
        return [self._pair.encode(cut, well_formed(text)) for text in texts]

    @staticmethod
    def arrays(encodings: Sequence[Any]) -> list[NDArray[np.int64]]:
        """Return the arrays of pairs, padded to the longest."""
        shape = (len(encodings), max(len(each.ids) for each in encodings))
        ids, mask, types = (np.zeros(shape, dtype=np.int64) for _ in range(3))
        for row, each in enumerate(encodings):
            n = len(each.ids)
            ids[row, :n], mask[row, :n], types[row, :n] = each.ids, 1, each.type_ids
        return [ids, mask, types]


def sentence_means(scores: NDArray[np.float32], pair: Any, sentences: Sequence[Span]) -> NDArray[np.float32]:
    """Return the mean score of each sentence's tokens, shape (len(sentences),).

    Parameters
    ----------
    scores
        Of each token, shape (at least n_tokens,).
    pair
        The tokens of the question and the text.
    sentences
        Spans of the text, in order and apart.
    """
    starts, ends = (np.array([getattr(span, end) for span in sentences], dtype=int) for end in ("start", "end"))
    within = np.array([sequence == 1 for sequence in pair.sequence_ids])
    first, last = np.array(pair.offsets).T
    owner = np.searchsorted(starts, first, side="right") - 1
    within &= (owner >= 0) & (last <= ends[np.maximum(owner, 0)]) if len(sentences) else False
    counts = np.bincount(owner[within], minlength=len(sentences))
    sums = np.bincount(owner[within], weights=scores[: len(within)][within], minlength=len(sentences))
    means = sums / np.maximum(counts, 1)
    if not counts.all():
        means[counts == 0] = means[counts > 0].min(initial=0.0)
    return means.astype(np.float32)


class ExportedCrossEncoder:
    """Reads on the CPU without torch; any number of threads may use one.

    Parameters
    ----------
    folder
        What :func:`pincite.encoding.assembling.assemble` wrote.

    Raises
    ------
    EncoderError
        A file is missing or damaged, or OpenVINO does not run here.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._tokenizer = PairTokenizer(Tokenizer.from_file(str(folder / "tokenizer.json")))
            # Its matrices are in 8 bits: bfloat16 for the rest is no faster, and would judge otherwise by some .1.
            self._model = CompiledModel(
                folder, self._tokenizer.arrays(self._tokenizer.pairs("who", ["he"])), precision="f32", groups=_GROUPS
            )
        # `tokenizers` and OpenVINO raise bare exceptions for whatever is wrong with a file.
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            raise EncoderError(f"OpenVINO cannot run the export in {folder} ({reason}): delete that folder") from error

    def read(self, question: str, texts: Sequence[str], sentences: Sequence[Sequence[Span]] = ()) -> Judgements:
        """Judge texts and their sentences; see :class:`pincite.encoding.base.CrossEncoder`."""
        log_odds = np.zeros(len(texts), np.float32)
        found: list[NDArray[np.float32]] = [np.zeros(0, np.float32)] * len(sentences)
        pairs = self._tokenizer.pairs(question, texts)
        # A share for each stream, which is a core.
        shares = [share for share in np.array_split(np.arange(len(texts)), self._model.streams) if len(share)]

        def judge(share: NDArray[np.intp]) -> None:
            with self._model.infer(self._tokenizer.arrays([pairs[i] for i in share])) as (lent, scores):
                log_odds[share] = lent
                for i, own in zip(share[: len(sentences)], scores, strict=False):
                    found[i] = sentence_means(own, pairs[i], sentences[i])

        if len(shares) == 1:
            judge(shares[0])
        elif shares:
            with ThreadPoolExecutor(len(shares), thread_name_prefix="pincite-judging") as pool:
                list(pool.map(judge, shares))
        return Judgements(log_odds, tuple(found))
