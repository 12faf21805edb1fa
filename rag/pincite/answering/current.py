"""An index that others may change, asked as it stands now."""

from __future__ import annotations

import threading
from collections.abc import Callable

from pincite.answering.assistant import Assistant
from pincite.encoding import Encoder
from pincite.indexing import Index
from pincite.storing.folder_store import Where, store_at


class CurrentAssistant:
    """The assistant of an index, made anew when another state of it has taken its place.

    Safe for use by many threads.

    Parameters
    ----------
    folder
        The index, a path or another `IndexStore`; others may write it meanwhile.
    encoder
        The encoder it was built with.
    make
        Makes what answers, of an index.
    """

    def __init__(self, folder: Where, encoder: Encoder, make: Callable[[Index], Assistant]) -> None:
        self._store = store_at(folder)
        self._encoder, self._make = encoder, make
        self._opening = threading.Lock()
        self._opened: tuple[object, Assistant] | None = None

    def __call__(self) -> Assistant:
        """Return what answers now; whoever has it may go on asking it while a newer state takes its place.

        Raises
        ------
        IndexNotFound
            There is no index in the folder.
        UnusableIndex
            The index is damaged, of another version, or built with another encoder.
        """
        version = self._store.version()
        with self._opening:
            if self._opened is None or version is None or self._opened[0] != version:
                # The one before is not closed: a question may still be read from it; it goes with the last answer.
                assistant = self._make(Index.open(self._store, encoder=self._encoder))
                self._opened = version, assistant
            return self._opened[1]
