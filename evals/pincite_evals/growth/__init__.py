"""How the time that texts take grows with their length: generated adversarial texts, for patterns and for readers."""

from pincite_evals.growth.documents import READERS, document_growth, documents
from pincite_evals.growth.patterns import FoundPattern, find_patterns
from pincite_evals.growth.pumping import Pump, pumps
from pincite_evals.growth.timing import LIMIT, Growth, measure_growth, pattern_growth

__all__ = [
    "LIMIT",
    "READERS",
    "FoundPattern",
    "Growth",
    "Pump",
    "document_growth",
    "documents",
    "find_patterns",
    "measure_growth",
    "pattern_growth",
    "pumps",
]
