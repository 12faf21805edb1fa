"""The components that Gradio has no like of; each draws its value by a script of its own from text nodes.

The templates hold no value on purpose: what a template interpolates becomes markup, and what a script puts into a text
node cannot.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from pincite_ui.theme import asset


def transcript(value: Any) -> gr.HTML:
    """Make the conversation: events ``cite``, ``passage``, ``retry``, ``edit``, ``feedback`` and ``example``."""
    markup = '<div class="pc-turns" role="log" aria-label="Conversation" tabindex="0"></div>'
    return _component(value, "transcript", markup, elem_id="pc-transcript")


def source_viewer(value: Any, find_sections: Callable[..., Any]) -> gr.HTML:
    """Make the source viewer: event ``move``; ``find_sections`` is called for its search box."""
    markup = (
        '<div class="pc-source pc-empty"><div class="pc-source-head"></div>'
        '<nav class="pc-outline" aria-label="Sections"></nav>'
        '<div class="pc-text" role="region" aria-label="Source" tabindex="0"></div></div>'
    )
    functions = [_function(find_sections, "find_sections")]
    return _component(value, "source", markup, elem_id="pc-source", server_functions=functions)


def conversation_list(value: Any, export_conversation: Callable[..., Any]) -> gr.HTML:
    """Make the list of conversations: events ``open``, ``fresh``, ``rename`` and ``remove``."""
    markup = '<nav class="pc-list" aria-label="Conversations"></nav>'
    functions = [_function(export_conversation, "export_conversation")]
    return _component(value, "conversations", markup, elem_id="pc-conversations", server_functions=functions)


def document_list(value: Any) -> gr.HTML:
    """Make the list of documents: events ``view``, ``remove`` and ``stop``."""
    return _component(value, "documents", '<div class="pc-documents"></div>', elem_id="pc-documents")


def threshold_slider(value: Any) -> gr.HTML:
    """Make the slider under the measured curve: event ``choose``."""
    return _component(value, "threshold", '<div class="pc-threshold"></div>', elem_id="pc-threshold")


def progress_line(value: Any, elem_id: str = "pc-progress") -> gr.HTML:
    """Make a line that says how far something is, with a bar while it runs."""
    return _component(value, "progress", '<div class="pc-progress"></div>', elem_id=elem_id)


def report_frame(value: Any) -> gr.HTML:
    """Make the frame for an evaluation's report, which may run no script and load nothing."""
    return _component(value, "report", '<div class="pc-report"></div>', elem_id="pc-report")


def _function(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return a method as a plain function, which Gradio can mark as callable from a page."""

    def function(given: dict[str, Any], request: gr.Request) -> Any:
        return method(given, request)

    function.__name__ = name
    return function


def _component(value: Any, script: str, markup: str, **options: Any) -> gr.HTML:
    return gr.HTML(
        value, html_template=markup, js_on_load=asset(f"{script}.js"), apply_default_css=False, padding=False, **options
    )
