"""Who asks: each browser is a visitor with documents, conversations and settings of its own."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pincite import Assistant, Encoder, Index, PinciteError, ReadingLimits
from pincite.web.limits import KeepingLimits
from pincite.web.private import close_tree_to_others, private_folder
from pincite_ui.arrivals import FOLDER, Arrivals
from pincite_ui.conversations import ChatTurn, Conversations
from pincite_ui.cookies import Cookies
from pincite_ui.jobs import Job
from pincite_ui.language_models import LanguageModels
from pincite_ui.library import Library
from pincite_ui.settings import Settings, read_settings, write_settings

MAX_IN_MEMORY = 64


@dataclass(slots=True)
class Visitor:
    """One browser's documents, conversations, settings, uploads on their way, and the work that runs for it now."""

    folder: Path
    library: Library
    conversations: Conversations
    models: LanguageModels
    arrivals: Arrivals
    jobs: dict[str, Job[Any]] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """What was chosen."""
        return read_settings(self.folder / "settings.json")

    @settings.setter
    def settings(self, settings: Settings) -> None:
        write_settings(self.folder / "settings.json", settings)

    def assistant(self) -> Assistant:
        """Return what answers this visitor's questions, as it was chosen.

        Raises
        ------
        PinciteError
            The index or the language model that was chosen cannot be opened.
        """
        settings = self.settings
        generator, writing = self.models.of(settings.language_model)
        return Assistant(
            self.library.index,
            stages=settings.stages,
            threshold=settings.threshold,
            generator=generator,
            writing=writing,
        )

    def note_feedback(self, conversation_id: str, turn: ChatTurn) -> None:
        """Add a thumb up or down to ``feedback.jsonl``, in the form in which evaluation reads questions and answers.

        Raises
        ------
        OSError
            The file cannot be written.
        """
        line = {
            "id": f"{conversation_id}-{turn.turn_id}",
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "feedback": turn.feedback,
            **(turn.answer or {}),
            "question": turn.question,
        }
        path = private_folder(self.folder) / "feedback.jsonl"
        path.touch(mode=0o600)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


class Visitors:
    """All visitors, by the id in their cookie.  Safe for use by many threads.

    Parameters
    ----------
    limits
        Of the reading of what they upload.
    keeping
        Of what is kept for them.
    guarded
        Whether a password is asked for.
    """

    def __init__(
        self,
        index: Index,
        index_folder: Path,
        data: Path,
        models: LanguageModels,
        *,
        limits: ReadingLimits | None = None,
        keeping: KeepingLimits | None = None,
        guarded: bool = False,
    ) -> None:
        self._limits, self._keeping = limits, keeping
        self.index, self._index_folder, self.models = index, index_folder, models
        self.cookies = Cookies(data, guarded=guarded)
        self._folder = private_folder(data.resolve() / "visitors")
        self.arriving = private_folder(data.resolve() / FOLDER)
        self.encoder: Encoder = index.encoder
        self._known: OrderedDict[str, Visitor] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, cookies: Mapping[str, str]) -> Visitor:
        """Return the visitor of a request.

        Raises
        ------
        PinciteError
            The request has no cookie of ours.
        """
        visitor_id = self.cookies.visitor_id(cookies)
        if visitor_id is None:
            raise PinciteError("the page's cookie is missing or not this server's: reload the page")
        with self._lock:
            visitor = self._known.pop(visitor_id, None) or self._arrived(visitor_id)
            self._known[visitor_id] = visitor
            while len(self._known) > MAX_IN_MEMORY and (idle := self._idle()) is not None:
                del self._known[idle]
            return visitor

    def _arrived(self, visitor_id: str) -> Visitor:
        folder = self._folder / visitor_id
        # Earlier versions let others read it.
        close_tree_to_others(folder)
        library = Library(self.index, self._index_folder, folder, self.encoder, self._limits, self._keeping)
        arrivals = Arrivals(self.arriving / visitor_id)
        return Visitor(folder, library, Conversations(folder / "conversations"), self.models, arrivals)

    def _idle(self) -> str | None:
        """Return the one longest away for whom nothing runs."""
        return next(
            (key for key, each in self._known.items() if not any(job.running for job in each.jobs.values())), None
        )
