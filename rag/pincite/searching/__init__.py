"""From a query to ranked passages: candidates by meaning and by words, re-scored token by token."""

from pincite.searching.retriever import Found, Retrieval, Retriever

__all__ = ["Found", "Retrieval", "Retriever"]
