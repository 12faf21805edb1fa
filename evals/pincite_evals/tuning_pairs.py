"""Questions with passages that answer them or do not, to tune the cross-encoder on.

From the development halves of SQuAD 2.0 (Rajpurkar, Jia and Liang, 2018), CLAPnq (Rosenthal et al., 2024), CUAD
(Hendrycks et al., 2021), ContractNLI (Koreeda and Manning, 2021) and PrivacyQA (Ravichander et al., 2019) in
LegalBench-RAG, and Chroma's chunking evaluation: what our own search finds for each question, right or wrong.  And from
`evals/tuning/everyday.txt`, which is ours.  Nothing of the question sets that ship.
"""

from __future__ import annotations

import json
import math
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from string import ascii_lowercase
from typing import Any
from zlib import crc32

import numpy as np

from pincite import Assistant, Encoder, Index, Scope, Span, update_index
from pincite.evidence.headings import headed
from pincite.sentences import sentence_spans
from pincite.storing.terms import terms

NAMED = re.compile(r"(?<=[a-z,] )(?:[A-Z][\w\-]+(?: [A-Z][\w\-]+)*|\d[\d,\.]*)")
"""A name or a number within a question."""
EVERYDAY = Path(__file__).parents[1] / "tuning" / "everyday.txt"
FOLDS = 3
SEARCHED = 10
RIGHT, WRONG, FURTHER = 3, 3, 1
"""Of a question's passages: those with gold, the first without, and some further down."""
OTHERS, RUN = 2, (250, 700)
"""Of a question of SQuAD's: runs of other paragraphs, and how long runs are, in characters."""
SWAPPED = 0.6
"""Share of SQuAD's answered questions that are asked again with another name or number."""
MISSPELT, TELEGRAPHIC = 0.1, 0.1
"""Shares of the questions with a slip of the keys, and as somebody types who wants no sentence."""
_LITTLE = frozenset(
    {
        "a",
        "an",
        "the",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "do",
        "does",
        "did",
        "has",
        "have",
        "had",
        "of",
        "to",
        "in",
        "on",
        "at",
        "for",
        "by",
        "with",
        "that",
        "this",
        "there",
        "it",
        "its",
        "can",
        "could",
        "will",
        "would",
        "may",
        "should",
    }
)


@dataclass(frozen=True, slots=True)
class TuningSet:
    """Where a set is tuned on.

    Attributes
    ----------
    key
        The field of its lines that holds the question; the short one does not name the document.
    scoped
        Whether each question is asked of its own document.
    times
        How often its pairs are read in an epoch.
    limit
        Questions searched at most, evenly spaced.
    """

    name: str
    scoped: bool
    key: str = "question"
    times: int = 1
    limit: int | None = None


TUNING_SETS = (
    TuningSet("squad_v2_dev", scoped=True, limit=1200),
    TuningSet("clapnq_dev", scoped=False, times=3),
    TuningSet("cuad_small40", scoped=True),
    TuningSet("legalbenchrag_contractnli", scoped=True, key="question_short"),
    TuningSet("legalbenchrag_privacy_qa", scoped=True, key="question_short"),
    TuningSet("chunking_evaluation", scoped=False),
)
EVERYDAY_TIMES = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, a passage under its heading, and where in the passage gold stands; nowhere if it does not answer.

    Attributes
    ----------
    group
        The document, by which folds are made.
    """

    question: str
    heading: str
    text: str
    gold: tuple[Span, ...]
    group: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What search finds for a question of a set, best first: pairs, of which those with gold answer."""

    pairs: tuple[Pair, ...]


def half_of(group: str) -> int:
    """Return on which side, 0 or 1, a document or question falls when documents are halved."""
    return sum(group.encode()) % 2


def fold_of(group: str) -> int:
    """Return in which of the folds a document falls."""
    return crc32(group.encode()) % FOLDS


