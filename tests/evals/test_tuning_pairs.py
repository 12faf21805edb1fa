import json
import random

import pytest

from pincite import Assistant, Index, Span, load_encoder, update_index
from pincite_evals.cross_encoder_fit import Unjudged, examples, searched_pairs
from pincite_evals.tuning_pairs import TUNED_HALF, Pair, evidence_pairs, half_of, misspelt, squad_pairs, windows

pytestmark = pytest.mark.slow  # what tunes imports torch, which takes seconds

TEXT = (
    "The harbour was opened in 1874. It has four berths. Ships come from Norway. "
    "Bread is baked at dawn. Nobody knows the baker."
)


@pytest.fixture
def squad(tmp_path):
    """Documents ``a`` and ``b`` fall into different halves."""
    (tmp_path / "docs").mkdir()
    rows = []
    for doc in ("a", "b"):
        text = f"Heading of {doc}\n\n{TEXT}\n"
        (tmp_path / "docs" / doc).write_text(text, encoding="utf-8")
        paragraph = [text.index(TEXT), text.index(TEXT) + len(TEXT)]
        year = text.index("1874")
        asked = {"doc": doc, "answerable": True, "spans": [[year, year + 4]], "paragraph_span": paragraph}
        rows += [asked | {"question": f"In which year after 18{n + 10} was the harbour opened?"} for n in range(20)]
        rows.append(
            {
                "doc": doc,
                "question": "Who bakes the bread at dawn?",
                "answerable": False,
                "spans": [],
                "paragraph_span": paragraph,
            }
        )
    (tmp_path / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path


def test_a_window_is_a_sentence_with_those_beside_it():
    found = windows(TEXT)
    assert TEXT[found[0].sentence.start : found[0].sentence.end] == "The harbour was opened in 1874."
    assert TEXT[found[0].whole.start : found[0].whole.end] == "The harbour was opened in 1874. It has four berths."
    assert all(w.whole.covers(w.sentence) for w in found)
    assert windows("") == []


def test_answers_stand_where_the_pairs_say(squad):
    pairs = squad_pairs(squad)
    answered = [pair for pair in pairs if pair.answer is not None]
    assert len(answered) == 20
    assert {pair.text[pair.answer.start : pair.answer.end] for pair in answered} == {"1874"}


def test_texts_without_the_answer_and_other_numbers_make_pairs_that_are_not_answered(squad):
    pairs = squad_pairs(squad)
    asked = {pair.question for pair in pairs if pair.answer is not None}
    empty = [pair for pair in pairs if pair.answer is None]
    assert any(pair.question in asked and "1874" not in pair.text for pair in empty)
    assert any("1874" in pair.text for pair in empty)
    assert any("bread" in pair.question and "Bread is baked" in pair.text for pair in empty)


def test_documents_of_the_other_half_give_no_pairs(squad):
    assert half_of("a") == TUNED_HALF != half_of("b")
    answered = [pair for pair in squad_pairs(squad) if pair.answer is not None]
    (squad / "docs" / "a").rename(squad / "docs" / "c")
    rows = (squad / "questions.jsonl").read_text(encoding="utf-8").replace('"doc": "a"', '"doc": "c"')
    (squad / "questions.jsonl").write_text(rows, encoding="utf-8")
    assert half_of("c") == TUNED_HALF
    assert [pair for pair in squad_pairs(squad) if pair.answer is not None] == answered
    (squad / "questions.jsonl").write_text(rows.replace('"doc": "c"', '"doc": "b"'), encoding="utf-8")
    assert squad_pairs(squad) == []


def test_a_slip_of_the_keys_changes_one_or_two_longer_words_by_little():
    rng = random.Random(1)
    question = "When was the E5-2001 harbour of Bergen opened?"
    slips = [misspelt(question, rng) for _ in range(200)]
    changed = [[(a, b) for a, b in zip(question.split(), slip.split(), strict=True) if a != b] for slip in slips]
    assert {len(pairs) for pairs in changed} <= {0, 1, 2}
    assert {a for pairs in changed for a, _ in pairs} == {"harbour", "Bergen"}
    assert all(a[0] == b[0] and abs(len(a) - len(b)) <= 1 for pairs in changed for a, b in pairs)
    assert sum(map(bool, changed)) > 180
    assert misspelt("Why so few?", rng) == "Why so few?"


@pytest.mark.model
def test_what_was_searched_makes_pairs(tmp_path):
    encoder = load_encoder()
    (tmp_path / "harbour.txt").write_text(f"Harbour\n\n{TEXT}\n", encoding="utf-8")
    update_index(tmp_path / "index", [tmp_path / "harbour.txt"], encoder=encoder)
    with Index.open(tmp_path / "index", encoder=encoder) as index:
        assistant = Assistant(index, cross_encoder=Unjudged())
        evidence = assistant.evidence(assistant.retriever.retrieve("When was the harbour opened?"))
        start = index.document("harbour.txt").text.index("1874")
    gold = [Span(start, start + 4)]
    pairs = evidence_pairs(evidence, "harbour.txt", gold, answerable=True)
    held = [pair for pair in pairs if pair.answer is not None]
    assert len(held) >= 2
    assert {pair.text[pair.answer.start : pair.answer.end] for pair in held} == {"1874"}
    assert not any(pair.answer for pair in evidence_pairs(evidence, "harbour.txt", gold, answerable=False))
    assert not any(pair.answer for pair in evidence_pairs(evidence, "other.txt", gold, answerable=True))


@pytest.mark.model
def test_a_question_is_searched_in_its_own_document_where_it_is_scoped(tmp_path):
    own, other = (f"{letter}.txt" for letter in "ab")
    assert half_of(own) != half_of(other)
    tuned_on = own if half_of(own) == TUNED_HALF else other
    (tmp_path / "docs").mkdir()
    rows = []
    for doc, text in ((own, TEXT), (other, TEXT.replace("1874", "1923"))):
        (tmp_path / "docs" / doc).write_text(text, encoding="utf-8")
        year = [text.index("was opened") + 14, text.index(". It has")]
        question = {"question": "When was the harbour opened?", "doc": doc, "answerable": True, "spans": [year]}
        rows.append(json.dumps(question))
    (tmp_path / "questions.jsonl").write_text("\n".join(rows), encoding="utf-8")
    year, wrong = ("1874", "1923") if tuned_on == own else ("1923", "1874")
    scoped, everywhere = (searched_pairs(tmp_path, scoped=scoped) for scoped in (True, False))
    assert {pair.text[pair.answer.start : pair.answer.end] for pair in scoped if pair.answer} == {year}
    assert {pair.text[pair.answer.start : pair.answer.end] for pair in everywhere if pair.answer} == {year}
    assert not any(wrong in pair.text for pair in scoped)
    assert any(wrong in pair.text and pair.answer is None for pair in everywhere)


@pytest.mark.model
def test_the_model_reads_the_answer_where_it_stands():
    from tokenizers import Tokenizer

    from pincite.encoding.bundled import bundled_model
    from pincite.encoding.cross_encoder import PairTokenizer

    tokenizer = PairTokenizer(Tokenizer.from_file(str(bundled_model() / "tokenizer.json")))
    text = "It was opened in 1874."
    pair = Pair("When?", text, Span(17, 21))
    (answered, empty) = examples(
        [pair, Pair("When?", text, None), Pair("When?", "a " * 300, Span(598, 599))], tokenizer
    )
    first, last = answered.ends
    assert tokenizer.pair("When?", text).tokens[first : last + 1] == ["1874"]
    assert empty.ends == (0, 0)


@pytest.mark.model
@pytest.mark.slow
def test_tuning_changes_all_but_the_embeddings_and_what_it_wrote_can_be_read(tmp_path, monkeypatch):
    import torch
    from safetensors.torch import load_file, save_file
    from tokenizers import Tokenizer

    from pincite.encoding.bundled import bundled_model
    from pincite.encoding.cross_encoder import TUNED, PairTokenizer
    from pincite.encoding.tuned import WORDS, AnswerHead, TunedCrossEncoder, packed, unpacked
    from pincite_evals import cross_encoder_fit

    monkeypatch.setattr(cross_encoder_fit, "EPOCHS", 2)
    monkeypatch.setattr(cross_encoder_fit, "RATE", 3e-4)
    folder = bundled_model()
    head, before = AnswerHead(folder), TunedCrossEncoder(folder, TUNED)
    base = {WORDS: head.words.weight.clone(), **unpacked(load_file(TUNED))}
    head.load_state_dict(base)
    tokenizer = PairTokenizer(Tokenizer.from_file(str(folder / "tokenizer.json")))
    # The opposite of what it knows.
    pairs = [Pair("When was it opened?", "It was opened in 1874.", None), Pair("Who came?", "It rained.", Span(3, 9))]
    tuned = dict(cross_encoder_fit.tune(head, list(examples(pairs * 32, tokenizer))).state_dict())
    same = {name for name, value in base.items() if torch.equal(value, tuned[name])}
    assert same == {name for name in base if name.startswith("bert.embeddings.")}
    save_file(packed(tuned), tmp_path / "tuned.safetensors")
    after = TunedCrossEncoder(folder, tmp_path / "tuned.safetensors")
    empty, answered = ([judge.answering(pair.question, [pair.text])[0] for judge in (before, after)] for pair in pairs)
    assert empty[1] < empty[0] - 1
    assert answered[1] > answered[0] + 1
