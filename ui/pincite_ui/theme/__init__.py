"""How the page looks and what its components do: styles, scripts, and the theme of Gradio's own components."""

from __future__ import annotations

from importlib.resources import files

import gradio as gr

SYSTEM_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif")
SYSTEM_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def asset(name: str) -> str:
    """Return the text of a file of this package."""
    return files(__package__).joinpath(name).read_text("utf-8")


def head() -> str:
    """Return what goes into the page's head: no font, script or style of another host."""
    return f"<style>{asset('page.css')}</style><script>{asset('dom.js')}</script>"


def theme() -> gr.themes.Base:
    """Return colours and fonts for Gradio's own components, none of which is fetched."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.teal,
        neutral_hue=gr.themes.colors.stone,
        radius_size=gr.themes.sizes.radius_sm,
        font=SYSTEM_SANS,
        font_mono=SYSTEM_MONO,
    ).set(
        body_background_fill="var(--pc-paper)",
        body_background_fill_dark="var(--pc-paper)",
        body_text_color="var(--pc-ink)",
        body_text_color_dark="var(--pc-ink)",
        body_text_color_subdued="var(--pc-faint)",
        body_text_color_subdued_dark="var(--pc-faint)",
        background_fill_primary="var(--pc-card)",
        background_fill_primary_dark="var(--pc-card)",
        background_fill_secondary="var(--pc-paper)",
        background_fill_secondary_dark="var(--pc-paper)",
        block_background_fill="var(--pc-card)",
        block_background_fill_dark="var(--pc-card)",
        block_label_background_fill="var(--pc-card)",
        block_label_background_fill_dark="var(--pc-card)",
        block_label_text_color="var(--pc-faint)",
        block_label_text_color_dark="var(--pc-faint)",
        block_title_text_color="var(--pc-ink)",
        block_title_text_color_dark="var(--pc-ink)",
        block_info_text_color="var(--pc-faint)",
        block_info_text_color_dark="var(--pc-faint)",
        block_border_color="var(--pc-line)",
        block_border_color_dark="var(--pc-line)",
        border_color_primary="var(--pc-line)",
        border_color_primary_dark="var(--pc-line)",
        input_background_fill="var(--pc-card)",
        input_background_fill_dark="var(--pc-card)",
        input_border_color="var(--pc-line)",
        input_border_color_dark="var(--pc-line)",
        input_placeholder_color="var(--pc-faint)",
        input_placeholder_color_dark="var(--pc-faint)",
        button_primary_background_fill="var(--pc-accent)",
        button_primary_background_fill_dark="var(--pc-accent)",
        button_primary_background_fill_hover="var(--pc-accent-strong)",
        button_primary_background_fill_hover_dark="var(--pc-accent-strong)",
        button_primary_text_color="var(--pc-on-accent)",
        button_primary_text_color_dark="var(--pc-on-accent)",
        button_secondary_background_fill="var(--pc-card)",
        button_secondary_background_fill_dark="var(--pc-card)",
        button_secondary_text_color="var(--pc-ink)",
        button_secondary_text_color_dark="var(--pc-ink)",
        checkbox_background_color_selected="var(--pc-accent)",
        checkbox_background_color_selected_dark="var(--pc-accent)",
        slider_color="var(--pc-accent)",
        slider_color_dark="var(--pc-accent)",
        color_accent="var(--pc-accent)",
        color_accent_soft="var(--pc-wash)",
        color_accent_soft_dark="var(--pc-wash)",
        border_color_accent="var(--pc-accent)",
        border_color_accent_dark="var(--pc-accent)",
        link_text_color="var(--pc-accent)",
        link_text_color_dark="var(--pc-accent)",
    )