def search(folder: Path, wanted: TuningSet, encoder: Encoder) -> Iterator[Found]:
    """Index a set's documents, and yield what is found for each question that has gold or none."""
    rows = [json.loads(line) for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()]
    if wanted.limit is not None and wanted.limit < len(rows):
        rows = [rows[i] for i in np.linspace(0, len(rows) - 1, wanted.limit).astype(int)]
    with tempfile.TemporaryDirectory() as index_folder:
        update_index(index_folder, [folder / "docs"], encoder=encoder)
        with Index.open(index_folder, encoder=encoder) as index:
            assistant = Assistant(index)
            for row in rows:
                if row["answerable"] and (row.get("span_ambiguous") or not row["spans"]):
                    continue
                scope = Scope(docs=(row["doc"],) if wanted.scoped else None)
                hits = assistant.retriever.retrieve(row[wanted.key], k=SEARCHED, scope=scope).hits
                passages = [(hit.chunk.doc_id, hit.chunk.span, hit.chunk.text, hit.chunk.section) for hit in hits]
                yield found_of(row, row[wanted.key], passages)


def found_of(row: dict[str, Any], question: str, passages: Iterable[tuple[str, Span, str, tuple[str, ...]]]) -> Found:
    """Return the pairs of a question's line with passages given as document, place, text and headings."""
    spans = [Span(*span) for span in row["spans"]] if row["answerable"] else []
    pairs = []
    for doc, place, text, section in passages:
        held = [span for span in spans if doc == row["doc"] and span.overlaps(place)]
        gold = tuple(Span(max(span.start - place.start, 0), min(span.end, place.end) - place.start) for span in held)
        pairs.append(Pair(question, headed(section), text, gold, row["doc"]))
    return Found(tuple(pairs))


def chosen(found: Found, rng: random.Random) -> list[Pair]:
    """Return the pairs of a question to tune on: the first that answer, the first that do not, and one further down."""
    right = [pair for pair in found.pairs if pair.gold]
    wrong = [pair for pair in found.pairs if not pair.gold]
    return right[:RIGHT] + wrong[:WRONG] + rng.sample(wrong[WRONG:], min(FURTHER, len(wrong[WRONG:])))


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """A paragraph of a document, its sentences, and the stems of each."""

    span: Span
    sentences: tuple[Span, ...]
    stems: tuple[frozenset[str], ...]


def squad_pairs(folder: Path) -> list[Pair]:
    """Return pairs of all of SQuAD's questions, without searching.

    Each with a run of sentences of the paragraph that it was written for, around the answer or, where there is none,
    around the sentence that shares most with it; and with such runs of the two other paragraphs that share most.
    """
    rng = random.Random(0)
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    by_doc: dict[str, list[dict[str, Any]]] = {}
    for row in map(json.loads, lines):
        by_doc.setdefault(row["doc"], []).append(row)
    pairs: list[Pair] = []
    for doc, rows in by_doc.items():
        text = (folder / "docs" / doc).read_bytes().decode("utf-8")
        heading, paragraphs = text.partition("\n")[0].lstrip("# ").strip(), list(_paragraphs(text))
        counts = Counter(stem for p in paragraphs for stem in frozenset().union(*p.stems))
        weight = {stem: math.log(len(paragraphs) / n) for stem, n in counts.items()}
        for row in rows:
            asked = frozenset(terms(row["question"]))
            shared = [[sum(weight[s] for s in asked & stems) for stems in p.stems] for p in paragraphs]
            own = next((i for i, p in enumerate(paragraphs) if p.span.start >= row["paragraph_span"][0]), None)
            if own is None or (row["answerable"] and row.get("span_ambiguous")):
                continue
            spans = [Span(*span) for span in row["spans"]] if row["answerable"] else []
            others = sorted((i for i in range(len(paragraphs)) if i != own), key=lambda i: -max(shared[i]))[:OTHERS]
            for i in (own, *others):
                paragraph = paragraphs[i]
                at = int(np.argmax(shared[i]))
                if i == own and spans:
                    at = next((n for n, s in enumerate(paragraph.sentences) if s.overlaps(spans[0])), -1)
                    if at < 0:
                        continue
                run = _run(paragraph.sentences, at, rng.randint(*RUN))
                passage = [(doc, run, text[run.start : run.end], (heading,))]
                pairs += found_of(row | {"spans": [(s.start, s.end) for s in spans]}, row["question"], passage).pairs
    return pairs


