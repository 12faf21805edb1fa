import json
import sys

import pytest

from pincite import Answer, Chunk, Citation, Hit, Span, load_encoder
from pincite_evals import outcomes
from pincite_evals.outcomes import OF_ANSWERABLE, Outcome, Told, asked, gold_rank, holds, outcome, share, table, tell
from pincite_evals.sets import QuestionSet, SetQuestion, load_set

TEXT = "Cats are allowed, at most two of them. Dogs may visit for a day. The rent is 1,150 euros a month."
GOLD = Span(39, 64)
"""The sentence on dogs."""


def question(*spans, answerable=True, doc="lease.md"):
    return SetQuestion("q", "May my dog visit?", doc, answerable, spans)


PASSAGES = (Span(0, 64), Span(65, 97))


def answer(*cited, passages=PASSAGES, doc="lease.md", refused=False):
    """Return an answer that cites spans of a document, found in passages of it."""
    hits = tuple(
        Hit(n, 1.0, Chunk(f"{doc}#{n}", doc, span, TEXT[span.start : span.end], ("Lease",)))
        for n, span in enumerate(passages, 1)
    )
    citations = tuple(
        Citation(n=n, doc_id=doc, span=span, quote=TEXT[span.start : span.end], section=("Lease",), page=None)
        for n, span in enumerate(cited, 1)
    )
    return Answer(
        question="May my dog visit?",
        text=None if refused else "Some.",
        confidence=0.5,
        citations=citations,
        hits=hits,
        seconds=0.1,
        reason="Nothing." if refused else None,
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer(GOLD), Outcome.WHOLE),
        (answer(Span(39, 50), Span(50, 64)), Outcome.WHOLE),
        (answer(Span(39, 50)), Outcome.CUT),
        (answer(Span(0, 38)), Outcome.WRONG_SENTENCE),
        (answer(Span(65, 97)), Outcome.WRONG_PASSAGE),
        (answer(refused=True), Outcome.REFUSED_FIRST),
        (answer(refused=True, passages=(Span(65, 97), Span(0, 64))), Outcome.REFUSED_FOUND),
        (answer(refused=True, passages=(Span(65, 97),)), Outcome.NOT_FOUND),
        (answer(Span(65, 97), passages=(Span(65, 97),)), Outcome.NOT_FOUND),
        (answer(GOLD, doc="other.md"), Outcome.NOT_FOUND),
    ],
)
def test_every_answerable_question_has_its_outcome(given, expected):
    assert outcome(question(GOLD), given) is expected


def test_one_gold_span_of_several_is_enough():
    assert outcome(question(Span(0, 38), GOLD), answer(GOLD)) is Outcome.WHOLE
    assert outcome(question(Span(0, 64)), answer(GOLD)) is Outcome.CUT


def test_unanswerable_questions_are_refused_or_answered():
    assert outcome(question(answerable=False), answer(refused=True)) is Outcome.REFUSED
    assert outcome(question(answerable=False), answer(GOLD)) is Outcome.ANSWERED


def test_a_passage_holds_gold_by_half():
    assert holds(Span(0, 100), Span(80, 120))
    assert not holds(Span(0, 100), Span(90, 130))
    assert holds(Span(50, 150), Span(0, 1000))
    assert not holds(Span(0, 100), Span(960, 1000))
    assert not holds(Span(0, 100), Span(100, 101))
    assert gold_rank(question(GOLD), answer(passages=(Span(65, 97), Span(39, 97)))) == 2


def test_shares_count_each_character_once():
    assert share([Span(0, 10), Span(5, 15)], [Span(0, 15), Span(2, 8)]) == 1
    assert share([Span(0, 10)], [Span(5, 100)]) == 0.5
    assert share([], [Span(0, 3)]) == 0


def told(outcome, *, name="lease", kind="plain", answerable=True, cited=1.0):
    return Told(name, kind, "q", "Who?", answerable, outcome, 0.5, "He.", ("He",), 1, cited, cited)


def test_the_table_counts_every_question_once():
    rows = [told(each, cited=0.25) for each in OF_ANSWERABLE] + [told(Outcome.REFUSED, answerable=False)] * 2
    (line,) = (line for line in table(rows).splitlines() if line.startswith("| lease"))
    assert line == "| lease | 7 | 1 | 1 | 1 | 1 | 1 | 1 | 1 | 0.250 | 0.250 | 2 | 2 | 0 |"


def test_kinds_and_sets_have_rows_of_their_own():
    rows = [told(Outcome.WHOLE, kind="list"), told(Outcome.CUT, kind=""), told(Outcome.WHOLE, name="manual")]
    names = [line.split(" | ")[0] for line in table(rows).splitlines()[2:]]
    assert names == ["| lease", "| lease: list", "| lease: other", "| manual", "| all"]


def test_questions_that_cannot_be_told_are_not_asked():
    known, unknown, none = question(GOLD), question(), question(answerable=False)
    assert asked(QuestionSet("lease", None, (known, unknown, none))) == [known, none]
    assert asked(QuestionSet("lease", None, (known, unknown, none)), limit=1) == [known]


@pytest.fixture
def lease(tmp_path):
    folder = tmp_path / "sets" / "lease"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "lease.md").write_text(f"# Lease\n\n{TEXT}\n", encoding="utf-8")
    start = TEXT.index("The rent") + len("# Lease\n\n")
    rows = [
        {
            "id": 1,
            "question": "How much is the rent?",
            "doc": "lease.md",
            "answerable": True,
            "spans": [[start, start + 32]],
        },
        {"id": 2, "question": "Who won the war of the roses?", "doc": "lease.md", "answerable": False, "spans": []},
    ]
    rows[0]["kind"] = "amount"
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return folder


@pytest.mark.model
def test_a_set_is_asked_and_the_questions_behind_a_count_are_listed(lease, capsys, monkeypatch):
    found = list(tell(load_set(lease), load_encoder()))
    assert [each.outcome for each in found] == [Outcome.WHOLE, Outcome.REFUSED]
    assert found[0].gold == (TEXT[-32:],)
    assert (found[0].kind, found[0].rank, found[0].cited, found[0].within) == ("amount", 1, 1.0, 1.0)
    out = lease / "whole.jsonl"
    monkeypatch.setattr(sys, "argv", ["outcomes", str(lease.parent), "--list", "cited whole", "--out", str(out)])
    outcomes.main()
    assert "| lease | 1 | 1 |" in capsys.readouterr().out
    (line,) = map(json.loads, out.read_text(encoding="utf-8").splitlines())
    assert (line["question_id"], line["outcome"]) == ("1", "cited whole")


def test_sets_tuned_on_are_not_asked_of_weights_that_know_them(lease, capsys, monkeypatch):
    lease.rename(lease.with_name("clapnq_dev"))
    monkeypatch.setattr(sys, "argv", ["outcomes", str(lease.parent)])
    outcomes.main()
    shown = capsys.readouterr()
    assert "clapnq_dev: left out" in shown.err
    assert "clapnq_dev" not in shown.out
    monkeypatch.setattr(sys, "argv", ["outcomes", str(lease.parent), "--judges", str(lease.parent)])
    with pytest.raises(SystemExit, match=r"fold-0\.safetensors is not there"):
        outcomes.main()


def test_a_folder_without_sets_is_named(tmp_path):
    with pytest.raises(SystemExit, match="holds no question set"):
        outcomes.set_folders([tmp_path])
