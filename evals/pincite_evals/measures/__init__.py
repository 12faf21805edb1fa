"""Measures of retrieval, spans, answers, citations, abstention and time, with their definitions."""

from pincite_evals.measures.catalog import MEASURES, ORDER

__all__ = ["MEASURES", "ORDER"]
