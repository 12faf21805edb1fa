"""Score answers against gold: every measure that the gold allows, with its interval."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pincite import Document, PinciteError, QuestionError, Section, Span
from pincite_evals.estimating import Judged, curves, estimates
from pincite_evals.evaluation import Evaluation, Outcome, Row
from pincite_evals.gold import Gold, GoldFile, GoldQuestion, GoldSpan
from pincite_evals.measures import ORDER
from pincite_evals.measures.answers import contains, exact_match, plain, token_f1
from pincite_evals.measures.catalog import SPAN_DEPTH, TOKEN_BUDGET
from pincite_evals.measures.ranking import (
    Ranking,
    chunk_ranking,
    covers,
    distinct,
    gain_scores,
    rank_scores,
    recall_scores,
    span_ranking,
    spans_found,
)
from pincite_evals.measures.spans import char_scores
from pincite_evals.records import AnswerRecord, AnswerRecords
from pincite_evals.statistics import RESAMPLES

Documents = Callable[[str], Document]
CountTokens = Callable[[str], int]

_TOKEN = re.compile(r"\w+|[^\w\s]")


def estimated_tokens(text: str) -> int:
    """Return the number of words and marks, where there is no tokenizer to ask."""
    return len(_TOKEN.findall(text))


@dataclass(frozen=True, slots=True)
class _Case:
    """A question with its answer; ``sections`` are the gold's paths, taken from its spans where it names none."""

    asked: GoldQuestion
    record: AnswerRecord
    sections: tuple[tuple[str, ...], ...]

    @property
    def gold(self) -> Gold:
        return self.asked.gold


def score(
    file: GoldFile,
    answers: AnswerRecords,
    documents: Documents,
    *,
    about: Mapping[str, Any],
    count_tokens: CountTokens = estimated_tokens,
    n_resamples: int = RESAMPLES,
) -> Evaluation:
    """Score answers against the gold of their questions.

    Parameters
    ----------
    documents
        Returns the document of an id, raising :class:`pincite.UnknownDocument` for one that it does not know.
    about
        What was run, for :attr:`Evaluation.about`.
    count_tokens
        Returns how many tokens a text is to read.

    Raises
    ------
    QuestionError
        The questions have no gold, or none of them was answered.
    """
    if not any(question.gold != Gold() for question in file.questions):
        raise QuestionError(
            "expected gold to score against, the questions have none: give them answerable, answers, spans or section"
        )
    failures = [(failure.source, failure.reason) for failure in (*file.failures, *answers.failures)]
    cases: list[_Case] = []
    for question in file.questions:
        record = answers.answers.get(question.id)
        if record is None:
            failures.append((f"question {question.id}", "there is no answer to it: run the batch again to resume"))
        elif record.question != question.question.text:
            failures.append((f"question {question.id}", f"its answer is to another question: {record.question!r}"))
        else:
            try:
                cases.append(_Case(question, record, _gold_sections(question.gold, documents)))
            except PinciteError as error:
                failures.append((f"question {question.id}", str(error)))
    if not cases:
        first = f": {failures[0][0]}: {failures[0][1]}" if failures else ""
        raise QuestionError(f"expected answers to these questions, found none that can be scored{first}")
    scores = _scores(cases, documents, count_tokens)
    rows = tuple(
        Row(
            case.asked.id,
            case.record.question,
            _gold_json(case.gold),
            _without_texts(case.record.line),
            scores[i],
            _outcome(case),
        )
        for i, case in enumerate(cases)
    )
    left_out = {question.id for question in file.questions} - {row.id for row in rows}
    missing = tuple(
        Row(each.id, each.question.text, _gold_json(each.gold), None, {}, "not scored")
        for each in file.questions
        if each.id in left_out
    )
    judged = Judged.of([(case.gold.answerable, case.record) for case in cases])
    return Evaluation(
        about=about,
        estimates=estimates(rows, judged, len(missing), n_resamples),
        rows=(*rows, *missing),
        curves=curves(judged),
        failures=tuple(failures),
    )


def _scores(cases: Sequence[_Case], documents: Documents, count_tokens: CountTokens) -> list[dict[str, float]]:
    scores: list[dict[str, float]] = [_own_scores(case, documents, count_tokens) for case in cases]
    levels: dict[str, dict[str, Ranking]] = {"": {}, "section ": {}, "document ": {}}
    spans: dict[int, dict[str, Ranking]] = {5: {}, 10: {}}
    gains: dict[str, Ranking] = {}
    for i, case in enumerate(cases):
        hits, gold = case.record.hits, case.gold
        levels[""][str(i)] = chunk_ranking(hits, gold.spans)
        gains[str(i)] = span_ranking(hits, gold.spans)
        for depth, found in spans.items():
            found[str(i)] = spans_found(hits[:depth], gold.spans)
        levels["section "][str(i)] = _section_ranking(case)
        # Within one document there is nothing to find at this level.
        if len(case.asked.question.scope_docs or "many") > 1:
            levels["document "][str(i)] = (distinct(hit.doc_id for hit in hits), gold.docs)
    for level, rankings in levels.items():
        for key, values in rank_scores(rankings).items():
            scores[int(key)] |= {f"{level}{name}": value for name, value in values.items()}
    for key, gain in gain_scores(gains).items():
        scores[int(key)]["nDCG@10"] = gain
    for depth, rankings in spans.items():
        for key, recall in recall_scores(rankings).items():
            scores[int(key)][f"recall@{depth}"] = recall
    return [dict(sorted(each.items(), key=lambda item: ORDER[item[0]])) for each in scores]


