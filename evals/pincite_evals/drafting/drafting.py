"""Draft questions: the most telling sentences of every section, and questions that the documents do not answer."""

from __future__ import annotations

import json
import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pincite import Document, Section, Span
from pincite.sentences import sentence_spans
from pincite_evals.drafting.rules import question_of, table_questions

_WORD = re.compile(r"[^\W\d_]{3,}")
_MIN_WORDS, _MAX_WORDS = 6, 45
_ROW = re.compile(r"^\|(?P<cells>.+)\|\s*$", re.MULTILINE)
_RULER = re.compile(r"^[\s|:-]+$")

# A heading that names a thing, not one that asks, or tells what to do.
_THING = re.compile(
    r"(?!(?:who|what|how|when|why|where|the|faults without)\b)(?!\w+ing\b)\S+(?: \S+){0,4}", re.IGNORECASE
)

ABSENT = (
    ("What does the document say about the yearly cost of {}?", r"cost|price|pric|fee|expens|budget|[£$€]"),
    ("Which person is named as responsible for {}?", r"responsib|in charge|head of|led by"),
    ("How many people work on {}?", r"staff|employ|people|workers|personnel"),
    ("In which year were the rules on {} last revised?", r"review|revis|updated|19\d\d|20\d\d"),
    ("Which software is used for {}?", r"software|program|system"),
)
"""What documents often leave open, each with the words by which a document would say it after all."""

