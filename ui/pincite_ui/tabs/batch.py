"""The tab where a file of questions is answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from pincite_ui import batch, components
from pincite_ui.tabs.events import AT_ONCE, QUEUED, Handlers, as_notice
from pincite_ui.visitors import Visitors

HELP = (
    "<p>Answer a whole file of questions: one a line, a CSV with a column <code>question</code>, or JSON Lines. Where "
    "the file says what the answers should be, they are scored.</p>"
)


class BatchTab(Handlers):
    """A batch of one visitor."""

    def __init__(self, visitors: Visitors) -> None:
        super().__init__(visitors)
        gr.HTML(HELP, elem_classes="pc-intro", js_on_load=None)
        self.questions = gr.File(
            label="Questions: drop a file, or click to choose",
            file_types=[".csv", ".jsonl", ".txt"],
            height=130,
            elem_id="pc-questions",
        )
        with gr.Row():
            self.run = gr.Button("Answer all", variant="primary", elem_id="pc-run", scale=0)
            self.cancel = gr.Button("Stop", visible=False, elem_id="pc-cancel", scale=0)
            self.download = gr.Button(
                "Download the answers", link=batch.ANSWERS_PATH, visible=False, elem_id="pc-download", scale=0
            )
        self.progress = components.progress_line(None)
        self.answers = gr.Dataframe(
            headers=[column.capitalize() for column in batch.COLUMNS],
            datatype="str",
            interactive=False,
            wrap=True,
            column_widths=["11%", "25%", "36%", "8%", "20%"],
            visible=False,
            label="Answers",
            elem_id="pc-answers",
        )
        self.report = components.report_frame(None)

    def listen(self) -> None:
        """Wire the events."""
        outputs = [self.run, self.cancel, self.download, self.progress, self.answers, self.report]
        self.run.click(self._run, self.questions, outputs, **QUEUED)
        self.cancel.click(self._stop, None, None, **AT_ONCE)

    def _run(self, questions: str | None, request: gr.Request) -> Iterator[list[Any]]:
        if not questions:
            raise gr.Error("Choose a file of questions first.", print_exception=False)
        visitor = self.visitor(request)
        with as_notice():
            path = visitor.arrivals.own(str(questions))
        for state in batch.run(visitor, path, path.name):
            runs = state.share is not None
            yield [
                gr.Button(visible=not runs),
                gr.Button(visible=runs),
                gr.Button(visible=state.has_answers),
                {"status": state.status, "share": state.share},
                gr.Dataframe(value=[list(row) for row in state.rows], visible=bool(state.rows)),
                None if state.report is None else {"html": state.report},
            ]

    def _stop(self, request: gr.Request) -> None:
        self.stop_job(request, batch.JOB)
