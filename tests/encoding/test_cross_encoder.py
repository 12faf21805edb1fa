import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors import safe_open
from tokenizers import Tokenizer

from pincite.encoding import CrossEncoder, cross_encoder
from pincite.encoding.bundled import bundled_model
from pincite.encoding.cache import cache_folder
from pincite.encoding.cross_encoder import (
    MAX_TOKENS,
    TUNED,
    ExportedCrossEncoder,
    PairTokenizer,
    load_cross_encoder,
    sentence_means,
)
from pincite.encoding.tuned import SCALE, WORDS, TunedCrossEncoder, packed, unpacked
from pincite.errors import EncoderError
from pincite.sentences import sentence_spans
from pincite.types import Span

pytestmark = pytest.mark.model

QUESTION = "When was the harbour opened?"
TEXTS = [
    "The harbour was opened in 1874 by the governor.",
    "The harbour has four berths and two cranes.",
    "Bread is baked in the morning.",
    "Größe, naïveté & 東京 🙂 \ud800",
    "The harbour was opened. " * 80,
]


@pytest.fixture(scope="module")
def tuned():
    return TunedCrossEncoder(bundled_model(), TUNED)


@pytest.mark.parametrize(
    ("question", "answering", "near"),
    [
        (QUESTION, *TEXTS[:2]),
        ("Who signed the treaty?", "Queen Anna signed the treaty.", "The treaty was long and in two languages."),
        ("How much does the pump weigh?", "The pump weighs 14 kg without its hose.", "The pump stands in the cellar."),
        ("Why was the road closed?", "It was closed because a bridge had fallen.", "The road leads to the lake."),
        ("How long is the warranty?", "The warranty lasts three years.", "The warranty does not cover the filter."),
        ("When does the lease end?", "The lease ends on 31 May 2031.", "The lease is governed by the laws of Ohio."),
    ],
)
def test_the_text_that_answers_is_likelier_than_those_that_do_not(exported_cross_encoder, question, answering, near):
    # Neither of the others answers; that what is on the subject gives more confidence is held in `test_assistant.py`.
    far = TEXTS[2]
    log_odds = exported_cross_encoder.read(question, [answering, near, far]).texts
    assert log_odds[0] > 0 > log_odds[1:].max()
    assert log_odds[0] > log_odds[1:].max() + 5


@pytest.mark.parametrize(
    ("question", "right"),
    [("When was the harbuor opend?", 0), ("How long is the waranty?", 1), ("how heavi is teh pump", 2)],
)
def test_a_misspelt_question_is_understood(exported_cross_encoder, question, right):
    texts = [TEXTS[0], "The warranty lasts three years.", "The pump weighs 14 kg without its hose."]
    log_odds = exported_cross_encoder.read(question, texts).texts
    assert log_odds.argmax() == right
    assert log_odds[right] > np.delete(log_odds, right).max() + 3


def test_a_row_is_understood_with_the_head_of_its_table(exported_cross_encoder):
    head, row = "| Property | Drystone 40 | Drystone 40-P |", "| Weight | 23.5 kg | 24.8 kg |"
    alone, together = exported_cross_encoder.read(
        "How much does the Drystone 40-P weigh?", [row, f"{head}\n{row}"]
    ).texts
    assert together > 0
    assert together > alone


def test_the_export_agrees_with_the_reference(exported_cross_encoder, tuned):
    sentences = [list(sentence_spans(text)) for text in TEXTS]
    ours, theirs = (judge.read(QUESTION, TEXTS, sentences) for judge in (exported_cross_encoder, tuned))
    assert ours.texts.shape == theirs.texts.shape == (len(TEXTS),)
    assert ours.texts.dtype == theirs.texts.dtype == np.float32
    assert np.abs(ours.texts - theirs.texts).max() < 0.3
    for own, other, spans in zip(ours.sentences, theirs.sentences, sentences, strict=True):
        assert own.shape == other.shape == (len(spans),)
        assert own.dtype == other.dtype == np.float32
        assert np.abs(own - other).max() < 0.5


@pytest.mark.parametrize(
    ("question", "right"),
    [("When was the harbour opened?", 1), ("How many berths has it?", 2), ("Who bakes the bread?", 4)],
)
def test_the_sentence_that_answers_is_the_likeliest_of_its_text(exported_cross_encoder, question, right):
    text = (
        "Bergen lies on the coast. The harbour was opened in 1874. There are four berths. Ships come from Norway. "
        "The bread is baked by Mr Lund."
    )
    spans = list(sentence_spans(text))
    found = exported_cross_encoder.read(question, ["It rained all day.", text], [[Span(0, 18)], spans])
    assert found.texts.argmax() == 1
    assert len(found.sentences[1]) == len(spans)
    assert found.sentences[1].argmax() == right
    assert found.sentences[1].max() > 0 > found.sentences[0].max()


def test_sentences_beyond_the_window_count_as_the_least_likely(exported_cross_encoder):
    text = "The harbour was opened in 1874. " + "Ships come from Norway. " * 80
    spans = list(sentence_spans(text))
    (found,) = exported_cross_encoder.read(QUESTION, [text], [spans]).sentences
    assert len(found) == len(spans)
    assert found.argmax() == 0
    assert found[-1] == found.min()


