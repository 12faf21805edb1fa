import numpy as np
import pytest

from pincite import evidence
from pincite.evidence.signals import SIGNALS

TEXT = "The treaty was signed in Washington. Troops were deployed to the Balkans. Nobody mentioned the weather."


def signal(evidence, name):
    return dict(zip([s.text for s in evidence.sentences], evidence.signals[:, SIGNALS.index(name)], strict=True))


def test_sentences_are_exact_and_signals_finite(gather, ask, passage):
    evidence = gather(ask("Where was the treaty signed?"), [passage(TEXT, start=10)])
    assert [s.text for s in evidence.sentences] == [TEXT[s.span.start : s.span.end] for s in evidence.sentences]
    assert evidence.signals.shape == (3, len(SIGNALS))
    assert np.isfinite(evidence.signals).all()
    assert evidence.coverage.min() >= 0
    assert evidence.coverage.max() <= 1


@pytest.mark.parametrize(
    "name", ["similarity", "matched", "weakest", "gap", "literal", "sound", "local_gap", "offered", "adjacency"]
)
def test_each_signal_speaks_for_the_sentence_that_answers(gather, ask, passage, name):
    found = signal(gather(ask("Where was the treaty signed?"), [passage(TEXT)]), name)
    right, *others = found.values()
    assert right >= max(others), found
    assert right > min(others), found


def test_a_misspelt_word_is_matched_and_not_unknown(gather, ask, passage):
    misspelt = gather(ask("Where was the trety signd?"), [passage(TEXT)])
    assert misspelt.unknown == 0.0
    assert signal(misspelt, "literal")[TEXT.split(". ")[0] + "."] > 0.5


def test_words_that_no_passage_holds_are_unknown(gather, ask, passage):
    assert gather(ask("What is the submarine budget?"), [passage(TEXT)]).unknown == pytest.approx(1.0)


def test_headings_count_as_context_but_not_as_sentences(gather, ask, passage):
    found = passage("Treaty\n\nIt was signed in Washington.", section=("NATO", "Treaty"))
    evidence = gather(ask("Where was the Treaty signed?"), [found])
    assert [s.text for s in evidence.sentences] == ["It was signed in Washington."]
    assert evidence.signals[0, SIGNALS.index("names")] == 0.0


def test_opposites_and_negations_count_against(gather, ask, passage):
    evidence = gather(
        ask("When was the last treaty signed?"), [passage("The first treaty was signed. It was not signed.")]
    )
    assert list(evidence.signals[:, SIGNALS.index("opposite")]) == [-1.0, 0.0]
    assert list(evidence.signals[:, SIGNALS.index("polarity")]) == [0.0, -1.0]


def test_a_question_for_yes_or_no_may_be_answered_by_no(gather, ask, passage):
    evidence = gather(ask("Is the last treaty signed?"), [passage("The first treaty was signed. It was not signed.")])
    assert not evidence.signals[:, [SIGNALS.index("opposite"), SIGNALS.index("polarity")]].any()


def test_the_head_of_a_table_is_no_sentence(gather, ask, passage):
    table = "| Code | Meaning |\r\n| --- | :-: |\r\n| E5 | Compressor too hot |\n| E7 | Pump chamber full |"
    evidence = gather(ask("What does code E5 mean?"), [passage(table)])
    assert [s.text for s in evidence.sentences] == ["| E5 | Compressor too hot |", "| E7 | Pump chamber full |"]
    assert list(evidence.signals[:, SIGNALS.index("numbered")]) == [0.0, -1.0]


def test_a_row_is_read_with_its_head_and_headings(gather, ask, passage):
    table = "| Mark | Fault |\n| --- | --- |\n| E5 | too hot |\n\nA mark of E5 is no fault at high speed."
    evidence = gather(ask("Which mark of high speed has E5?"), [passage(table, section=("Speed",))])
    assert list(evidence.coverage[0][[0, 2, 3]]) == [1.0, 1.0, 1.0], evidence.question.words


def test_a_row_is_judged_with_the_head_of_its_table_once(ask, passage):
    judged: list[str] = []

    def judge(question, texts):
        judged.extend(texts)
        return np.zeros(len(texts), np.float32)

    head, rows = "| Part | Mass |", ["| Pump | 1 kg |", "| Fan | 2 kg |", "| Door | 3 kg |"]
    table = "\n".join([head, "| --- | --- |", *rows])
    evidence.gather(ask("How heavy is the door?"), [passage(f"{table}\n\nThe door is white.")], judge)
    assert "\n".join([head, *rows[1:], "\nThe door is white."]) in judged
    assert not any(text.startswith(rows[0]) for text in judged)
    assert all(text.count(head) <= 1 for text in judged)


def test_another_number_is_worth_little(gather, ask, passage):
    evidence = gather(ask("What was signed in 2001?"), [passage("It was signed in 2003. It was signed in 2001.")])
    other, right = evidence.coverage[:, evidence.question.words.index("2001")]
    assert other <= 0.3 + 1e-6
    assert right == 1.0


def test_nothing_found(gather, ask, passage):
    for passages in ([], [passage(""), passage("   ")]):
        evidence = gather(ask("Where?"), passages)
        assert evidence.sentences == ()
        assert evidence.unknown == 1.0


def test_only_the_likeliest_sentences_are_kept(gather, ask, passage):
    text = " ".join(f"Sentence number {n} is here." for n in range(60)) + " The treaty was signed."
    evidence = gather(ask("Who signed the treaty?"), [passage(text)])
    assert len(evidence.sentences) == 20
    assert evidence.sentences[-1].text == "The treaty was signed."
