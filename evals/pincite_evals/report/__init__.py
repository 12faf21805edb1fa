"""Reports for reading: one self-contained HTML file, and Markdown."""

from pincite_evals.report.html import comparison_html, evaluation_html
from pincite_evals.report.markdown import comparison_markdown, evaluation_markdown

__all__ = ["comparison_html", "comparison_markdown", "evaluation_html", "evaluation_markdown"]
