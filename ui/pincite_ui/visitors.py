"""Who asks: each browser is a visitor with documents, conversations and settings of its own."""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pincite import Assistant, Encoder, Index, ReadingLimits
from pincite_ui.conversations import ChatTurn, Conversations
from pincite_ui.jobs import Job
from pincite_ui.language_models import LanguageModels
from pincite_ui.library import Library
from pincite_ui.settings import Settings, read_settings, write_settings

COOKIE = "pincite_visitor"
MAX_IN_MEMORY = 64
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(slots=True)
class Visitor:
    """One browser's documents, conversations, settings, and the work that runs for it now."""

    folder: Path
    library: Library
    conversations: Conversations
    models: LanguageModels
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
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "feedback.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def new_visitor_id() -> str:
    """Return an id that nobody can guess."""
    return secrets.token_hex(16)


class Visitors:
    """All visitors, by the id in their cookie.  Safe for use by many threads."""

    def __init__(
        self,
        index: Index,
        index_folder: Path,
        data: Path,
        models: LanguageModels,
        limits: ReadingLimits | None = None,
    ) -> None:
        self._limits = limits
        self.index, self._index_folder, self._data, self.models = index, index_folder, data, models
        self.encoder: Encoder = index.encoder
        self._known: OrderedDict[str, Visitor] = OrderedDict()
        self._lock = threading.Lock()
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Uploads on their way: by default Gradio puts them where every user of the machine can read them.
        os.environ.setdefault("GRADIO_TEMP_DIR", str(data / "arriving"))

    def of(self, cookies: Mapping[str, str]) -> Visitor:
        """Return the visitor of a request; without a cookie of ours it is a new one that nobody comes back to."""
        visitor_id = cookies.get(COOKIE, "")
        if not _ID.fullmatch(visitor_id):
            visitor_id = new_visitor_id()
        with self._lock:
            visitor = self._known.pop(visitor_id, None) or self._arrived(visitor_id)
            self._known[visitor_id] = visitor
            while len(self._known) > MAX_IN_MEMORY and (idle := self._idle()) is not None:
                del self._known[idle]
            return visitor

    def _arrived(self, visitor_id: str) -> Visitor:
        folder = self._data / "visitors" / visitor_id
        library = Library(self.index, self._index_folder, folder, self.encoder, self._limits)
        return Visitor(folder, library, Conversations(folder / "conversations"), self.models)

    def _idle(self) -> str | None:
        """Return the one longest away for whom nothing runs."""
        return next(
            (key for key, each in self._known.items() if not any(job.running for job in each.jobs.values())), None
        )