TODO = "TODO: write a question that this answers"


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted line of a question file; ``todo`` where a person has to write the question."""

    question: str
    doc: str
    answerable: bool
    answers: tuple[str, ...]
    spans: tuple[Span, ...]
    section: tuple[str, ...]
    note: str
    todo: bool = False

    def to_dict(self, number: int) -> dict[str, Any]:
        """Return the line as it is written."""
        line: dict[str, Any] = {
            "id": f"draft-{number:03}",
            "question": self.question,
            "doc": self.doc,
            "answerable": self.answerable,
            "answers": list(self.answers),
            "spans": [[span.start, span.end] for span in self.spans],
        }
        if self.section:
            line["section"] = list(self.section)
        return {**line, **({"todo": True} if self.todo else {}), "note": self.note}


def draft(
    documents: Sequence[Document], *, per_document: int = 20, unanswerable: float = 0.3, seed: int = 0
) -> list[Draft]:
    """Draft questions about documents, in reading order.

    Parameters
    ----------
    per_document
        Questions about each document, fewer where it holds less.
    unanswerable
        Share of them that the document does not answer, in [0, 1].
    seed
        Decides what is taken among equals; the same seed gives the same draft.
    """
    drafts: list[Draft] = []
    for document in documents:
        rng = random.Random(f"{seed} {document.doc_id}")
        n_absent = round(per_document * unanswerable)
        drafts += _answered(document, per_document - n_absent)
        drafts += _absent(document, n_absent, rng)
    return drafts


def write_drafts(drafts: Sequence[Draft], path: Path) -> None:
    """Write drafts as JSON Lines."""
    lines = [json.dumps(each.to_dict(number), ensure_ascii=False) for number, each in enumerate(drafts, start=1)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


@dataclass(frozen=True, slots=True)
class _Candidate:
    draft: Draft
    section: int
    weight: float


def _answered(document: Document, n: int) -> list[Draft]:
    """Return the best candidate of each section in turn, then the second best, until there are enough."""
    candidates = list(_candidates(document))
    by_section: dict[int, list[_Candidate]] = {}
    for each in sorted(candidates, key=lambda c: (c.draft.todo, -c.weight)):
        by_section.setdefault(each.section, []).append(each)
    chosen: list[_Candidate] = []
    asked: set[str] = set()
    for rank in range(max(map(len, by_section.values()), default=0)):
        for _, ranked in sorted(by_section.items()):
            if rank < len(ranked) and len(chosen) < n and (each := ranked[rank]).draft.question not in asked:
                chosen.append(each)
                if not each.draft.todo:
                    asked.add(each.draft.question)
    return [each.draft for each in sorted(chosen, key=lambda c: c.draft.spans[0].start)]


def _candidates(document: Document) -> Iterator[_Candidate]:
    sections = [section for section in document.root.walk() if document.quote(section.body).strip()]
    counts = Counter(word for section in sections for word in set(_words(document.quote(section.body))))
    common = set(re.findall(r"\b[a-z][\w’'-]*", document.text))
    for number, section in enumerate(sections):
        body = document.quote(section.body)
        for start, end, question, answer in _row_questions(body):
            span = Span(section.body.start + start, section.body.start + end)
            yield _Candidate(_made(document, section, span, question, answer), number, 1.0)
        for sentence in sentence_spans(body):
            text = body[sentence.start : sentence.end]
            words = _words(text)
            if text.lstrip().startswith("|") or not _MIN_WORDS <= len(text.split()) <= _MAX_WORDS or not words:
                continue
            # What a section says that others do not (inverse section frequency), a sentence's worth being the mean.
            weight = sum(math.log(1 + len(sections) / counts[word]) for word in words) / len(words)
            span = Span(section.body.start + sentence.start, section.body.start + sentence.end)
            made = question_of(text, common=common)
            if made is None:
                yield _Candidate(_made(document, section, span, f"{TODO}: {text}", None), number, weight)
                continue
            where = f", according to “{bare(section.title)}”?" if made.vague else "?"
            question = made.question.removesuffix("?") + where
            yield _Candidate(_made(document, section, span, question, text[made.start : made.end]), number, weight)


def _made(document: Document, section: Section, span: Span, question: str, answer: str | None) -> Draft:
    note = "write the question, then take out todo" if answer is None else "made by rule: correct it where it is odd"
    answers = () if answer is None else (answer,)
    return Draft(question, document.doc_id, True, answers, (span,), section.path, note, todo=answer is None)


def _row_questions(body: str) -> Iterator[tuple[int, int, str, str]]:
    """Yield span, question and answer for the first filled cell of each row of the tables in a section."""
    header: list[str] | None = None
    end = -1
    for row in _ROW.finditer(body):
        if row.start() != end + 1:
            header = None
        end = row.end()
        cells = [cell.strip() for cell in row["cells"].split("|")]
        if _RULER.match(row["cells"]):
            continue
        if header is None:
            header = cells
            continue
        for question, answer in list(table_questions(header, cells))[:1]:
            yield row.start(), row.end(), question, answer


def _absent(document: Document, n: int, rng: random.Random) -> list[Draft]:
    """Return questions about things that the document names, for what none of its sentences about them says."""
    names = [section.title for section in document.root.walk() if section.heading is not None and section.path[1:]]
    things = [name for name in dict.fromkeys(map(bare, names)) if _THING.fullmatch(name)]
    pairs = [(thing, *absent) for thing in things for absent in ABSENT]
    rng.shuffle(pairs)
    text = document.text.lower()
    drafts: list[Draft] = []
    used: Counter[str] = Counter()
    for thing, template, words in pairs:
        if len(drafts) == n:
            break
        question = template.format(_inside(thing))
        if used[thing] or used[template] > n // len(ABSENT) or _said(text, thing.lower(), words):
            continue
        used[thing] += 1
        used[template] += 1
        note = "thought to be unanswerable: make sure that the document does not say"
        drafts.append(Draft(question, document.doc_id, False, (), (), (), note))
    return drafts


def _said(text: str, thing: str, words: str) -> bool:
    """Tell whether a document speaks of the matter within a few sentences of a mention of the thing."""
    mentions = [match.start() for match in re.finditer(re.escape(thing), text)]
    return any(re.search(words, text[max(0, place - 400) : place + 600]) for place in mentions)


def bare(heading: str) -> str:
    """Return a heading without its number and final mark."""
    return re.sub(r"^(?:\d+(?:\.\d+)*\.?|schedule \d+:?)\s+", "", heading.strip(), flags=re.IGNORECASE).strip(" .:")


def _inside(thing: str) -> str:
    """Return a heading as part of a sentence: in lower case where it is in capitals."""
    if thing.isupper():
        return thing.lower()
    first, _, rest = thing.partition(" ")
    proper = any(word[:1].isupper() for word in rest.split()) or not first[1:].islower()
    return thing if proper else f"{first.lower()} {rest}".strip()


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]
