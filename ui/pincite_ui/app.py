"""The page: its tabs, and what somebody who opens it sees."""

from __future__ import annotations

from typing import Any

import gradio as gr

from pincite_ui.tabs.ask import AskTab
from pincite_ui.tabs.batch import BatchTab
from pincite_ui.tabs.documents import DocumentsTab
from pincite_ui.tabs.events import AT_ONCE, CONCURRENT
from pincite_ui.tabs.settings import SettingsTab
from pincite_ui.visitors import Visitors

BRAND = '<header class="pc-brand"><h1>Pincite</h1><span>Every answer pinned to the words it came from</span></header>'
MAX_WAITING = 512
DAY_S = 86_400


def build_page(visitors: Visitors) -> gr.Blocks:
    """Lay the page out for the visitors of one server."""
    page: gr.Blocks
    with gr.Blocks(
        title="Pincite",
        analytics_enabled=False,
        elem_id="pc-page",
        fill_width=True,
        delete_cache=(DAY_S // 24, DAY_S),
    ) as page:
        gr.HTML(BRAND, elem_id="pc-header", apply_default_css=False, js_on_load=None)
        with gr.Tabs(elem_id="pc-tabs") as tabs:
            with gr.Tab("Ask", id="ask"):
                ask = AskTab(visitors)
            with gr.Tab("Documents", id="documents") as documents_tab, gr.Column(elem_classes="pc-narrow"):
                documents = DocumentsTab(visitors)
            with gr.Tab("Batch", id="batch"), gr.Column(elem_classes="pc-narrow"):
                batch = BatchTab(visitors)
            with gr.Tab("Settings", id="settings"), gr.Column(elem_classes="pc-narrow"):
                settings = SettingsTab(visitors)
        ask.listen()
        documents.listen(documents_tab, ask.scope, ask.source, tabs)
        batch.listen()
        settings.listen(page)

        def arrive(request: gr.Request) -> list[Any]:
            visitor = visitors.of(request.cookies)
            return [*ask.arrived(visitor), documents.arrived(visitor), *settings.arrived(visitor)]

        page.load(arrive, None, [*ask.shown, ask.scope, documents.list, *settings.shown], **AT_ONCE)
    page.queue(default_concurrency_limit=CONCURRENT, max_size=MAX_WAITING)
    return page
