import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from safetensors import safe_open
from tokenizers import Tokenizer

from pincite.encoding import CrossEncoder, cross_encoder
from pincite.encoding.bundled import bundled_model
from pincite.encoding.cache import cache_folder
from pincite.encoding.cross_encoder import MAX_TOKENS, TUNED, ExportedCrossEncoder, PairTokenizer, load_cross_encoder
from pincite.encoding.tuned import SCALE, WORDS, TunedCrossEncoder, packed, unpacked
from pincite.errors import EncoderError

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
    log_odds = exported_cross_encoder.answering(question, [answering, near, far])
    assert log_odds[0] > 0 > log_odds[1:].max()
    assert log_odds[0] > log_odds[1:].max() + 5


@pytest.mark.parametrize(
    ("question", "right"),
    [("When was the harbuor opend?", 0), ("How long is the waranty?", 1), ("how heavi is teh pump", 2)],
)
def test_a_misspelt_question_is_understood(exported_cross_encoder, question, right):
    texts = [TEXTS[0], "The warranty lasts three years.", "The pump weighs 14 kg without its hose."]
    log_odds = exported_cross_encoder.answering(question, texts)
    assert log_odds.argmax() == right
    assert log_odds[right] > 0


def test_a_row_is_understood_with_the_head_of_its_table(exported_cross_encoder):
    head, row = "| Property | Drystone 40 | Drystone 40-P |", "| Weight | 23.5 kg | 24.8 kg |"
    alone, together = exported_cross_encoder.answering(
        "How much does the Drystone 40-P weigh?", [row, f"{head}\n{row}"]
    )
    assert together > 0
    assert together > alone


def test_the_export_agrees_with_the_reference(exported_cross_encoder, tuned):
    ours, theirs = exported_cross_encoder.answering(QUESTION, TEXTS), tuned.answering(QUESTION, TEXTS)
    assert ours.shape == theirs.shape == (len(TEXTS),)
    assert ours.dtype == theirs.dtype == np.float32
    assert np.abs(ours - theirs).max() < 0.2


def test_texts_are_judged_alone(exported_cross_encoder):
    together = exported_cross_encoder.answering(QUESTION, TEXTS)
    alone = [exported_cross_encoder.answering(QUESTION, [text])[0] for text in TEXTS]
    assert together == pytest.approx(alone, abs=0.1)


def test_no_texts(exported_cross_encoder, tuned):
    assert exported_cross_encoder.answering(QUESTION, []).shape == (0,)
    assert tuned.answering(QUESTION, []).shape == (0,)


@pytest.mark.parametrize("question", ["why " * 3000, "W" * 5000, "?", "\ud800"])
def test_any_question_leaves_room_for_the_text(exported_cross_encoder, question):
    assert np.isfinite(exported_cross_encoder.answering(question, TEXTS)).all()


def test_question_and_text_are_told_apart_within_the_window():
    tokenizer = PairTokenizer(Tokenizer.from_file(str(bundled_model() / "tokenizer.json")))
    ids, mask, types = tokenizer.arrays("who came?", ["he came " * 300, "she"])
    assert ids.shape == mask.shape == types.shape == (2, MAX_TOKENS)
    assert mask.sum(axis=1).tolist() == [MAX_TOKENS, 7]
    assert types[1].tolist()[:7] == [0, 0, 0, 0, 0, 1, 1]


def test_many_threads_may_use_one(exported_cross_encoder):
    expected = exported_cross_encoder.answering(QUESTION, TEXTS)
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: exported_cross_encoder.answering(QUESTION, TEXTS), range(24)):
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
    assert mended.answering(QUESTION, TEXTS) == pytest.approx(
        exported_cross_encoder.answering(QUESTION, TEXTS), abs=0.1
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
    assert found.answering(QUESTION, TEXTS) == pytest.approx(tuned.answering(QUESTION, TEXTS))


def test_an_export_that_disagrees_is_refused(tuned):
    class Other:
        def answering(self, question, texts):
            return tuned.answering(question, texts) + 1

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
