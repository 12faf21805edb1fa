import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from pincite import FunctionGenerator, Writing
from pincite.answers import Answer
from pincite.batch import BatchQuestion, run_batch
from pincite.encoding import EncoderIdentity
from pincite.errors import QuestionError, UnknownDocument
from pincite.evidence import Turn
from pincite.storing.manifest import FileRecord, Manifest
from pincite.storing.snapshot import FolderSnapshot
from pincite.types import Stages

MANIFEST = Manifest("2026-01-01", EncoderIdentity("hash", "0" * 64, 8, 64), {}, ("a.txt",))
ONE, TWO, THREE = QUESTIONS = (BatchQuestion("a", "One?"), BatchQuestion("b", "Two?"), BatchQuestion("c", "Three?"))


class EchoAssistant:
    """Answers with the question in capitals; knows every document but ``missing.txt``."""

    def __init__(self, manifest=MANIFEST, *, stages=None, threshold=0.5, meanwhile=None):
        digest = FolderSnapshot.digest.fget(SimpleNamespace(manifest=manifest))
        self.index = SimpleNamespace(snapshot=SimpleNamespace(digest=digest))
        self.stages = stages or Stages()
        self.threshold = threshold
        self.generator, self.writing = None, Writing()
        self.meanwhile = meanwhile
        self.asked = []

    def ask(self, question, *, k, history, scope):
        if scope.docs == ("missing.txt",):
            raise UnknownDocument("no document missing.txt in the index")
        if self.meanwhile:
            self.meanwhile()
        self.asked.append(" ".join([*(turn.question for turn in history), question]))
        return Answer(question, question.upper(), 0.5, (), (), 0.001)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "new" / "answers.jsonl"


def rows(out):
    return [json.loads(line) for line in out.read_text("utf-8").splitlines()]


def test_writes_one_line_each_in_order(out):
    report = run_batch(EchoAssistant(), QUESTIONS, out)
    assert [(row["id"], row["answer"]) for row in rows(out)] == [("a", "ONE?"), ("b", "TWO?"), ("c", "THREE?")]
    assert (report.answered, report.abstained, report.resumed) == (3, 0, 0)


def test_resumes_after_a_torn_line(out):
    run_batch(EchoAssistant(), QUESTIONS[:2], out)
    out.write_bytes(out.read_bytes()[:-9])
    assistant = EchoAssistant()
    report = run_batch(assistant, QUESTIONS, out)
    assert assistant.asked == ["Two?", "Three?"]
    assert report.resumed == 1
    assert [row["id"] for row in rows(out)] == ["a", "b", "c"]


def test_a_number_stays_a_number_and_is_known_again(out):
    questions = (BatchQuestion(1, "One?"), BatchQuestion("x", "Two?"))
    run_batch(EchoAssistant(), questions, out)
    assert [row["id"] for row in rows(out)] == [1, "x"]
    assert run_batch(EchoAssistant(), questions, out).resumed == 2


@pytest.mark.parametrize(
    "edited", [BatchQuestion("a", "One, really?"), BatchQuestion("a", "One?", ("a.txt",))], ids=["text", "scope"]
)
def test_a_question_that_changed_is_answered_again_in_place_of_the_old_answer(out, edited):
    run_batch(EchoAssistant(), QUESTIONS, out)
    assistant = EchoAssistant()
    run_batch(assistant, (edited, TWO, THREE), out)
    assert assistant.asked == [edited.text]
    assert sorted((row["id"], row["question"]) for row in rows(out)) == [
        ("a", edited.text),
        ("b", "Two?"),
        ("c", "Three?"),
    ]
    assert run_batch(EchoAssistant(), (edited, TWO, THREE), out).resumed == 3


def test_a_follow_up_is_asked_after_the_turns_before_it_and_again_when_they_change(out):
    after_one = BatchQuestion("d", "And then?", history=(Turn("One?", "ONE"),))
    assistant = EchoAssistant()
    run_batch(assistant, (after_one,), out)
    assert run_batch(assistant, (after_one,), out).resumed == 1
    run_batch(assistant, (replace(after_one, history=(Turn("Two?"),)),), out)
    assert assistant.asked == ["One? And then?", "Two? And then?"]
    assert len(rows(out)) == 1


def test_answers_to_questions_that_are_not_asked_now_stay_with_what_they_were_confined_to(out):
    confined = BatchQuestion("z", "Where?", ("a.txt",))
    run_batch(EchoAssistant(), (confined,), out)
    run_batch(EchoAssistant(), QUESTIONS, out)
    assert len(rows(out)) == 4
    assert run_batch(EchoAssistant(), (confined,), out).resumed == 1


