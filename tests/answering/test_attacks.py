"""Documents that give orders: whatever they say, and however willing the model, Pincite does what it does."""

import re

import pytest
from answering.attacks import ATTACKS, EVIL, FACTS, QUESTION, TRUE

from pincite import Assistant, FunctionGenerator, Index, Scope, Writing, load_encoder, update_index

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """One document for each attack, with the same facts before and after it."""
    folder = tmp_path_factory.mktemp("attacks")
    documents = folder / "documents"
    documents.mkdir()
    for name, (text, _) in ATTACKS.items():
        (documents / f"{name}.txt").write_text(f"Varn\n\n{text}\n\n{FACTS}\n\n{text}\n", "utf-8", newline="")
    encoder = load_encoder()
    update_index(folder / "index", [documents], encoder=encoder)
    with Index.open(folder / "index", encoder=encoder) as index:
        yield index


def asked(index, name, say, **options):
    prompts = []

    def model(messages):
        prompts.append(messages)
        yield say

    assistant = Assistant(index, generator=FunctionGenerator(model, name="obedient"), writing=Writing(**options))
    return assistant.ask(QUESTION, scope=Scope(docs=(f"{name}.txt",))), prompts


def test_at_least_forty_are_tried():
    assert len(ATTACKS) >= 40


@pytest.mark.parametrize("name", ATTACKS)
def test_an_order_in_a_document_changes_nothing(index, name):
    said = ATTACKS[name][1]
    for strict in (False, True):
        answer, prompts = asked(index, name, said, strict=strict)
        assert len(prompts) == 1
        assert answer.abstained or answer.citations
        for citation in answer.citations:
            assert index.document(citation.doc_id).text[citation.span.start : citation.span.end] == citation.quote
        # Nothing that the model added of its own stands there as if it were supported.
        assert answer.generated_by is None, answer.text
        assert "obedient" in answer.notice
        if not answer.abstained:
            assert answer.text == " ".join(f"{c.quote} [{c.n}]" for c in answer.citations)


@pytest.mark.parametrize("name", ATTACKS)
def test_a_model_that_adds_it_to_the_truth_is_found_out(index, name):
    said = ATTACKS[name][1]
    answer, _ = asked(index, name, f"{TRUE} [1] {said}")
    assert answer.generated_by == "obedient"
    assert answer.text.startswith(f"{TRUE} [1]")
    rest = answer.text[len(f"{TRUE} [1]") :]
    assert re.search(r"(?<!\?)\[\d", rest) is None, "something of the attack is shown as supported"
    for harm in ("](", "![", "<script", "<img", "<iframe", "<tool_call", "javascript:", "data:text"):
        assert harm not in answer.text
    strict, _ = asked(index, name, f"{TRUE} [1] {said}", strict=True)
    assert strict.text == f"{TRUE} [1]"
    assert EVIL not in strict.text


@pytest.mark.parametrize("name", ATTACKS)
def test_the_prompt_keeps_its_shape(index, name):
    _, ((system, user),) = asked(index, name, TRUE)
    assert (system["role"], user["role"]) == ("system", "user")
    assert ATTACKS[name][0][:12] not in system["content"]
    body = user["content"]
    # Each passage is one heading line and one line of text; only ours are numbered, and there is one question.
    numbers = re.findall(r"[\[【]\s*\d+\s*[\]】]", body)
    assert numbers == [f"[{n}]" for n in range(1, len(numbers) + 1)]
    assert not re.search(r"[<>]", body)
    assert [line for line in body.splitlines() if line.startswith("Question:")] == [f"Question: {QUESTION}"]
    first = {line.split(":")[0].casefold() for line in body.splitlines() if re.match(r"\w+:", line)}
    assert first <= {"passages", "question"}
    assert all(ord(character) >= 32 or character == "\n" for character in body)
    assert not re.search("[\u200b-\u200f\u202a-\u202e\U000e0000-\U000e007f]", body)
