"""The tab where documents are added, looked at and removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from pincite.web.limits import MAX_UPLOAD_BYTES
from pincite_ui import components, documents
from pincite_ui.asking import scope_choices
from pincite_ui.library import MAX_UPLOAD_FILES
from pincite_ui.source import source_view
from pincite_ui.tabs.events import AT_ONCE, QUEUED, Handlers, as_notice, sent
from pincite_ui.visitors import Visitor, Visitors

HELP = (
    "<p>Text, Markdown, HTML, PDF, DOCX, PPTX, XLSX, CSV, RTF, EPUB and notebooks: up to "
    f"{MAX_UPLOAD_FILES} files of {MAX_UPLOAD_BYTES // 1_000_000} MB each at a time. They stay on this computer, and "
    "only you can ask about them.</p>"
)


CHOSEN = "(files) => [files, JSON.stringify(Pincite.chosen())]"


class DocumentsTab(Handlers):
    """Documents of one visitor."""

    def __init__(self, visitors: Visitors) -> None:
        super().__init__(visitors)
        gr.HTML(HELP, elem_classes="pc-intro", js_on_load=None)
        self.upload = gr.File(
            label="Drop files or a folder here, or click to choose",
            file_count="multiple",
            height=150,
            elem_id="pc-upload",
        )
        self.folder = gr.UploadButton("Choose a folder", file_count="directory", size="sm", elem_id="pc-folder")
        self.chosen = gr.Textbox(visible=False)
        self.list = components.document_list(None)

    def listen(self, tab: gr.Tab, scope: gr.Dropdown, source: gr.HTML, tabs: gr.Tabs) -> None:
        """Wire the events; ``scope`` offers the documents, ``source`` shows one, on the first of ``tabs``."""
        for taken in (self.upload, self.folder):
            outputs = [self.list, scope, taken]
            taken.upload(self._add, [taken, self.chosen], outputs, js=CHOSEN, **QUEUED)
        self.list.stop(self._stop, None, None, **AT_ONCE)
        self.list.remove(self._remove, None, [self.list, scope], **QUEUED)
        self.list.view(self._view, None, [source, tabs], **QUEUED)
        tab.select(self._shown, None, self.list, **AT_ONCE)

    def arrived(self, visitor: Visitor) -> dict[str, Any]:
        """Return what the list shows to somebody who opens the page."""
        return documents.documents_view(visitor)

    def _shown(self, request: gr.Request) -> dict[str, Any]:
        return documents.documents_view(self.visitor(request))

    def _add(self, files: Any, chosen: str | None, request: gr.Request) -> Iterator[list[Any]]:
        visitor = self.visitor(request)
        given = [files] if isinstance(files, str) else list(files or ())
        with as_notice():
            paths = [visitor.arrivals.own(str(each)) for each in given]
        try:
            for view in documents.add(visitor, list(zip(paths, documents.names(paths, chosen), strict=True))):
                done = view["progress"] is None
                choices = gr.Dropdown(choices=scope_choices(visitor)) if done else gr.skip()
                yield [view, choices, None]
        finally:
            for path in paths:
                visitor.arrivals.let_go(path)

    def _stop(self, request: gr.Request) -> None:
        self.stop_job(request, documents.JOB)

    def _remove(self, request: gr.Request, event: gr.EventData) -> list[Any]:
        visitor = self.visitor(request)
        view = documents.remove(visitor, str(sent(event, "doc")))
        return [view, gr.Dropdown(choices=scope_choices(visitor), value=[])]

    def _view(self, request: gr.Request, event: gr.EventData) -> list[Any]:
        with as_notice():
            document = self.visitor(request).library.index.document(str(sent(event, "doc")))
            return [source_view(document), gr.Tabs(selected="ask")]
