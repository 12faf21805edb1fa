"""``python -m pincite_evals.attacks.launching COMMAND...``: become a command that ends when its starter does."""

from __future__ import annotations

import os
import sys

from pincite_evals.attacks.processes import MOST_BYTES, end_with_parent

if __name__ == "__main__":
    end_with_parent(most_bytes=MOST_BYTES)
    os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - the whole point
