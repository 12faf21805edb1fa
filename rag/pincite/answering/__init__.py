"""From a question to an answer with its citations, whole or as a stream of events."""

from pincite.answering.assistant import Assistant
from pincite.answering.current import CurrentAssistant
from pincite.answering.writing import Writing

__all__ = ["Assistant", "CurrentAssistant", "Writing"]
