"""The part of the settings where a language model is chosen and tested."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

import gradio as gr

from pincite import PinciteError
from pincite_ui import components
from pincite_ui.settings import ModelChoice, Settings
from pincite_ui.tabs.events import QUEUED, Handlers
from pincite_ui.visitors import Visitor, Visitors
from pincite_ui.wording import sentence

HELP = (
    "<p>None is needed. If you have one, it writes the answers, and each of its sentences is held against the passages "
    "before you see it. Passages of your documents are sent to it.</p>"
)
NOT_HERE = "The language model of this server is chosen where it was started."
MAX_CHARS = 500
IN_TURN: dict[str, Any] = {**QUEUED, "concurrency_limit": 1, "concurrency_id": "settings"}


class ModelPart(Handlers):
    """Where the model runs, and how it may write."""

    def __init__(self, visitors: Visitors) -> None:
        super().__init__(visitors)
        with gr.Column(elem_id="pc-model"):
            gr.HTML(f'<h2 class="pc-setting">Language model</h2>{HELP}', elem_classes="pc-intro", js_on_load=None)
            with gr.Column(visible=visitors.models.may_choose):
                self.at = gr.Textbox(
                    label="Where it runs",
                    placeholder="http://127.0.0.1:8080/v1, or the path of a GGUF file",
                    max_length=MAX_CHARS,
                    elem_id="pc-model-at",
                )
                with gr.Row():
                    self.name = gr.Textbox(
                        label="Model", placeholder="the first", max_length=MAX_CHARS, elem_id="pc-model-name"
                    )
                    self.key = gr.Textbox(
                        label="Key",
                        placeholder="none",
                        type="password",
                        max_length=MAX_CHARS,
                        elem_id="pc-model-key",
                    )
                self.remote = gr.Checkbox(label="It may run on another machine", elem_id="pc-model-remote")
                self.strict = gr.Checkbox(
                    label="Leave out what no passage supports, instead of marking it", elem_id="pc-model-strict"
                )
                self.unsure = gr.Checkbox(
                    label="Ask it although the documents seem not to answer", elem_id="pc-model-unsure"
                )
                with gr.Row():
                    self.use = gr.Button("Test and use", variant="primary", scale=0, elem_id="pc-model-use")
                    self.none = gr.Button("Use none", scale=0, elem_id="pc-model-none")
            self.state = components.progress_line(None, elem_id="pc-model-state")
        self.fields = [self.at, self.name, self.key, self.remote, self.strict, self.unsure]
        self.shown = [*self.fields, self.state]

    def listen(self) -> None:
        """Wire the events."""
        self.use.click(self._use, self.fields, self.state, **IN_TURN)
        self.at.submit(self._use, self.fields, self.state, **IN_TURN)
        self.none.click(self._use_none, None, self.shown, **IN_TURN)

    def arrived(self, visitor: Visitor) -> list[Any]:
        """Return what :attr:`shown` shows to somebody who opens the page."""
        choice = visitor.settings.language_model
        return [*asdict(choice).values(), _state(_in_use(visitor, choice))]

    def _use(
        self, at: str, model: str, key: str, remote: bool, strict: bool, unsure: bool, request: gr.Request
    ) -> Iterator[dict[str, Any]]:
        visitor = self.visitor(request)
        choice = ModelChoice(at.strip(), model.strip(), key.strip(), bool(remote), bool(strict), bool(unsure))
        try:
            if not choice.at:
                raise PinciteError("say first where the language model runs")
            yield _state("Asking it for a word", 0.5)
            probe = visitor.models.test(choice)
            self._keep(visitor, choice)
        except (PinciteError, OSError) as error:
            kept = _in_use(visitor, visitor.settings.language_model)
            yield _state(f"{sentence(error)} {kept}")
            return
        yield _state(
            f"{probe.name} answered in {probe.seconds:.1f} s and holds {probe.context_size:,} tokens. It writes the "
            "answers from now on."
        )

    def _use_none(self, request: gr.Request) -> list[Any]:
        visitor = self.visitor(request)
        try:
            self._keep(visitor, ModelChoice())
        except OSError as error:
            return [*(gr.skip() for _ in self.fields), _state(sentence(error))]
        return self.arrived(visitor)

    def _keep(self, visitor: Visitor, choice: ModelChoice) -> None:
        settings: Settings = visitor.settings
        visitor.settings = replace(settings, language_model=choice)


def _in_use(visitor: Visitor, choice: ModelChoice) -> str:
    models = visitor.models
    if models.may_choose and choice.at:
        return f"In use: {choice.model or choice.at}."
    own = f"In use: {models.own.name}, the server's." if models.own is not None else "None is in use."
    return own if models.may_choose else f"{own} {NOT_HERE}"


def _state(said: str, share: float | None = None) -> dict[str, Any]:
    return {"status": said, "share": share}