def _paragraphs(text: str) -> Iterator[_Paragraph]:
    for match in re.finditer(r"[^\n]+", text):
        if not match.group().startswith("#"):
            spans = [Span(s.start + match.start(), s.end + match.start()) for s in sentence_spans(match.group())]
            stems = tuple(frozenset(terms(text[s.start : s.end])) for s in spans)
            if spans:
                yield _Paragraph(Span(*match.span()), tuple(spans), stems)


def _run(sentences: Sequence[Span], at: int, longest: int) -> Span:
    """Return the run of sentences around one that is no longer than so many characters, unless that one is."""
    first = last = at
    while True:
        wider = (
            [(first - 1, last), (first, last + 1)]
            if (last - at) > (at - first)
            else [(first, last + 1), (first - 1, last)]
        )
        for a, b in wider:
            if a >= 0 and b < len(sentences) and sentences[b].end - sentences[a].start <= longest:
                first, last = a, b
                break
        else:
            return Span(sentences[first].start, sentences[last].end)


def swapped(pairs: Sequence[Pair], rng: random.Random) -> Iterator[Pair]:
    """Yield answered questions asked with a name or number of another question on the document: not answered."""
    named: dict[str, set[str]] = {}
    for pair in pairs:
        named.setdefault(pair.group, set()).update(NAMED.findall(pair.question))
    for pair in pairs:
        own = NAMED.findall(pair.question) if pair.gold else []
        if own and rng.random() < SWAPPED:
            old = rng.choice(own)
            fit = [n for n in sorted(named[pair.group]) if n != old and n[0].isdigit() == old[0].isdigit()]
            fit = [n for n in fit if n not in pair.text and n not in pair.heading]
            if fit:
                yield replace(pair, question=pair.question.replace(old, rng.choice(fit)), gold=())


def everyday(path: Path = EVERYDAY) -> list[Pair]:
    """Return our own questions on small everyday texts, each with its passage, and answered ones with another too."""
    rng = random.Random(0)
    passages: list[tuple[str, str, list[tuple[str, list[str]]]]] = []
    for block in re.split(r"^@ ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        heading, *lines = block.rstrip("\n").split("\n")
        text = "\n".join(line for line in lines if line[:2] not in ("? ", "! "))
        asked = [line[2:].partition(" => ") for line in lines if line[:2] == "? "]
        questions = [(question, gold.split(" || ")) for question, _, gold in asked]
        questions += [(line[2:], []) for line in lines if line[:2] == "! "]
        passages.append((heading, text, questions))
    pairs = []
    for heading, text, questions in passages:
        document = heading.partition(" > ")[0]
        for question, gold in questions:
            starts = [text.index(part) for part in gold]
            spans = tuple(Span(start, start + len(part)) for start, part in zip(starts, gold, strict=True))
            pairs.append(Pair(question, heading, text, spans, document))
            others = [p for p in passages if p[0].partition(" > ")[0] == document and p[0] != heading]
            other = rng.choice(others or [p for p in passages if p[0] != heading])
            if gold:
                pairs.append(Pair(question, other[0], other[1], (), document))
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


def telegraphic(question: str) -> str:
    """Return a question's words without the little ones, as they are typed into a search field."""
    words = question.casefold().rstrip("?. ").split()
    kept = [word for word in words if word not in _LITTLE]
    return " ".join(kept if len(kept) > 1 else words)


def varied(pair: Pair, rng: random.Random) -> Pair:
    """Return a pair, at times with its question misspelt or cut to its telling words."""
    chance = rng.random()
    if chance < MISSPELT:
        return replace(pair, question=misspelt(pair.question, rng))
    return replace(pair, question=telegraphic(pair.question)) if chance < MISSPELT + TELEGRAPHIC else pair
