"""The published JSON Schemas against what the dataclasses write."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from pincite import Answer, Chunk, Citation, Hit, Span, json_schema

NAMES = ["answer", "citation", "hit"]
FOLDER = Path(__file__).parents[1] / "docs" / "schemas"

CITATION = Citation(1, "a.pdf", Span(3, 9), "quoted", ("Title", "Section"), 2)
HIT = Hit(1, 0.75, Chunk("a.pdf#3-9", "a.pdf", Span(3, 9), "quoted", ("Title", "Section"), 2))
ANSWER = Answer("Why?", "quoted [1]", 0.5, (CITATION,), (HIT,), 0.1)
ABSTENTION = Answer("Why?", None, 0.1, (), (HIT,), 0.1, reason="The documents do not answer this.")
WRITTEN = Answer("Why?", "So. [?]", 0.5, (), (HIT,), 0.1, generated_by="a model", unsupported=(Span(0, 3),), notice="!")


def validate(name, value):
    Draft202012Validator(json_schema(name)).validate(json.loads(json.dumps(value)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("citation", CITATION.to_dict()),
        ("citation", HIT.citation.to_dict()),
        ("hit", HIT.to_dict()),
        *(("answer", answer.to_dict()) for answer in (ANSWER, ABSTENTION, WRITTEN)),
        *(("answer", {**answer.to_dict(), **answer.how()}) for answer in (ANSWER, ABSTENTION, WRITTEN)),
    ],
)
def test_what_is_written_keeps_the_schema(name, value):
    validate(name, value)


@pytest.mark.parametrize(
    ("name", "required", "rest"),
    [
        ("citation", CITATION.to_dict(), []),
        ("hit", HIT.to_dict(), []),
        ("answer", ANSWER.to_dict(), ["id", *ANSWER.how()]),
    ],
)
def test_the_schema_names_every_field_and_no_other(name, required, rest):
    schema = json_schema(name)
    assert schema["required"] == list(required)
    assert sorted(schema["properties"]) == sorted([*required, *rest])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("citation", {**CITATION.to_dict(), "n": 0}),
        ("citation", {**CITATION.to_dict(), "start": -1}),
        ("citation", {**CITATION.to_dict(), "section": "Title"}),
        ("citation", {**CITATION.to_dict(), "text": "quoted"}),
        ("hit", {**HIT.to_dict(), "score": 2}),
        ("answer", {**ANSWER.to_dict(), "citations": [{"n": 1}]}),
    ],
)
def test_what_is_not_ours_does_not_keep_it(name, value):
    with pytest.raises(ValidationError):
        validate(name, value)


@pytest.mark.parametrize("name", NAMES)
def test_the_published_files_are_what_the_module_prints(name):
    Draft202012Validator.check_schema(json_schema(name))
    shown = subprocess.run(
        [sys.executable, "-m", "pincite.schemas", name], capture_output=True, text=True, check=True
    ).stdout
    assert (FOLDER / f"{name}.json").read_text("utf-8") == shown, (
        f"run: python -m pincite.schemas {name} > docs/schemas/{name}.json"
    )


def test_all_are_printed_together_and_an_unknown_one_is_named():
    every = subprocess.run([sys.executable, "-m", "pincite.schemas"], capture_output=True, text=True, check=True)
    assert json.loads(every.stdout) == {name: json_schema(name) for name in NAMES}
    with pytest.raises(ValueError, match="answer, citation, hit"):
        json_schema("document")


def test_a_schema_may_be_changed_by_who_got_it():
    json_schema("citation")["properties"].clear()
    assert json_schema("citation")["properties"]
