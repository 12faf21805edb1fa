"""Which sentences answer a question, and how surely the documents answer it.

Four steps, each a pure function: `contextualise` a follow-up question before it is searched; `read_question`; `gather`
what speaks for each sentence of the passages found; then `confidence`, and `select` or, below the threshold, `reason`.
"""

from pincite.evidence.confidence import confidence, reason
from pincite.evidence.following_up import Turn, contextualise
from pincite.evidence.model import EvidenceModel, fitted
from pincite.evidence.question import BESIDES, Question, Rarity, rarity, read_question
from pincite.evidence.selecting import Selection, select
from pincite.evidence.signals import Evidence, Passage, Sentence, gather

__all__ = [
    "BESIDES",
    "Evidence",
    "EvidenceModel",
    "Passage",
    "Question",
    "Rarity",
    "Selection",
    "Sentence",
    "Turn",
    "confidence",
    "contextualise",
    "fitted",
    "gather",
    "rarity",
    "read_question",
    "reason",
    "select",
]
