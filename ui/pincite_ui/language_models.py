"""The language models that visitors choose, each opened once for all of them."""

from __future__ import annotations

import threading

from pincite import Generator, PinciteError, Probe, Writing, open_generator, probe_generator
from pincite_ui.settings import ModelChoice

PROBE_SECONDS = 60.0
Opened = tuple[str, str, str, bool]


class LanguageModels:
    """Opens what was chosen, and remembers it.  Safe for use by many threads.

    Parameters
    ----------
    generator, writing
        The server's own, for whoever has chosen none.
    may_choose
        Whether visitors may choose others; the server asks whatever address or file they name.
    """

    def __init__(
        self, generator: Generator | None = None, writing: Writing | None = None, *, may_choose: bool = True
    ) -> None:
        self.own, self.writing, self.may_choose = generator, writing or Writing(), may_choose
        self._opened: dict[Opened, Generator] = {}
        self._lock = threading.Lock()

    def of(self, choice: ModelChoice) -> tuple[Generator | None, Writing]:
        """Return the model that was chosen and how it may write; the server's own where none was.

        Raises
        ------
        PinciteError
            It cannot be opened.
        """
        if not (choice.at and self.may_choose):
            return self.own, self.writing
        key = (choice.at, choice.model, choice.key, choice.remote)
        with self._lock:
            if key not in self._opened:
                self._opened[key] = open_generator(
                    choice.at, model=choice.model or None, key=choice.key or None, remote=choice.remote
                )
            return self._opened[key], Writing(strict=choice.strict, when_unsure=choice.when_unsure)

    def test(self, choice: ModelChoice) -> Probe:
        """Ask the model that was chosen for a word.

        Raises
        ------
        PinciteError
            It cannot be reached or run, or none was chosen and the server has none.
        """
        generator, _ = self.of(choice)
        if generator is None:
            raise PinciteError("say first where the language model runs")
        return probe_generator(generator, seconds=PROBE_SECONDS)
