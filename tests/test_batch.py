import json
import os
from pathlib import Path

import pytest

from pincite.batch import MAX_QUESTION_CHARS, Question, read_questions, run_batch
from pincite.errors import QuestionError, UnknownDocument
from pincite.types import Answer


class EchoIndex:
    created_at = 0.0


class EchoAssistant:
    """Answers with the question in capitals; knows every document but ``missing.txt``."""

    def __init__(self):
        self.index = EchoIndex()
        self.asked = []

    def ask(self, question, *, k, scope):
        if scope.docs == ("missing.txt",):
            raise UnknownDocument("no document missing.txt in the index")
        self.asked.append(question)
        return Answer(question, question.upper(), 0.5, (), (), 0.001)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


class TestReading:
    def test_json_lines_keep_ids_and_scope(self, tmp_path):
        file = read_questions(
            write(
                tmp_path / "q.jsonl",
                '{"id": "a", "question": "One?", "doc": "x.txt", "answers": ["ignored"]}\n'
                '{"id": 7, "question": "Two?", "scope_docs": ["x.txt", "y.txt"]}\n\n'
                '{"question": "Three?"}\n',
            )
        )
        assert file.failures == ()
        assert file.questions == (
            Question("a", "One?", ("x.txt",)),
            Question("7", "Two?", ("x.txt", "y.txt")),
            Question("4", "Three?", None),
        )

    def test_csv_with_quoted_line_break_and_scope(self, tmp_path):
        file = read_questions(
            write(tmp_path / "q.csv", 'id,question,scope_docs\nq1,"One,\nor two?",a.txt; b.txt\n,Three?,\n')
        )
        assert [q.text for q in file.questions] == ["One,\nor two?", "Three?"]
        assert file.questions[0].scope_docs == ("a.txt", "b.txt")
        assert file.questions[1].scope_docs is None

    def test_csv_without_question_column_says_what_it_found(self, tmp_path):
        with pytest.raises(QuestionError, match=r"column named question.*'query'"):
            read_questions(write(tmp_path / "q.csv", "query\nOne?\n"))

    def test_plain_lines_are_numbered(self, tmp_path):
        file = read_questions(write(tmp_path / "q.txt", "\ufeffOne?\n\n  Two?  \r\n"))
        assert file.questions == (Question("1", "One?"), Question("3", "Two?"))

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("{", "one JSON object a line"),
            ("[1]", "a JSON object"),
            ('"text"', "a JSON object"),
            ("{}", '"question"'),
            ('{"question": "  "}', '"question"'),
            ('{"question": 3}', '"question"'),
            ('{"question": "Q?", "id": [1]}', '"id"'),
            ('{"question": "Q?", "scope_docs": 4}', '"scope_docs"'),
            ('{"question": "Good?", "id": "good"}', "earlier line"),
            (json.dumps({"question": "x" * (MAX_QUESTION_CHARS + 1)}), "at most"),
        ],
    )
    def test_a_bad_line_is_named_and_the_rest_goes_on(self, tmp_path, line, reason):
        path = write(tmp_path / "q.jsonl", f'{{"id": "good", "question": "Good?"}}\n{line}\n{{"question": "Last?"}}\n')
        file = read_questions(path)
        assert [q.text for q in file.questions] == ["Good?", "Last?"]
        (failure,) = file.failures
        assert failure.source == f"{path}:2"
        assert reason in failure.reason

    def test_no_file_and_no_question_are_errors(self, tmp_path):
        with pytest.raises(QuestionError, match="no such file"):
            read_questions(tmp_path / "absent.jsonl")
        with pytest.raises(QuestionError, match="at least one question"):
            read_questions(write(tmp_path / "q.jsonl", "\n"))
        (tmp_path / "q.bin").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(QuestionError, match="UTF-8"):
            read_questions(tmp_path / "q.bin")


class TestRunning:
    QUESTIONS = (Question("a", "One?"), Question("b", "Two?"), Question("c", "Three?"))

    def test_writes_one_line_each_in_order(self, tmp_path):
        out = tmp_path / "new" / "answers.jsonl"
        report = run_batch(EchoAssistant(), self.QUESTIONS, out)
        rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
        assert [(row["id"], row["answer"]) for row in rows] == [("a", "ONE?"), ("b", "TWO?"), ("c", "THREE?")]
        assert (report.answered, report.abstained, report.resumed) == (3, 0, 0)

    def test_resumes_after_a_torn_line(self, tmp_path):
        out = tmp_path / "answers.jsonl"
        run_batch(EchoAssistant(), self.QUESTIONS[:2], out)
        whole = out.read_bytes()
        out.write_bytes(whole[:-9])
        assistant = EchoAssistant()
        report = run_batch(assistant, self.QUESTIONS, out)
        assert assistant.asked == ["Two?", "Three?"]
        assert report.resumed == 1
        assert [json.loads(line)["id"] for line in out.read_text("utf-8").splitlines()] == ["a", "b", "c"]

    def test_an_edited_question_is_answered_again(self, tmp_path):
        out = tmp_path / "answers.jsonl"
        run_batch(EchoAssistant(), self.QUESTIONS, out)
        assistant = EchoAssistant()
        run_batch(assistant, (Question("a", "One, really?"), *self.QUESTIONS[1:]), out)
        assert assistant.asked == ["One, really?"]

    def test_answers_older_than_the_index_are_refused(self, tmp_path):
        out = tmp_path / "answers.jsonl"
        run_batch(EchoAssistant(), self.QUESTIONS, out)
        os.utime(out, (1_000, 1_000))
        assistant = EchoAssistant()
        assistant.index.created_at = 2_000.0
        with pytest.raises(QuestionError, match="--restart"):
            run_batch(assistant, self.QUESTIONS, out)
        assert run_batch(assistant, self.QUESTIONS, out, restart=True).answered == 3

    def test_a_file_of_something_else_is_not_appended_to(self, tmp_path):
        out = write(tmp_path / "answers.jsonl", "a poem\n")
        with pytest.raises(QuestionError, match=r"answers\.jsonl:1.*--out"):
            run_batch(EchoAssistant(), self.QUESTIONS, out)
        assert out.read_text("utf-8") == "a poem\n"

    def test_a_question_about_an_unknown_document_fails_alone(self, tmp_path):
        questions = (Question("x", "Where?", ("missing.txt",)), *self.QUESTIONS)
        report = run_batch(EchoAssistant(), questions, tmp_path / "answers.jsonl")
        assert report.answered == 3
        assert [failure.source for failure in report.failures] == ["x"]
