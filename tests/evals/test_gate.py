import pytest

from pincite_evals import gate
from pincite_evals.evaluation import read_evaluation

SETS = sorted(gate.QUESTIONS.glob("*.jsonl"))


@pytest.fixture(scope="module")
def assistant():
    with gate.shipped_assistant() as assistant:
        yield assistant


@pytest.mark.model
@pytest.mark.parametrize("questions", SETS, ids=lambda path: path.stem)
def test_no_measure_is_worse_than_its_baseline(assistant, questions):
    comparison = gate.check(assistant, questions)
    assert comparison.only_old == comparison.only_new == 0, (
        "the questions changed: python -m pincite_evals.gate --renew"
    )
    assert [change.measure.name for change in comparison.regressions] == []


@pytest.mark.parametrize("questions", SETS, ids=lambda path: path.stem)
def test_a_baseline_holds_exact_citations_only(questions):
    rows = read_evaluation(gate.baseline(questions)).rows
    assert {row.scores["citation exactness"] for row in rows if "citation exactness" in row.scores} == {1.0}
