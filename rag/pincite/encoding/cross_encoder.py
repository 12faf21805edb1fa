"""The cross-encoder: ms-marco-MiniLM-L-12-v2 tuned to say whether a text answers a question, run without torch.

Question and text are read as one sequence, after Nogueira and Cho (2019, arXiv 1901.04085).
"""

from __future__ import annotations

import logging
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tokenizers import Tokenizer

from pincite.encoding.bundled import BUNDLED_SHA256, bundled_model
from pincite.encoding.cache import cache_folder, draft_of, file_digest
from pincite.encoding.runtime import CompiledModel
from pincite.encoding.tokenizing import well_formed
from pincite.errors import EncoderError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pincite.encoding.base import CrossEncoder

logger = logging.getLogger(__name__)

TUNED = Path(__file__).with_name("cross_encoder.safetensors")
"""Its weights, written by `pincite_evals.cross_encoder_fit`."""

MAX_TOKENS = 192
"""Window of question and text together, special tokens included; as in tuning."""
QUESTION_TOKENS = 64

_FORMAT = 2
"""Raised when an export of today would differ from one of yesterday for the same weights."""

_GROUPS = 128
"""Activations are rounded to 8 bits with a scale for so many; with 64 and 32 log odds are nearer by .02, and slower."""

_lock = threading.Lock()
_loaded: list[CrossEncoder] = []


def load_cross_encoder() -> CrossEncoder:
    """Return the cross-encoder, the same for every caller; where OpenVINO cannot run it, torch does.

    Its first use on a machine loads torch and keeps what it exports in the user's cache folder.

    Raises
    ------
    EncoderError
        The embedded model is not installed.
    WeightsMismatch
        The embedded model's weights are not the published ones.
    """
    with _lock:
        if not _loaded:
            _loaded.append(_load())
        return _loaded[0]


def prepare_cross_encoder() -> None:
    """See to it that the cross-encoder is exported, so that the first question need not wait for torch.

    Raises what `load_cross_encoder` does.
    """
    if not _export_folder().is_dir():
        load_cross_encoder()


def _export_folder() -> Path:
    digest = sha256(f"{BUNDLED_SHA256} {file_digest(TUNED)}".encode()).hexdigest()
    return cache_folder() / "cross-encoders" / f"{digest[:32]}-{_FORMAT}"


def _load() -> CrossEncoder:
    source, folder = bundled_model(), _export_folder()
    if folder.is_dir():
        try:
            return ExportedCrossEncoder(folder)
        except EncoderError:
            # Damaged since it was written: it can be made again.
            shutil.rmtree(folder, ignore_errors=True)
    from pincite.encoding.tuned import TunedCrossEncoder

    reference = TunedCrossEncoder(source, TUNED)
    try:
        logger.info("preparing the cross-encoder; this happens once")
        with draft_of(folder) as draft:
            reference.export(draft)
            reference.check_agreement(ExportedCrossEncoder(draft))
        return ExportedCrossEncoder(folder)
    except (EncoderError, ImportError, OSError) as error:
        logger.warning("reading questions and texts with torch, which is slower: %s", error)
        return reference


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

    def arrays(self, question: str, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        """Return the arrays, padded to the longest."""
        cut = self._cut(question)
        encodings = [self._pair.encode(cut, well_formed(text)) for text in texts]
        shape = (len(encodings), max(len(each.ids) for each in encodings))
        ids, mask, types = (np.zeros(shape, dtype=np.int64) for _ in range(3))
        for row, each in enumerate(encodings):
            n = len(each.ids)
            ids[row, :n], mask[row, :n], types[row, :n] = each.ids, 1, each.type_ids
        return [ids, mask, types]


class ExportedCrossEncoder:
    """Reads on the CPU without torch; any number of threads may use one.

    Parameters
    ----------
    folder
        What :meth:`pincite.encoding.tuned.TunedCrossEncoder.export` wrote.

    Raises
    ------
    EncoderError
        A file is missing or damaged, or OpenVINO does not run here.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._tokenizer = PairTokenizer(Tokenizer.from_file(str(folder / "tokenizer.json")))
            # Its matrices are in 8 bits: bfloat16 for the rest is no faster, and would judge otherwise by some .1.
            self._model = CompiledModel(folder, self._tokenizer.arrays("who", ["he"]), precision="f32", groups=_GROUPS)
        # `tokenizers` and OpenVINO raise bare exceptions for whatever is wrong with a file.
        except Exception as error:
            reason = " ".join(str(error).split())[:300]
            raise EncoderError(f"OpenVINO cannot run the export in {folder} ({reason}): delete that folder") from error

    def answering(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the log odds of each text answering the question, shape (len(texts),)."""
        log_odds = np.zeros(len(texts), np.float32)
        # A share for each stream, which is a core.
        shares = [share for share in np.array_split(np.arange(len(texts)), self._model.streams) if len(share)]

        def judge(share: NDArray[np.intp]) -> None:
            with self._model.infer(self._tokenizer.arrays(question, [texts[i] for i in share])) as (lent,):
                log_odds[share] = lent

        if len(shares) == 1:
            judge(shares[0])
        elif shares:
            with ThreadPoolExecutor(len(shares), thread_name_prefix="pincite-judging") as pool:
                list(pool.map(judge, shares))
        return log_odds