def test_a_score_of_a_sentence_is_the_mean_of_its_tokens():
    tokenizer = PairTokenizer(Tokenizer.from_file(str(bundled_model() / "tokenizer.json")))
    text = "He came. She left."
    (pair,) = tokenizer.pairs("who?", [text])
    scores = np.arange(len(pair.ids), dtype=np.float32)
    own = [i for i, sequence in enumerate(pair.sequence_ids) if sequence == 1]
    expected = [np.mean([scores[i] for i in own if pair.offsets[i][0] < 8]), np.mean(scores[own[3:]])]
    assert sentence_means(scores, pair, [Span(0, 8), Span(9, 18)]).tolist() == pytest.approx(expected)
    assert sentence_means(scores, pair, []).shape == (0,)


def test_texts_are_judged_alone(exported_cross_encoder):
    together = exported_cross_encoder.read(QUESTION, TEXTS).texts
    alone = [exported_cross_encoder.read(QUESTION, [text]).texts[0] for text in TEXTS]
    assert together == pytest.approx(alone, abs=0.1)


def test_no_texts(exported_cross_encoder, tuned):
    assert exported_cross_encoder.read(QUESTION, []).texts.shape == (0,)
    assert tuned.read(QUESTION, []).texts.shape == (0,)


@pytest.mark.parametrize("question", ["why " * 3000, "W" * 5000, "?", "\ud800"])
def test_any_question_leaves_room_for_the_text(exported_cross_encoder, question):
    assert np.isfinite(exported_cross_encoder.read(question, TEXTS).texts).all()


def test_question_and_text_are_told_apart_within_the_window():
    tokenizer = PairTokenizer(Tokenizer.from_file(str(bundled_model() / "tokenizer.json")))
    ids, mask, types = tokenizer.arrays(tokenizer.pairs("who came?", ["he came " * 300, "she"]))
    assert ids.shape == mask.shape == types.shape == (2, MAX_TOKENS)
    assert mask.sum(axis=1).tolist() == [MAX_TOKENS, 7]
    assert types[1].tolist()[:7] == [0, 0, 0, 0, 0, 1, 1]


def test_many_threads_may_use_one(exported_cross_encoder):
    expected = exported_cross_encoder.read(QUESTION, TEXTS).texts
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: exported_cross_encoder.read(QUESTION, TEXTS).texts, range(24)):
            assert found == pytest.approx(expected, abs=1e-3)


def test_everyone_gets_the_same(exported_cross_encoder):
    assert load_cross_encoder() is exported_cross_encoder
    assert isinstance(exported_cross_encoder, CrossEncoder)


def test_a_damaged_export_is_named_and_made_again(exported_cross_encoder, tmp_path, monkeypatch):
    made = cross_encoder._export_folder()
    assert made.parent == cache_folder() / "cross-encoders"
    there = tmp_path / "cross-encoders" / made.name
    shutil.copytree(made, there)
    (there / "model.xml").write_bytes(b"<net")
    for blob in there.glob("*.blob"):
        blob.unlink()
    with pytest.raises(EncoderError, match="delete that folder"):
        ExportedCrossEncoder(there)
    monkeypatch.setenv("PINCITE_CACHE", str(tmp_path))
    monkeypatch.setattr(cross_encoder, "_loaded", [])
    mended = load_cross_encoder()
    assert isinstance(mended, ExportedCrossEncoder)
    assert mended.read(QUESTION, TEXTS).texts == pytest.approx(
        exported_cross_encoder.read(QUESTION, TEXTS).texts, abs=0.1
    )


def test_where_the_export_cannot_run_torch_does(tmp_path, monkeypatch, caplog, tuned):
    def refuse(folder):
        raise EncoderError("not here")

    monkeypatch.setenv("PINCITE_CACHE", str(tmp_path))
    monkeypatch.setattr(cross_encoder, "_loaded", [])
    monkeypatch.setattr(cross_encoder, "ExportedCrossEncoder", refuse)
    found = load_cross_encoder()
    assert isinstance(found, TunedCrossEncoder)
    assert "slower" in caplog.text
    assert found.read(QUESTION, TEXTS).texts == pytest.approx(tuned.read(QUESTION, TEXTS).texts)


@pytest.mark.parametrize("wrong", ["texts", "sentences"])
def test_an_export_that_disagrees_is_refused(tuned, wrong):
    class Other:
        def read(self, question, texts, sentences=()):
            found = tuned.read(question, texts, sentences)
            if wrong == "texts":
                return replace(found, texts=found.texts + 1)
            return replace(found, sentences=tuple(each + 1 for each in found.sentences))

    with pytest.raises(EncoderError, match=r"within 0\.1"):
        tuned.check_agreement(Other())


def test_weights_are_kept_to_a_hundredth_of_the_largest_in_their_row():
    generator = torch.Generator().manual_seed(0)
    weights = {
        WORDS: torch.ones(4, 4),
        "bert.a": torch.randn(8, 16, generator=generator),
        "bert.nothing": torch.zeros(2, 3),
        "bert.bias": torch.randn(8, generator=generator),
    }
    parts = packed(weights)
    assert set(parts) == {"bert.a", "bert.a" + SCALE, "bert.nothing", "bert.nothing" + SCALE, "bert.bias"}
    assert parts["bert.a"].dtype == torch.int8
    again = unpacked(parts)
    assert set(again) == set(weights) - {WORDS}
    assert torch.equal(again["bert.bias"], weights["bert.bias"])
    assert torch.equal(again["bert.nothing"], weights["bert.nothing"])
    assert ((again["bert.a"] - weights["bert.a"]).abs() < 0.01 * weights["bert.a"].abs().amax(1, keepdim=True)).all()


def test_the_weights_say_where_they_come_from():
    with safe_open(TUNED, framework="pt") as weights:
        assert "ms-marco-MiniLM-L-12-v2, Apache-2.0, changed" in weights.metadata()["origin"]
        assert WORDS not in weights.keys()  # noqa: SIM118
