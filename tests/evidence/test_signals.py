import numpy as np
import pytest

from pincite.encoding.base import Judgements
from pincite.evidence import gather as gather_evidence
from pincite.evidence.headings import headed
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


def test_passages_are_read_whole_under_their_headings_and_their_sentences_judged(ask, passage):
    read: list[str] = []

    def judge(question, texts, sentences):
        read.extend(texts)
        held = [np.array([text[s.start : s.end].startswith("The door") for s in spans], np.float32)
                for text, spans in zip(texts, sentences, strict=True)]  # fmt: skip
        return Judgements(np.arange(len(texts), dtype=np.float32), tuple(held))

    table = "| Part | Mass |\n| --- | --- |\n| Pump | 1 kg |\n\nThe door is white."
    passages = [
        passage(table, section=("Manual", "Parts")),
        *(passage(f"Bread {n} is baked. It rains.") for n in range(6)),
    ]
    evidence = gather_evidence(ask("How heavy is the door?"), passages, judge)
    assert read[0] == f"Manual > Parts\n{table}"
    assert len(read) == 3
    judged = evidence.signals[:, SIGNALS.index("judged")]
    assert [s.text for s, odds in zip(evidence.sentences, judged, strict=True) if odds > 0] == ["The door is white."]
    assert evidence.read.shape == (7,)
    assert evidence.read[0] == 0
    assert np.isnan(evidence.read).sum() == 4


def test_long_paths_of_headings_are_cut_from_the_front():
    assert headed(()) == ""
    assert headed(("Manual", "Parts")) == "Manual > Parts"
    assert headed(("A" * 60, "B" * 60, "C" * 60)) == "C" * 60
    assert headed(("A" * 300,)) == "A" * 120


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
