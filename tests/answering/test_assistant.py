import re

import pytest

from pincite import Assistant, Index, QuestionError, Scope, Turn, update_index
from pincite.sentences import sentence_spans

pytestmark = pytest.mark.model


ANSWERED = {
    "When was Article 5 invoked?": "invoked only once",
    "What are the three core principles?": "collective defense, crisis management, and cooperative security",
    "What is KFOR?": "Kosovo Force (KFOR)",
    "When was NATO established?": "1949",
}


NEAR = {
    "When was the harbour opened?": (
        "The harbour was opened in 1874 by the governor.",
        "The harbour has four berths and two cranes.",
    ),
    "Who signed the treaty?": ("Queen Anna signed the treaty.", "The treaty was long and in two languages."),
    "How much does the pump weigh?": ("The pump weighs 14 kg without its hose.", "The pump stands in the cellar."),
    "Why was the road closed?": ("It was closed because a bridge had fallen.", "The road leads to the lake."),
    "How long is the warranty?": ("The warranty lasts three years.", "The warranty does not cover the filter."),
    "When does the lease end?": ("The lease ends on 31 May 2031.", "The lease is governed by the laws of Ohio."),
}
"""Questions, each with a text that answers it and one that is only on its subject."""


@pytest.mark.parametrize("question", ANSWERED)
def test_answers_are_whole_sentences_with_verified_citations(nato_index, assistant, question):
    answer = assistant.ask(question)
    assert not answer.abstained
    assert answer.reason is None
    assert ANSWERED[question] in answer.text
    assert 1 <= len(answer.citations) <= 3
    assert re.findall(r"\[(\d+)\]", answer.text) == [str(citation.n) for citation in answer.citations]
    for citation in answer.citations:
        document = nato_index.document(citation.doc_id)
        assert document.text[citation.span.start : citation.span.end] == citation.quote
        sections = [section for section in document.root.walk() if section.span.covers(citation.span)]
        assert sections[-1].path == citation.section
        ends = {span.end for span in sentence_spans(document.text)}
        starts = {span.start for span in sentence_spans(document.text)}
        assert citation.span.start in starts
        assert citation.span.end in ends
    assert [c.span.start for c in answer.citations] == sorted(c.span.start for c in answer.citations)


@pytest.mark.parametrize(
    "question", ["Who is the Secretary General?", "What is the capital of Australia?", "How do I bake sourdough bread?"]
)
def test_what_the_document_does_not_say_is_declined_with_a_reason(assistant, question):
    answer = assistant.ask(question)
    assert answer.abstained
    assert answer.text is None
    assert answer.citations == ()
    assert answer.reason.startswith("The documents do not answer this.")
    assert answer.confidence < assistant.threshold
    assert len(answer.hits) == 10


@pytest.fixture(scope="module")
def near_and_far(tmp_path_factory):
    """Return an assistant over documents of one sentence: two for each of `NEAR`, and one of something else."""
    folder = tmp_path_factory.mktemp("near")
    (folder / "docs").mkdir()
    for n, texts in enumerate(NEAR.values()):
        for kind, text in zip(("answering", "near"), texts, strict=True):
            (folder / "docs" / f"{kind}{n}.txt").write_text(text, encoding="utf-8")
    (folder / "docs" / "far.txt").write_text("Bread is baked in the morning.", encoding="utf-8")
    update_index(folder / "index", [folder / "docs"])
    with Index.open(folder / "index") as index:
        yield Assistant(index)


@pytest.mark.parametrize("question", NEAR)
def test_what_answers_gives_most_confidence_and_what_is_on_the_subject_more_than_what_is_not(near_and_far, question):
    n = list(NEAR).index(question)
    answering, near, far = (
        near_and_far.ask(question, scope=Scope(docs=(doc,))).confidence
        for doc in (f"answering{n}.txt", f"near{n}.txt", "far.txt")
    )
    assert answering > near_and_far.threshold > near > far


def test_a_list_comes_with_its_introduction(assistant):
    answer = assistant.ask("Which aspects does NATO's cyber defense framework prioritize?")
    assert "Incident Response Teams" in (answer.text or "")


def test_a_follow_up_leans_on_the_conversation(assistant):
    first = assistant.ask("What does Article 5 say?")
    follow = assistant.ask("When was it invoked?", history=[Turn(first.question, first.text)])
    assert follow.question == "When was it invoked?"
    assert "September 11" in follow.text


def test_the_threshold_decides(nato_index):
    question = "What are the three core principles?"
    assert not Assistant(nato_index, threshold=0.0).ask(question).abstained
    assert Assistant(nato_index, threshold=1.0).ask(question).abstained
    with pytest.raises(ValueError, match="threshold"):
        Assistant(nato_index, threshold=1.5)


def test_scope_and_number_of_passages(assistant):
    answer = assistant.ask("What strengthens security?", k=2, scope=Scope(sections=("Crisis Management",)))
    assert len(answer.hits) == 2
    assert all("Crisis Management" in hit.chunk.section for hit in answer.hits)


def test_a_question_without_words_is_an_error(assistant):
    with pytest.raises(QuestionError, match="at least one word"):
        assistant.ask("?!")


@pytest.mark.parametrize("k", [0, -1])
def test_no_passages_are_not_to_be_had(assistant, k):
    with pytest.raises(QuestionError, match=f"k of at least 1, got {k}"):
        assistant.ask("What is KFOR?", k=k)


def test_confidence_does_not_depend_on_what_was_asked_before(assistant):
    first = assistant.ask("What is KFOR?")
    assistant.ask("Who is the Secretary General?")
    again = assistant.ask("What is KFOR?")
    assert (again.text, again.confidence, again.hits) == (first.text, first.confidence, first.hits)
