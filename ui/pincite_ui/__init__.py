"""The Gradio application: ask in the browser."""