def _section_ranking(case: _Case) -> Ranking:
    """Return the sections of the passages by their paths, one that gold names under the name that gold gives it."""
    names = [_named(hit.section, case.sections) for hit in case.record.hits]
    return distinct(names), distinct(" > ".join(path) for path in case.sections)


def _named(path: Sequence[str], gold: Sequence[tuple[str, ...]]) -> str:
    simple = [_simple(heading) for heading in path]
    for wanted in gold:
        if simple[-len(wanted) :] == [_simple(heading) for heading in wanted]:
            return " > ".join(wanted)
    return "other > " + " > ".join(path)


def _simple(heading: str) -> str:
    return " ".join(heading.casefold().split())


def _own_scores(case: _Case, documents: Documents, count_tokens: CountTokens) -> dict[str, float]:
    gold, record = case.gold, case.record
    scores: dict[str, float] = {}
    if record.citations:
        exact = [_is_exact(citation.text, citation.doc_id, citation.span, documents) for citation in record.citations]
        scores["citation exactness"] = sum(exact) / len(exact)
    if gold.spans:
        scores[f"success@{TOKEN_BUDGET}t"] = _success_within(case, count_tokens)
        found = char_scores(record.hits[:SPAN_DEPTH], gold.spans)
        scores |= {f"passages {name}": value for name, value in found.items()}
        if not record.abstained:
            scores |= {f"citations {name}": value for name, value in char_scores(record.citations, gold.spans).items()}
            touched = [
                [cited.doc_id == span.doc_id and cited.span.overlaps(span.span) for span in gold.spans]
                for cited in record.citations
            ]
            if touched:
                scores["citation precision"] = sum(map(any, touched)) / len(touched)
            scores["citation recall"] = sum(map(any, zip(*touched, strict=True))) / len(gold.spans)
    if gold.answers or gold.answerable is False:
        answer = plain(record.answer)
        scores["SQuAD EM"] = exact_match(answer, gold.answers)
        scores["SQuAD F1"] = token_f1(answer, gold.answers)
        if gold.answers and not record.abstained:
            scores["contains answer"] = contains(answer, gold.answers)
    outcome = _outcome(case)
    if outcome != "not scored":
        scores["right"] = float(outcome in {"right", "rightly refused"})
        if not record.abstained:
            scores["right when answered"] = float(outcome == "right")
    return scores


def _is_exact(quote: str, doc_id: str, span: Span, documents: Documents) -> bool:
    try:
        return documents(doc_id).quote(span) == quote
    except PinciteError:
        return False


def _success_within(case: _Case, count_tokens: CountTokens) -> float:
    read = 0
    for hit in case.record.hits:
        read += count_tokens(hit.text)
        if read > TOKEN_BUDGET:
            break
        if any(covers(hit, span) for span in case.gold.spans):
            return 1.0
    return 0.0


def _outcome(case: _Case) -> Outcome:
    """Judge an answer: right when it cites gold evidence or holds a gold answer."""
    gold, record = case.gold, case.record
    if gold.answerable is None:
        return "not scored"
    if record.abstained:
        return "wrongly refused" if gold.answerable else "rightly refused"
    if not gold.answerable:
        return "wrong"
    if not gold.spans and not gold.answers:
        return "not scored"
    cites = any(
        cited.doc_id == span.doc_id and cited.span.overlaps(span.span)
        for cited in record.citations
        for span in gold.spans
    )
    return "right" if cites or contains(plain(record.answer), gold.answers) else "wrong"


def _gold_sections(gold: Gold, documents: Documents) -> tuple[tuple[str, ...], ...]:
    for span in gold.spans:
        documents(span.doc_id).quote(span.span)
    if gold.sections or not gold.spans:
        return gold.sections
    return tuple(dict.fromkeys(_section_of(documents(span.doc_id).root, span) for span in gold.spans))


def _section_of(root: Section, gold: GoldSpan) -> tuple[str, ...]:
    """Return the path of the innermost section in which a span starts."""
    inside = [s for s in root.walk() if s.span.start <= gold.span.start < s.span.end]
    return max(inside, key=lambda section: len(section.path), default=root).path


def _without_texts(line: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an answer's line without its passages' texts, which their offsets stand for."""
    hits = [{name: value for name, value in hit.items() if name != "text"} for hit in line["hits"]]
    return {**line, "hits": hits}


def _gold_json(gold: Gold) -> dict[str, Any]:
    return {
        "answerable": gold.answerable,
        "answers": list(gold.answers),
        "spans": [{"doc_id": s.doc_id, "start": s.span.start, "end": s.span.end} for s in gold.spans],
        "sections": [list(path) for path in gold.sections],
        "docs": list(gold.docs),
    }
