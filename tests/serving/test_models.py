"""What the server promises to send is exactly what the library's own nouns say of themselves."""

import pytest

from pincite import Answer, Chunk, Citation, Hit, Span
from pincite.serving.models import AnswerBody, CitationBody, HitBody

CITATION = Citation(1, "a.pdf", Span(3, 7), "quot", ("A", "B"), page=2)
HIT = Hit(1, 0.5, Chunk("a.pdf#3-7", "a.pdf", Span(3, 7), "quot", ("A", "B"), page=2))
ANSWER = Answer("Why?", "quot [1] So. [?]", 0.75, (CITATION,), (HIT,), 0.1, unsupported=(Span(9, 12),), notice="Away.")
ABSTAINED = Answer("Why?", None, 0.25, (), (), 0.1, reason="The documents do not answer this.")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (CitationBody, CITATION.to_dict()),
        (HitBody, HIT.to_dict()),
        (AnswerBody, {**ANSWER.to_dict(), **ANSWER.how()}),
        (AnswerBody, {**ABSTAINED.to_dict(), **ABSTAINED.how()}),
    ],
    ids=["citation", "hit", "answer", "abstention"],
)
def test_a_body_holds_what_to_dict_gives_no_more_and_no_less(body, told):
    assert list(body.model_fields) == list(told)
    assert body.model_validate(told).model_dump(mode="json") == told
    assert body.model_json_schema()["required"] == list(told), "every field is always there"
