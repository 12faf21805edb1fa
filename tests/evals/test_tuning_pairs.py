import json
import random
import shutil

import pytest

from pincite import Span, load_encoder
from pincite_evals import cross_encoder_fit, tuning
from pincite_evals.cross_encoder_fit import examples
from pincite_evals.judges import folded, shipped
from pincite_evals.tuning_pairs import (
    FOLDS,
    FURTHER,
    RIGHT,
    TUNING_SETS,
    WRONG,
    Found,
    Pair,
    TuningSet,
    chosen,
    everyday,
    fold_of,
    found_of,
    misspelt,
    search,
    squad_pairs,
    swapped,
    telegraphic,
    varied,
)

pytestmark = pytest.mark.slow  # what tunes imports torch, which takes seconds

TEXT = (
    "The harbour was opened in 1874. It has four berths. Ships come from Norway. "
    "Bread is baked at dawn. Nobody knows the baker."
)


@pytest.fixture
def squad(tmp_path):
    """Two documents of two paragraphs each, of which the second of each is of boats."""
    (tmp_path / "docs").mkdir()
    rows = []
    for doc in ("a", "b"):
        text = f"# Heading of {doc}\n\n{TEXT}\n\nThe boats lie in the harbour. They were opened to visitors in 1923.\n"
        (tmp_path / "docs" / doc).write_text(text, encoding="utf-8")
        paragraph, year = [text.index(TEXT), text.index(TEXT) + len(TEXT)], text.index("1874")
        asked = {"doc": doc, "answerable": True, "spans": [[year, year + 4]], "paragraph_span": paragraph}
        rows += [asked | {"question": f"In which year after 18{n + 10} was the harbour opened?"} for n in range(20)]
        rows.append(asked | {"question": "Who bakes the bread at dawn?", "answerable": False, "spans": []})
    (tmp_path / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return tmp_path


def test_each_question_is_paired_with_its_paragraph_and_others_of_its_document(squad):
    pairs = squad_pairs(squad)
    assert {pair.group for pair in pairs} == {"a", "b"}
    assert {pair.heading for pair in pairs} == {"Heading of a", "Heading of b"}
    answered = [pair for pair in pairs if pair.gold]
    assert len(answered) == 40
    assert {pair.text[pair.gold[0].start : pair.gold[0].end] for pair in answered} == {"1874"}
    empty = [pair for pair in pairs if not pair.gold]
    assert any("boats" in pair.text and "18" in pair.question for pair in empty)
    assert any("bread" in pair.question and "Bread is baked" in pair.text for pair in empty)


def test_another_name_or_number_makes_a_question_that_is_not_answered(squad):
    pairs = squad_pairs(squad)
    changed = list(swapped(pairs, random.Random(0)))
    assert changed
    asked = {pair.question for pair in pairs}
    assert all(pair.question in asked and not pair.gold for pair in changed)


def test_a_question_is_tuned_on_with_some_of_what_search_finds():
    right = [Pair("q", "", f"right {n}", (Span(0, 5),)) for n in range(5)]
    wrong = [Pair("q", "", f"wrong {n}", ()) for n in range(5)]
    taken = chosen(Found((*wrong, *right)), random.Random(0))
    assert taken[: RIGHT + WRONG] == right[:RIGHT] + wrong[:WRONG]
    assert len(taken) == RIGHT + WRONG + FURTHER
    assert taken[-1] in wrong[WRONG:]


def test_gold_is_cut_to_the_passage_that_holds_it():
    row = {"doc": "a", "answerable": True, "spans": [[8, 14]]}
    passages = [
        ("a", Span(0, 10), "0123456789", ("H",)),
        ("b", Span(0, 20), "x" * 20, ()),
        ("a", Span(14, 20), "abcdef", ()),
    ]
    first, other, beside = found_of(row, "q", passages).pairs
    assert first.gold == (Span(8, 10),)
    assert first.heading == "H"
    assert other.gold == beside.gold == ()
    assert not any(pair.gold for pair in found_of(row | {"answerable": False}, "q", passages).pairs)


def test_folds_part_documents():
    folds = [fold_of(f"doc-{n}") for n in range(60)]
    assert set(folds) == set(range(FOLDS))
    assert fold_of("doc-1") == folds[1]


def test_every_fold_must_have_its_weights(tmp_path):
    with pytest.raises(SystemExit, match=r"fold-0\.safetensors is not there.*--fold 0"):
        folded(tmp_path)
    assert shipped("squad_v2_dev", "a") is None


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


def test_questions_are_varied_now_and_then():
    assert telegraphic("When was the harbour of Bergen opened?") == "when harbour bergen opened"
    assert telegraphic("Is it?") == "is it"
    pair, rng = Pair("When was the harbour of Bergen opened?", "", TEXT, (Span(0, 31),)), random.Random(0)
    found = [varied(pair, rng).question for _ in range(300)]
    assert 0.6 < found.count(pair.question) / 300 < 0.95
    assert telegraphic(pair.question) in found


def test_everyday_questions_have_their_gold_in_their_text():
    pairs = everyday()
    answered = [pair for pair in pairs if pair.gold]
    assert len({pair.question for pair in pairs}) > 300
    assert len(answered) > 150
    assert len(pairs) > len(answered) + 150
    assert all(pair.text[span.start : span.end].strip() for pair in answered for span in pair.gold)
    assert all(pair.heading and pair.group for pair in pairs)


@pytest.mark.model
def test_a_question_is_searched_in_its_own_document_where_it_is_scoped(tmp_path):
    (tmp_path / "docs").mkdir()
    rows = []
    for doc, text in (("a.txt", TEXT), ("b.txt", TEXT.replace("1874", "1923"))):
        (tmp_path / "docs" / doc).write_text(text, encoding="utf-8")
        year = [text.index("was opened") + 14, text.index(". It has")]
        question = {"question": "When was the harbour opened?", "doc": doc, "answerable": True, "spans": [year]}
        rows.append(json.dumps(question))
    (tmp_path / "questions.jsonl").write_text("\n".join(rows), encoding="utf-8")
    encoder = load_encoder()
    scoped, everywhere = (
        [list(found.pairs) for found in search(tmp_path, TuningSet(tmp_path.name, scoped=scoped), encoder)]
        for scoped in (True, False)
    )
    for (first, *others), year in zip(scoped, ("1874", "1923"), strict=True):
        assert not others
        assert [first.text[span.start : span.end] for span in first.gold] == [year]
    assert all(len(pairs) == 2 for pairs in everywhere)
    assert all(sum(bool(pair.gold) for pair in pairs) == 1 for pairs in everywhere)
    assert len({each.name for each in TUNING_SETS}) == len(TUNING_SETS)


@pytest.mark.model
def test_a_fold_or_a_set_is_left_out_of_what_is_tuned_on(squad, tmp_path_factory, monkeypatch):
    data = tmp_path_factory.mktemp("sets")
    folder = data / "squad_v2_dev"
    shutil.copytree(squad, folder)
    rows = (folder / "questions.jsonl").read_text(encoding="utf-8")
    for doc in ("a", "b"):
        (folder / "docs" / doc).rename(folder / "docs" / f"{doc}.md")
        rows = rows.replace(f'"doc": "{doc}"', f'"doc": "{doc}.md"')
    (folder / "questions.jsonl").write_text(rows, encoding="utf-8")
    monkeypatch.setattr(cross_encoder_fit, "TUNING_SETS", (TuningSet("squad_v2_dev", scoped=True, limit=6),))
    everything = cross_encoder_fit.material(data)
    assert {"a.md", "b.md", "Lease of 14 Mill Lane"} <= {pair.group for pair in everything}
    assert 0.4 < sum(not pair.heading for pair in everything) / len(everything) < 0.6
    without = cross_encoder_fit.material(data, fold=fold_of("a.md"))
    assert len(without) < len(everything)
    assert fold_of("a.md") not in {fold_of(pair.group) for pair in without}
    assert not {"a.md", "b.md"} & {pair.group for pair in cross_encoder_fit.material(data, leave="squad_v2_dev")}


@pytest.mark.model
def test_the_model_reads_which_sentences_hold_gold():
    from tokenizers import Tokenizer

    from pincite.encoding.bundled import bundled_model
    from pincite.encoding.cross_encoder import PairTokenizer

    tokenizer = PairTokenizer(Tokenizer.from_file(str(bundled_model() / "tokenizer.json")))
    text = "Ships come from Norway. It was opened in 1874."
    answered, empty, bare = examples(
        [
            Pair("When?", "The port", text, (Span(41, 45),)),
            Pair("When?", "The port", text, ()),
            Pair("When?", "", text, ()),
        ],
        tokenizer,
    )
    tokens = tokenizer.pair("When?", f"The port\n{text}").tokens
    assert answered.gold == (1,)
    assert empty.gold == ()
    of = {n: [token for token, owner in zip(tokens, answered.sentences, strict=True) if owner == n] for n in (-1, 0, 1)}
    assert of[0] == ["ships", "come", "from", "norway", "."]
    assert of[1] == ["it", "was", "opened", "in", "1874", "."]
    assert {"when", "the", "port"} <= set(of[-1])
    assert len(bare.ids) == len(empty.ids) - 2


@pytest.mark.model
@pytest.mark.slow
def test_tuning_changes_all_but_the_embeddings_and_what_it_wrote_can_be_read(tmp_path):
    import torch
    from safetensors.torch import load_file, save_file
    from tokenizers import Tokenizer

    from pincite.encoding.bundled import bundled_model
    from pincite.encoding.cross_encoder import TUNED, PairTokenizer
    from pincite.encoding.tuned import WORDS, AnswerHead, TunedCrossEncoder, packed, unpacked

    folder = bundled_model()
    head, before = AnswerHead(folder), TunedCrossEncoder(folder, TUNED)
    base = {WORDS: head.words.weight.clone(), **unpacked(load_file(TUNED))}
    head.load_state_dict(base)
    tokenizer = PairTokenizer(Tokenizer.from_file(str(folder / "tokenizer.json")))
    # The opposite of what it knows.
    pairs = [
        Pair("When was it opened?", "", "It was opened in 1874.", ()),
        Pair("Who came?", "", "It rained.", (Span(3, 9),)),
    ]
    data = list(examples(pairs * 64, tokenizer))
    tuned = {
        name: value.detach().clone()
        for name, value in tuning.tune(head, data, epochs=3, rate=3e-4).state_dict().items()
    }
    same = {name for name, value in base.items() if torch.equal(value, tuned[name])}
    assert same == {name for name in base if name.startswith("bert.embeddings.")}
    save_file(packed(tuned), tmp_path / "tuned.safetensors")
    after = TunedCrossEncoder(folder, tmp_path / "tuned.safetensors")
    empty, answered = (
        [judge.read(pair.question, [pair.text], [[Span(0, len(pair.text))]]) for judge in (before, after)]
        for pair in pairs
    )
    for of in (lambda found: found.texts[0], lambda found: found.sentences[0][0]):
        assert of(empty[1]) < of(empty[0]) - 1
        assert of(answered[1]) > of(answered[0]) + 1
