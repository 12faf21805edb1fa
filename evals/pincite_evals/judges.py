"""Which weights of the cross-encoder may judge a question: none that were tuned on its document.

The sets of `pincite_evals.tuning_pairs` are tuned on; their documents fall into folds, and
``python -m pincite_evals.cross_encoder_fit FOLDER_OF_SETS --fold N --out FOLDER/fold-N.safetensors`` writes the weights
that have not seen those of one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pincite.encoding.bundled import bundled_model
from pincite_evals.tuning_pairs import FOLDS, TUNING_SETS, fold_of

if TYPE_CHECKING:
    from pincite.encoding import CrossEncoder

TUNED_ON = frozenset(each.name for each in TUNING_SETS)

Judges = Callable[[str, str], "CrossEncoder | None"]
"""Given a set and a document, what judges its questions; ``None`` for the cross-encoder that ships."""


def shipped(set_name: str, doc: str) -> None:
    """Let the shipped cross-encoder judge."""


def folded(folder: Path) -> Judges:
    """Return judges from a folder of the folds' weights.

    Raises
    ------
    SystemExit
        A fold's weights are not there.
    """
    from pincite.encoding.tuned import TunedCrossEncoder

    files = [folder / f"fold-{fold}.safetensors" for fold in range(FOLDS)]
    for fold, file in enumerate(files):
        if not file.is_file():
            raise SystemExit(
                f"{file} is not there: write it with python -m pincite_evals.cross_encoder_fit FOLDER_OF_SETS "
                f"--fold {fold} --out {file}"
            )
    judges = [TunedCrossEncoder(bundled_model(), file) for file in files]
    return lambda set_name, doc: judges[fold_of(doc)] if set_name in TUNED_ON else None
