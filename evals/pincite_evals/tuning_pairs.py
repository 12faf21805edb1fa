"""Questions with short texts that answer them or do not, to tune the cross-encoder on.

From SQuAD 2.0 (Rajpurkar, Jia and Liang, 2018), CLAPnq (Rosenthal et al., 2024) and CUAD (Hendrycks et al., 2021), the
development halves alone.  A text is what the evidence has judged: a sentence with those beside it.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from pincite import Span
from pincite.evidence.confidence import ranking
from pincite.evidence.signals import Evidence
from pincite.sentences import sentence_spans
from pincite.storing.terms import terms

NAMED = re.compile(r"(?<=[a-z,] )(?:[A-Z][\w\-]+(?: [A-Z][\w\-]+)*|\d[\d,\.]*)")
"""A name or a number within a question."""
ELSEWHERE, SWAPPED = 0.5, 0.6
"""Of SQuAD's answered questions: shares that are also asked of another text, and asked with another name or number."""
READ = 4
TUNED_HALF = 1
"""The half of the documents whose questions are tuned on; the evidence's weights are fitted to the other."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, a text, and where in the text its answer stands; ``None`` if nowhere."""

    question: str
    text: str
    answer: Span | None


@dataclass(frozen=True, slots=True)
class Window:
    """A sentence, and what is judged: it with those beside it."""

    sentence: Span
    whole: Span


def half_of(group: str) -> int:
    """Return on which side, 0 or 1, a document or question falls when documents are halved."""
    return sum(group.encode()) % 2


def windows(text: str) -> list[Window]:
    """Return a window for each sentence of a text."""
    spans = list(sentence_spans(text))
    return [
        Window(span, Span(spans[max(i - 1, 0)].start, spans[min(i + 1, len(spans) - 1)].end))
        for i, span in enumerate(spans)
    ]


def squad_pairs(folder: Path) -> list[Pair]:
    """Return the pairs of the documents to tune on.

    Of a question's own paragraph, unanswerable questions get the window that shares most words with them.  Answered
    ones get the window of the answer; some also one elsewhere in the paragraph, and some are asked again with a name
    or number of another question on the document in place of their own: neither is answered.
    """
    rng = random.Random(0)
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if half_of(row["doc"]) == TUNED_HALF]
    texts = {doc: (folder / "docs" / doc).read_bytes().decode("utf-8") for doc in {row["doc"] for row in rows}}
    named: dict[str, set[str]] = {}
    for row in rows:
        named.setdefault(row["doc"], set()).update(NAMED.findall(row["question"]))
    pairs: list[Pair] = []
    for row in rows:
        start, end = row["paragraph_span"]
        pairs += _of_paragraph(row, texts[row["doc"]][start:end], sorted(named[row["doc"]]), rng)
    return pairs


def _of_paragraph(row: dict[str, Any], paragraph: str, named: Sequence[str], rng: random.Random) -> Iterable[Pair]:
    question = row["question"]
    words = set(terms(question))

    def shared(window: Window) -> int:
        return len(words & set(terms(paragraph[window.sentence.start : window.sentence.end])))

    order = sorted(windows(paragraph), key=lambda window: -shared(window))
    if not row["answerable"]:
        return [Pair(question, _cut(paragraph, order[0].whole), None)]
    offset = row["paragraph_span"][0]
    answer = Span(*(place - offset for place in row["spans"][0]))
    holding = [window for window in order if window.whole.covers(answer)]
    if not holding:
        return []
    whole = holding[0].whole
    text = _cut(paragraph, whole)
    found = [Pair(question, text, Span(answer.start - whole.start, answer.end - whole.start))]
    others = [window for window in order if not window.whole.overlaps(answer)]
    if others and rng.random() < ELSEWHERE:
        found.append(Pair(question, _cut(paragraph, others[0].whole), None))
    own = NAMED.findall(question)
    if own and rng.random() < SWAPPED:
        swapped = rng.choice(own)
        fit = [n for n in named if n != swapped and n[0].isdigit() == swapped[0].isdigit() and n not in text]
        if fit:
            found.append(Pair(question.replace(swapped, rng.choice(fit)), text, None))
    return found


def evidence_pairs(evidence: Evidence, doc: str, gold: Sequence[Span], *, answerable: bool) -> list[Pair]:
    """Return the pairs of a question that was searched: its likeliest sentences, with gold (twice) or without it."""
    pairs: list[Pair] = []
    for number, i in enumerate(ranking(evidence)[:READ]):
        sentence = evidence.sentences[i]
        chunk = evidence.passages[sentence.passage].chunk
        around = [w for w in windows(chunk.text) if w.sentence.start <= sentence.span.start < w.sentence.end]
        whole = around[0].whole if around else sentence.span
        text, start = _cut(chunk.text, whole), chunk.span.start + whole.start
        there = Span(start, start + len(text))
        held = [span for span in gold if chunk.doc_id == doc and span.overlaps(there)] if answerable else []
        if held:
            answer = Span(max(held[0].start - start, 0), min(held[0].end - start, len(text)))
            pairs += [Pair(evidence.question.text, text, answer)] * 2
        elif number < 2 or not answerable:
            pairs.append(Pair(evidence.question.text, text, None))
    return pairs


def misspelt(question: str, rng: random.Random) -> str:
    """Return a question with a slip of the keys in one or two of its longer words."""
    words = question.split(" ")
    long = [i for i, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    for i in rng.sample(long, min(len(long), rng.choice((1, 1, 2)))):
        word = words[i]
        at = rng.randrange(1, len(word) - 1)
        first, second = word[at], word[at + 1]
        slips = (second + first, second, first + first + second, rng.choice(ascii_lowercase) + second)
        words[i] = word[:at] + rng.choice(slips) + word[at + 2 :]
    return " ".join(words)


def _cut(text: str, span: Span) -> str:
    return text[span.start : span.end]
