"""Damage in an index of many blocks: whatever bit is turned, no answer changes unnoticed."""

import random

import pytest
from contracts.cross_encoder import Unjudged

from pincite.encoding.hashing import HashingEncoder
from pincite_evals.attacks.damaging import aimed_at, answered, generation_of, make_index, outcome_of, strewn

SEED = 20261126
ENCODER = HashingEncoder(dim=64)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Return an index whose texts, tokens, vectors, postings and sentences are above 1 MB, and questions about it."""
    folder = tmp_path_factory.mktemp("large")
    questions = make_index(folder, ENCODER, n_documents=3000, seed=SEED)
    return folder, questions


@pytest.fixture(autouse=True)
def every_file_counts_as_large(monkeypatch):
    """Have no file checked whole at opening, as none is that is larger than 1 MiB."""
    monkeypatch.setattr("pincite.storing.snapshot.SMALL_FILE_BYTES", 0)


def ask(folder, question):
    return answered(folder, question, ENCODER, cross_encoder=Unjudged())


def test_the_index_is_large(large):
    folder, _ = large
    sizes = {path.name: path.stat().st_size for path in generation_of(folder).iterdir()}
    above = {name for name, size in sizes.items() if size > 1 << 20}
    assert above >= {
        "texts.txt", "documents.jsonl", "vectors-0.faiss", "tokens.codes.npy", "lexical.data.npy",
        "lexical.indices.npy", "extra.segments.npy",
    }  # fmt: skip


def test_no_aimed_flip_is_served(large):
    """Aim at the bytes of a quote, its span, vector, tokens, sentences, postings."""
    print("seed", SEED)
    folder, questions = large
    rng = random.Random(SEED)
    outcomes, quotes = [], 0
    for question in questions:
        before = ask(folder, question)
        assert before["citations"], question
        for flip in aimed_at(folder, before, rng):
            result = outcome_of(folder, flip, question, before, ENCODER, cross_encoder=Unjudged())
            assert result.outcome != "wrong", result
            if "quote" in flip.aim:
                assert result.outcome == "noticed", result
                quotes += 1
            outcomes.append(result.outcome)
        if len(outcomes) >= 200:
            break
    assert len(outcomes) >= 200
    assert quotes > 20
    assert ask(folder, question) == before


def test_no_flip_anywhere_changes_an_answer_unnoticed(large):
    print("seed", SEED)
    folder, questions = large
    before = ask(folder, questions[0])
    flips = strewn(folder, 150, random.Random(SEED))
    results = [outcome_of(folder, flip, questions[0], before, ENCODER, cross_encoder=Unjudged()) for flip in flips]
    assert [result for result in results if result.outcome == "wrong"] == []
    assert {result.outcome for result in results} == {"noticed", "no effect"}
