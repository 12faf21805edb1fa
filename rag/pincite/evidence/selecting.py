"""Which sentences to give as the answer: one where one is enough, up to three where more is needed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pincite.evidence.confidence import ranking
from pincite.evidence.model import EvidenceModel, fitted
from pincite.evidence.signals import SIGNALS, Evidence, Passage
from pincite.sentences import sentence_spans
from pincite.types import Chunk, Span

if TYPE_CHECKING:
    from collections.abc import Iterable

# Chosen on the development sets by `pincite_evals.evidence_fit`: how much likelier the best sentence may be (as a
# difference of log odds), or how much of the question a further sentence must add, for it to be given too.
_NEAR_BEST = 1.2
_ADDS = 0.25
_FAR_BEHIND = 3.0
_LONGEST_LIST = 900  # characters; a longer list is cut after the last item that fits
_ITEM = re.compile(r"(?:[-*+•◦▪‣·–—●○■□]|\(?\w{1,4}[.)])\s")


@dataclass(frozen=True, slots=True)
class Selection:
    """A sentence chosen, or a list with the sentence that introduces it.

    Attributes
    ----------
    chunk
        The passage that it stands in.
    span
        Its characters in the document.
    """

    chunk: Chunk
    span: Span

    @property
    def quote(self) -> str:
        """The exact characters at ``span``."""
        start = self.chunk.span.start
        return self.chunk.text[self.span.start - start : self.span.end - start]


def select(evidence: Evidence, *, most: int = 3, model: EvidenceModel | None = None) -> tuple[Selection, ...]:
    """Choose the sentences that answer, in reading order.

    Passages are read in the order in which they were found, sentences of one document in the order of its text.

    Parameters
    ----------
    most
        Sentences at most; a list with the sentence that introduces it counts as one.
    """
    if not evidence.sentences:
        return ()
    logits = (model or fitted()).sentence.logits(evidence.signals, SIGNALS)
    order = ranking(evidence, model=model)
    weights = evidence.question.weights
    offered = SIGNALS.index("offered")
    chosen = [order[0]]
    covered = evidence.coverage[order[0]]
    for i in order[1:]:
        if len(chosen) == most or logits[order[0]] - logits[i] > _FAR_BEHIND:
            break
        if any(evidence.sentences[i].text == evidence.sentences[j].text for j in chosen):
            continue
        if evidence.signals[i, offered] < evidence.signals[order[0], offered]:
            continue  # no date, where a date is asked for and the best sentence gives one
        added = float(weights @ np.maximum(evidence.coverage[i] - covered, 0.0))
        if logits[order[0]] - logits[i] <= _NEAR_BEST or added >= _ADDS:
            chosen.append(i)
            covered = np.maximum(covered, evidence.coverage[i])
    found = (_selection(evidence.passages[evidence.sentences[i].passage], evidence.sentences[i].span) for i in chosen)
    return _in_reading_order(found)


def _selection(passage: Passage, span: Span) -> Selection:
    chunk = passage.chunk
    span = with_list(chunk.text, span)
    return Selection(chunk, Span(chunk.span.start + span.start, chunk.span.start + span.end))


def with_list(text: str, lead: Span) -> Span:
    """Extend a sentence that introduces a list by the list's items."""
    if not text[: lead.end].endswith(":"):
        return lead
    end = lead.end
    for item in sentence_spans(text):
        if item.start < lead.end:
            continue
        if not _ITEM.match(text, item.start) or item.end - lead.start > _LONGEST_LIST:
            break
        end = item.end
    return Span(lead.start, end)


def _in_reading_order(selections: Iterable[Selection]) -> tuple[Selection, ...]:
    found = list(selections)
    rank = {chunk_doc: n for n, chunk_doc in enumerate(dict.fromkeys(s.chunk.doc_id for s in found))}
    found.sort(key=lambda s: (rank[s.chunk.doc_id], s.span.start))
    kept: list[Selection] = []
    for selection in found:
        if kept and kept[-1].chunk.doc_id == selection.chunk.doc_id and kept[-1].span.covers(selection.span):
            continue
        kept.append(selection)
    return tuple(kept)
