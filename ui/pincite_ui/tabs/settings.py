"""The tab of choices."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

import gradio as gr

from pincite import Stages
from pincite_ui import components
from pincite_ui.measured import threshold_curve
from pincite_ui.settings import MAX_PASSAGES, Settings, settings_of
from pincite_ui.tabs.events import LATEST, Handlers, as_notice, sent
from pincite_ui.tabs.language_model import ModelPart
from pincite_ui.visitors import Visitor, Visitors

STAGES = {
    "dense": "By meaning",
    "lexical": "By words",
    "late_interaction": "Word by word again, for the best",
    "merge": "Merge neighbouring short passages",
    "deduplicate": "Leave out near-duplicates",
}
assert tuple(STAGES) == tuple(each.name for each in fields(Stages))


IN_TURN: dict[str, Any] = {**LATEST, "concurrency_limit": 1, "concurrency_id": "settings"}
"""Choices are kept in the order in which they are made."""


class SettingsTab(Handlers):
    """Choices of one visitor."""

    def __init__(self, visitors: Visitors) -> None:
        super().__init__(visitors)
        self.model = ModelPart(visitors)
        self.passages = gr.Slider(1, MAX_PASSAGES, 6, step=1, label="Passages under an answer", elem_id="pc-passages")
        self.threshold = components.threshold_slider(_curve(Settings()))
        self.stages = gr.CheckboxGroup(
            [(label, name) for name, label in STAGES.items()], label="Stages of search", elem_id="pc-stages"
        )
        self.theme = gr.Radio(
            [("As the system has it", "system"), ("Light", "light"), ("Dark", "dark")],
            value="system",
            label="Appearance",
            elem_id="pc-theme",
        )
        self.shown = [self.passages, self.threshold, self.stages, *self.model.shown]

    def listen(self, page: gr.Blocks) -> None:
        """Wire the events."""
        self.model.listen()
        self.theme.input(None, self.theme, None, js="(choice) => { Pincite.theme(choice); }")
        page.load(None, None, self.theme, js="() => Pincite.theme()")
        self.passages.input(self._choose_passages, self.passages, None, **IN_TURN)
        self.stages.input(self._choose_stages, self.stages, self.stages, **IN_TURN)
        self.threshold.choose(self._choose_threshold, None, self.threshold, **IN_TURN)

    def arrived(self, visitor: Visitor) -> list[Any]:
        """Return what :attr:`shown` shows to somebody who opens the page."""
        settings = visitor.settings
        return [settings.passages, _curve(settings), _on(settings), *self.model.arrived(visitor)]

    def _choose_passages(self, passages: float, request: gr.Request) -> None:
        self._keep(request, passages=int(passages))

    def _choose_stages(self, stages: list[str], request: gr.Request) -> Any:
        if not {"dense", "lexical"} & set(stages):
            gr.Warning("Keep at least one of the two ways to search: by meaning or by words.")
            return _on(self.visitor(request).settings)
        self._keep(request, stages={name: name in stages for name in STAGES})
        return gr.skip()

    def _choose_threshold(self, request: gr.Request, event: gr.EventData) -> dict[str, Any]:
        self._keep(request, threshold=sent(event, "threshold"))
        return _curve(self.visitor(request).settings)

    def _keep(self, request: gr.Request, **changed: Any) -> None:
        visitor = self.visitor(request)
        with as_notice():
            visitor.settings = settings_of({**asdict(visitor.settings), **changed})


def _curve(settings: Settings) -> dict[str, Any]:
    curve = threshold_curve()
    return {**curve, "threshold": curve["default"] if settings.threshold is None else settings.threshold}


def _on(settings: Settings) -> list[str]:
    return [name for name in STAGES if getattr(settings.stages, name)]
