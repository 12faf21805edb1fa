"""A small document, questions about it, and answers as a batch would write them."""

from __future__ import annotations

from pincite import BatchQuestion, Span, UnknownDocument, make_document
from pincite_evals.gold import Gold, GoldFile, GoldQuestion, GoldSpan
from pincite_evals.records import AnswerRecord, AnswerRecords, Quoted

TEXT = "Ferries\n\nThe ferry leaves at nine.\n\nIt costs four pounds.\n\nDogs\n\nDogs travel free on the ferry.\n"
DOCUMENT = make_document(TEXT, doc_id="ferry.txt")
LEAVES = "The ferry leaves at nine."
COSTS = "It costs four pounds."
DOGS = "Dogs travel free on the ferry."


def documents(doc_id):
    if doc_id != "ferry.txt":
        raise UnknownDocument(f"no document {doc_id} in the index")
    return DOCUMENT


def place(text):
    return Span(TEXT.index(text), TEXT.index(text) + len(text))


def quoted(text, section=("Ferries",)):
    return Quoted("ferry.txt", place(text), text, tuple(section))


def gold_span(text):
    return GoldSpan("ferry.txt", place(text))


def question(number, text, gold, *, scope=None):
    return GoldQuestion(BatchQuestion(number, text, scope), gold)


def answer(number, text, said, *, confidence=0.9, cited=(), hits=(), seconds=0.1):
    line = {
        "id": number,
        "question": text,
        "answer": said,
        "abstained": said is None,
        "confidence": confidence,
        "citations": [{"n": n, **_fields(c), "quote": c.text, "page": None} for n, c in enumerate(cited, 1)],
        "hits": [{"rank": n, **_fields(h), "text": h.text, "score": 0.5} for n, h in enumerate(hits, 1)],
        "seconds": seconds,
    }
    return AnswerRecord(str(number), text, said, said is None, confidence, tuple(cited), tuple(hits), seconds, line)


def _fields(each):
    return {"doc_id": each.doc_id, "start": each.span.start, "end": each.span.end, "section": list(each.section)}


QUESTIONS = GoldFile(
    (
        question("when", "When does it leave?", Gold(True, ("nine",), (gold_span(LEAVES),), (), ("ferry.txt",))),
        question("cost", "What does it cost?", Gold(True, ("four pounds",), (gold_span(COSTS),), (), ("ferry.txt",))),
        question("crew", "How many are the crew?", Gold(False)),
        question("cats", "Do cats travel free?", Gold(False)),
    ),
    (),
)
ALL_HITS = (quoted(LEAVES), quoted(COSTS), quoted(DOGS))
ANSWERS = {
    "when": answer("when", "When does it leave?", f"{LEAVES} [1]", cited=[quoted(LEAVES)], hits=ALL_HITS),
    "cost": answer("cost", "What does it cost?", None, confidence=0.4, hits=ALL_HITS),
    "crew": answer("crew", "How many are the crew?", None, confidence=0.1, hits=ALL_HITS),
    "cats": answer("cats", "Do cats travel free?", f"{DOGS} [1]", confidence=0.6, cited=[quoted(DOGS)], hits=ALL_HITS),
}


def answers(**changed):
    return AnswerRecords({**ANSWERS, **changed}, ())
