import csv
import json
from pathlib import Path

import pytest

from pincite.batch import BatchQuestion, read_questions
from pincite.errors import QuestionError
from pincite.evidence import Turn
from pincite.question_length import MAX_QUESTION_CHARS


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_json_lines_keep_ids_and_scope(tmp_path):
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
        BatchQuestion("a", "One?", ("x.txt",)),
        BatchQuestion(7, "Two?", ("x.txt", "y.txt")),
        BatchQuestion("4", "Three?", None),
    )


def test_json_lines_keep_their_history_and_every_field(tmp_path):
    line = '{"question": "And then?", "history": [{"question": "One?", "answer": "1"}, {"question": "Two?"}], "x": 5}'
    (question,) = read_questions(write(tmp_path / "q.jsonl", line)).questions
    assert question.history == (Turn("One?", "1"), Turn("Two?"))
    assert question.fields == json.loads(line)


def test_csv_with_quoted_line_break_and_scope(tmp_path):
    file = read_questions(
        write(tmp_path / "q.csv", 'id,question,scope_docs\nq1,"One,\nor two?",a.txt; b.txt\n,Three?,\n')
    )
    assert [q.text for q in file.questions] == ["One,\nor two?", "Three?"]
    assert file.questions[0].scope_docs == ("a.txt", "b.txt")
    assert file.questions[1].scope_docs is None


def test_csv_without_question_column_says_what_it_found(tmp_path):
    with pytest.raises(QuestionError, match=r"column named question.*'query'"):
        read_questions(write(tmp_path / "q.csv", "query\nOne?\n"))


def test_csv_field_beyond_the_readers_limit_is_one_bad_row(tmp_path):
    path = write(tmp_path / "q.csv", f"id,question\na,One?\nb,{'x' * (csv.field_size_limit() + 1)}\nc,Three?\n")
    file = read_questions(path)
    assert [q.text for q in file.questions] == ["One?", "Three?"]
    assert [failure.source for failure in file.failures] == [f"{path}:3"]
    with pytest.raises(QuestionError, match="header"):
        read_questions(write(tmp_path / "h.csv", "x" * (csv.field_size_limit() + 1)))


def test_a_number_and_its_text_are_one_id(tmp_path):
    file = read_questions(write(tmp_path / "q.jsonl", '{"id": 1, "question": "A?"}\n{"id": "1", "question": "B?"}\n'))
    assert [q.text for q in file.questions] == ["A?"]
    assert "earlier line" in file.failures[0].reason


def test_plain_lines_are_numbered(tmp_path):
    file = read_questions(write(tmp_path / "q.txt", "\ufeffOne?\n\n  Two?  \r\n"))
    assert file.questions == (BatchQuestion("1", "One?"), BatchQuestion("3", "Two?"))


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
        ('{"question": "Q?", "id": true}', '"id"'),
        ('{"question": "Q?", "scope_docs": []}', "leave the field out"),
        ('{"question": "Q?", "history": "before"}', '"history"'),
        ('{"question": "Q?", "history": ["before"]}', '"history"'),
        ('{"question": "Q?", "history": [{"question": "B?", "answer": 1}]}', '"history"'),
        ('{"question": "Q?", "scope_docs": [""]}', "leave the field out"),
        ('{"question": "Q?", "doc": 0}', "leave the field out"),
        ('{"question": "Good?", "id": "good"}', "earlier line"),
        (json.dumps({"question": "x" * (MAX_QUESTION_CHARS + 1)}), "at most"),
    ],
)
def test_a_bad_line_is_named_and_the_rest_goes_on(tmp_path, line, reason):
    path = write(tmp_path / "q.jsonl", f'{{"id": "good", "question": "Good?"}}\n{line}\n{{"question": "Last?"}}\n')
    file = read_questions(path)
    assert [q.text for q in file.questions] == ["Good?", "Last?"]
    (failure,) = file.failures
    assert failure.source == f"{path}:2"
    assert reason in failure.reason


def test_no_file_and_no_question_are_errors(tmp_path):
    with pytest.raises(QuestionError, match="no such file"):
        read_questions(tmp_path / "absent.jsonl")
    with pytest.raises(QuestionError, match="at least one question"):
        read_questions(write(tmp_path / "q.jsonl", "\n"))
    (tmp_path / "q.bin").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(QuestionError, match="UTF-8"):
        read_questions(tmp_path / "q.bin")