@pytest.mark.parametrize(
    ("assistant", "k", "said"),
    [
        (EchoAssistant(replace(MANIFEST, files={"t": FileRecord(1, "1" * 64)})), 10, "the index has changed"),
        (EchoAssistant(stages=Stages(dense=False)), 10, "stages dense, lexical"),
        (EchoAssistant(threshold=0.7), 10, "threshold 0.5, not 0.7"),
        (EchoAssistant(), 20, "k 10, not 20"),
    ],
)
def test_answers_given_from_something_else_are_refused(out, assistant, k, said):
    run_batch(EchoAssistant(), QUESTIONS, out)
    before = out.read_bytes()
    with pytest.raises(QuestionError, match=f"{said}.*--restart") as refused:
        run_batch(assistant, QUESTIONS, out, k=k)
    assert "\n" not in str(refused.value)
    assert out.read_bytes() == before
    assert run_batch(assistant, QUESTIONS, out, k=k, restart=True).answered == 3
    assert len(rows(out)) == 3


def test_an_index_of_the_same_contents_is_the_same_whenever_it_was_built(out):
    run_batch(EchoAssistant(), QUESTIONS, out)
    assert run_batch(EchoAssistant(replace(MANIFEST, created="2026-02-02")), QUESTIONS, out).resumed == 3


@pytest.mark.parametrize("state", [None, "", "[]", '{"circumstances": 3}'])
def test_answers_without_a_sound_state_are_refused(out, state):
    run_batch(EchoAssistant(), QUESTIONS, out)
    beside = out.with_name("answers.jsonl.state")
    beside.unlink() if state is None else beside.write_text(state)
    with pytest.raises(QuestionError, match=r"answers\.jsonl\.state does not say.*--restart"):
        run_batch(EchoAssistant(), QUESTIONS, out)


def test_a_file_of_something_else_is_left_as_it_is(out, tmp_path):
    poem = tmp_path / "poem.txt"
    poem.write_text("a poem\n")
    with pytest.raises(QuestionError, match=r"poem\.txt.*--out"):
        run_batch(EchoAssistant(), QUESTIONS, poem)
    assert poem.read_text() == "a poem\n"
    run_batch(EchoAssistant(), QUESTIONS[:1], out)
    out.write_bytes(out.read_bytes() + b"a poem\n")
    with pytest.raises(QuestionError, match=r"answers\.jsonl:2.*--out"):
        run_batch(EchoAssistant(), QUESTIONS, out)
    with pytest.raises(QuestionError, match="expected a file"):
        run_batch(EchoAssistant(), QUESTIONS, tmp_path)


def test_a_second_batch_into_the_same_file_is_refused(out):
    refusals = []

    def second():
        with pytest.raises(QuestionError, match="another batch") as refused:
            run_batch(EchoAssistant(), QUESTIONS, out, restart=True)
        refusals.append(refused)

    assert run_batch(EchoAssistant(meanwhile=second), QUESTIONS, out).answered == 3
    assert len(refusals) == 3
    assert len(rows(out)) == 3


def test_a_link_to_the_answers_stays_a_link(out, tmp_path):
    run_batch(EchoAssistant(), QUESTIONS, out)
    link = tmp_path / "link.jsonl"
    link.symlink_to(out)
    assert run_batch(EchoAssistant(), QUESTIONS, link).resumed == 3
    run_batch(EchoAssistant(), QUESTIONS, link, restart=True)
    assert link.is_symlink()


def test_a_question_about_an_unknown_document_fails_alone(out):
    report = run_batch(EchoAssistant(), (BatchQuestion(9, "Where?", ("missing.txt",)), *QUESTIONS), out)
    assert report.answered == 3
    assert [failure.source for failure in report.failures] == ["9"]


def test_answers_of_another_writer_are_refused(out):
    def written(strict):
        assistant = EchoAssistant()
        assistant.generator = FunctionGenerator(str, name="parrot")
        assistant.writing = Writing(strict=strict)
        return assistant

    run_batch(written(strict=True), QUESTIONS[:1], out)
    with pytest.raises(QuestionError, match="generator parrot, strict, not none"):
        run_batch(EchoAssistant(), QUESTIONS, out)
    with pytest.raises(QuestionError, match="generator parrot, strict, not parrot"):
        run_batch(written(strict=False), QUESTIONS, out)
    assert run_batch(written(strict=True), QUESTIONS, out).resumed == 1
