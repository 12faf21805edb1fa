from __future__ import annotations

import json
from dataclasses import replace

import ferry
import pytest

from pincite import QuestionError, Span
from pincite_evals.evaluation import read_evaluation, slim, write_evaluation
from pincite_evals.gold import Gold, GoldFile, read_gold
from pincite_evals.records import AnswerRecords, Quoted, read_answers
from pincite_evals.scoring import score


def scored(file=ferry.QUESTIONS, answers=None):
    return score(file, answers or ferry.answers(), ferry.documents, about={"pincite": "0"}, n_resamples=50)


def value(evaluation, name):
    return evaluation.estimate(name).value


def test_outcomes_and_the_measures_of_answers():
    evaluation = scored()
    assert [row.outcome for row in evaluation.rows] == ["right", "wrongly refused", "rightly refused", "wrong"]
    assert value(evaluation, "right") == 0.5
    assert value(evaluation, "right when answered") == 0.5
    assert value(evaluation, "contains answer") == 1.0
    assert value(evaluation, "citation exactness") == 1.0
    assert value(evaluation, "citation precision") == value(evaluation, "citation recall") == 1.0
    assert value(evaluation, "refusal precision") == value(evaluation, "refusal recall") == 0.5
    assert value(evaluation, "AUROC") == pytest.approx(3 / 4)
    assert value(evaluation, "latency p50") == pytest.approx(0.1)


def test_what_has_no_gold_is_counted_and_not_zero():
    evaluation = scored()
    success = evaluation.estimate("success@1")
    assert (success.value, success.n, success.not_scored) == (0.5, 2, 2)
    assert value(evaluation, "RR@10") == pytest.approx((1 + 1 / 2) / 2)


def test_sections_are_taken_from_the_spans_where_gold_names_none():
    cost = ferry.answer("cost", "What does it cost?", None, hits=[ferry.quoted(ferry.DOGS, ["Ferries", "Dogs"])])
    evaluation = scored(answers=ferry.answers(cost=cost))
    assert [row.scores["section success@1"] for row in evaluation.rows[:2]] == [1.0, 0.0]


def test_a_heading_alone_names_a_section():
    asked = ferry.question("when", "When does it leave?", Gold(True, sections=(("ferries",),)))
    assert scored(GoldFile((asked,), ())).rows[0].scores["section success@1"] == 1.0


def test_documents_are_a_level_only_where_there_are_several_to_choose_from():
    asked = ferry.QUESTIONS.questions[0]
    within = replace(asked, question=replace(asked.question, scope_docs=("ferry.txt",)))
    assert "document success@1" in scored(GoldFile((asked,), ())).rows[0].scores
    assert "document success@1" not in scored(GoldFile((within,), ())).rows[0].scores


def test_a_citation_that_is_not_what_stands_there_is_found_out():
    lie = Quoted("ferry.txt", ferry.place(ferry.LEAVES), "The ferry leaves at ten.", ("Ferries",))
    beyond = Quoted("ferry.txt", Span(0, 10**6), "x", ())
    elsewhere = Quoted("none.txt", Span(0, 1), "x", ())
    when = ferry.answer("when", "When does it leave?", "At ten.", cited=[lie, beyond, elsewhere, *ferry.ALL_HITS[:1]])
    assert scored(answers=ferry.answers(when=when)).rows[0].scores["citation exactness"] == 0.25


def test_a_missing_answer_and_one_to_another_question_are_named_and_not_scored():
    rest = {name: each for name, each in ferry.ANSWERS.items() if name != "crew"}
    rest["cats"] = ferry.answer("cats", "Do dogs travel free?", None)
    evaluation = scored(answers=AnswerRecords(rest, ()))
    assert [row.outcome for row in evaluation.rows if row.answer is None] == ["not scored", "not scored"]
    assert {source for source, _ in evaluation.failures} == {"question crew", "question cats"}
    assert evaluation.estimate("right").n == 2


def test_gold_beyond_the_document_is_a_failure_of_that_question_alone():
    far = ferry.GoldSpan("ferry.txt", Span(10, 10**6))
    asked = ferry.question("when", "When does it leave?", Gold(True, spans=(far,)))
    evaluation = scored(GoldFile((asked, *ferry.QUESTIONS.questions[1:]), ()))
    assert [source for source, _ in evaluation.failures] == ["question when"]
    assert len([row for row in evaluation.rows if row.answer is not None]) == 3


def test_no_gold_and_no_answers_are_refused():
    bare = ferry.question("when", "When does it leave?", Gold())
    with pytest.raises(QuestionError, match="the questions have none"):
        scored(GoldFile((bare,), ()))
    with pytest.raises(QuestionError, match="found none that can be scored"):
        scored(answers=AnswerRecords({"other": ferry.ANSWERS["when"]}, ()))


def test_an_evaluation_is_read_as_it_was_written(tmp_path):
    evaluation = scored()
    write_evaluation(evaluation, tmp_path / "new" / "evaluation.json")
    assert read_evaluation(tmp_path / "new" / "evaluation.json") == evaluation
    small = slim(evaluation, {"right"})
    assert all(set(row.scores) <= {"right"} and "hits" not in row.answer for row in small.rows)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "x", "version": 1}', None])
def test_something_else_is_no_evaluation(tmp_path, content):
    path = tmp_path / "evaluation.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(QuestionError, match=r"evaluation\.json: expected"):
        read_evaluation(path)


def test_answers_are_read_and_bad_lines_named(tmp_path):
    good = ferry.ANSWERS["when"].line
    lines = [json.dumps(good), "{", json.dumps({**good, "id": "x", "confidence": 3}), json.dumps(good), '{"id": "y"}']
    path = tmp_path / "answers.jsonl"
    path.write_text("\n".join(lines))
    found = read_answers(path)
    assert found.answers == {"when": ferry.ANSWERS["when"]}
    assert [failure.source.rsplit(":", 1)[1] for failure in found.failures] == ["2", "3", "4", "5"]
    with pytest.raises(QuestionError, match="pincite batch"):
        read_answers(tmp_path / "none.jsonl")


def test_gold_is_read_from_json_lines_and_csv_alike(tmp_path):
    lines = tmp_path / "q.jsonl"
    row = {
        "id": "a",
        "question": "Q?",
        "doc": "x.txt",
        "answers": ["one", "two"],
        "spans": [[1, 4]],
        "section": ["Top", "Sub"],
    }
    lines.write_text(json.dumps(row))
    table = tmp_path / "q.csv"
    table.write_text('id,question,doc,answers,spans,section\na,Q?,x.txt,one;two,"[[1, 4]]","[""Top"", ""Sub""]"\n')
    (first,), (second,) = read_gold(lines).questions, read_gold(table).questions
    assert first.gold == second.gold
    assert first.gold.answerable is True
    assert first.gold.docs == ("x.txt",)
    assert first.question.scope_docs == ("x.txt",)
    assert read_gold(lines, scope_to_doc=False).questions[0].question.scope_docs is None


@pytest.mark.parametrize(
    "field",
    [
        '"spans": [[4, 1]], "doc": "d"',
        '"spans": [[1, 4]]',
        '"answerable": "perhaps"',
        '"answers": [1]',
        '"section": [1]',
    ],
)
def test_bad_gold_is_named_and_the_other_questions_go_on(tmp_path, field):
    path = tmp_path / "q.jsonl"
    path.write_text(f'{{"id": "a", "question": "Q?", {field}}}\n{{"id": "b", "question": "R?", "answers": ["x"]}}\n')
    file = read_gold(path)
    assert [each.id for each in file.questions] == ["b"]
    assert "question a" in file.failures[0].source
