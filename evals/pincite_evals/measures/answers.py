"""Short answers: exact match and F1 as SQuAD 2.0 defines them, and whether an answer holds a gold answer.

Rajpurkar, Jia and Liang, *Know What You Don't Know: Unanswerable Questions for SQuAD* (2018); the definitions are those
of its official evaluation script, with which the tests compare.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

_MARKER = re.compile(r"(?<!\s)\s*+\[\d+\]")
_ARTICLE = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)


def plain(answer: str | None) -> str:
    """Return an answer without its citation markers; empty for an abstention."""
    return _MARKER.sub("", answer or "")


def normalised(text: str) -> str:
    """Return a text in lower case without punctuation, articles and surplus white space."""
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def exact_match(predicted: str, gold: Sequence[str]) -> float:
    """Return 1.0 when the prediction is one of the gold answers, or empty where there are none."""
    return float(any(normalised(predicted) == normalised(answer) for answer in _with_gold(gold)))


def token_f1(predicted: str, gold: Sequence[str]) -> float:
    """Return the best F1 of the prediction's tokens with those of a gold answer."""
    return max(_f1(normalised(predicted).split(), normalised(answer).split()) for answer in _with_gold(gold))


def contains(predicted: str, gold: Sequence[str]) -> float:
    """Return 1.0 when the prediction holds the words of a gold answer, in order and together."""
    words = f" {normalised(predicted)} "
    return float(any(f" {answer} " in words for answer in map(normalised, gold) if answer))


def _with_gold(gold: Sequence[str]) -> Sequence[str]:
    """Return the gold answers that hold a word; as the official script does, an empty one where none does."""
    return [answer for answer in gold if normalised(answer)] or [""]


def _f1(predicted: list[str], gold: list[str]) -> float:
    if not predicted or not gold:
        return float(predicted == gold)
    common = (Counter(predicted) & Counter(gold)).total()
    if not common:
        return 0.0
    precision, recall = common / len(predicted), common / len(gold)
    return 2 * precision * recall / (precision + recall)
