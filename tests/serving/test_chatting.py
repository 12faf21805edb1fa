"""The real client of OpenAI, over a real socket."""

import base64

import numpy as np
import openai
import pytest
from pydantic import TypeAdapter
from small_server import FERRY, QUESTION, make_service, on_a_socket

from pincite import (
    Answer,
    Assistant,
    Citation,
    CitationsEvent,
    DoneEvent,
    PassagesEvent,
    Span,
    TextEvent,
    WithdrawnEvent,
)
from pincite.evidence import Turn
from pincite.serving.chat_models import Message
from pincite.serving.conversing import question_of
from pincite.serving.models import CitationBody

ASKED = [{"role": "system", "content": "Be a pirate."}, {"role": "user", "content": QUESTION}]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with on_a_socket(make_service(tmp_path_factory.mktemp("chat"))) as address:
        yield address


@pytest.fixture
def client(address):
    with openai.OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0) as client:
        yield client


def test_a_completion_is_cited_in_its_text_and_beside_it(client):
    completion = client.chat.completions.create(model="pincite", messages=ASKED, temperature=0.2, max_tokens=50)
    (choice,) = completion.choices
    text, _, sources = choice.message.content.partition("\n\nSources:\n")
    assert choice.finish_reason == "stop"
    assert completion.citations
    for citation in completion.citations:
        assert list(citation) == list(CitationBody.model_fields)
        assert FERRY[citation["start"] : citation["end"]] == citation["quote"]
        assert f"{citation['quote']} [{citation['n']}]" in text
        assert f"[{citation['n']}] Times (ferry.md, characters {citation['start']}-{citation['end']})" in sources
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens > 0
    assert (completion.abstained, completion.model) == (False, "pincite")


def test_a_stream_makes_up_the_same_and_its_last_chunk_holds_the_citations(client):
    whole = client.chat.completions.create(model="pincite", messages=ASKED)
    chunks = list(client.chat.completions.create(model="pincite", messages=ASKED, stream=True))
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == whole.choices[0].message.content
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert chunks[-1].citations == whole.citations
    assert len({chunk.id for chunk in chunks}) == 1
    options = {"include_usage": True}
    *_, last = client.chat.completions.create(model="pincite", messages=ASKED, stream=True, stream_options=options)
    assert last.choices == []
    assert last.usage == whole.usage
    assert last.citations == whole.citations


def test_the_streaming_helper_of_the_client_works_too(client):
    with client.chat.completions.stream(model="pincite", messages=ASKED) as stream:
        final = stream.get_final_completion()
    assert "Sources:" in final.choices[0].message.content


def test_documents_and_passages_may_be_chosen(client):
    with pytest.raises(openai.NotFoundError, match=r"none\.md"):
        client.chat.completions.create(model="pincite", messages=ASKED, extra_body={"docs": ["none.md"]})
    found = client.chat.completions.create(model="pincite", messages=ASKED, extra_body={"docs": ["ferry.md"], "k": 1})
    assert found.citations


def test_errors_are_those_that_the_client_knows(client):
    with pytest.raises(openai.NotFoundError, match="no model of this name"):
        client.chat.completions.create(model="gpt-9", messages=ASKED)
    with pytest.raises(openai.UnprocessableEntityError, match="one word") as caught:
        client.chat.completions.create(model="pincite", messages=[{"role": "user", "content": "?"}])
    assert caught.value.body["type"] == "invalid_request_error"
    assert caught.value.request_id == caught.value.body["request_id"]
    with pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(model="pincite", messages=[])


def test_models_are_listed_and_shown(client):
    ids = [model.id for model in client.models.list()]
    assert ids == ["pincite", "hashing"]
    assert client.models.retrieve("pincite").owned_by == "pincite"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-9")


def test_embeddings_are_the_encoders_own_in_either_format(client):
    from pincite.encoding.hashing import HashingEncoder

    texts = ["The ferry leaves.", "A dog."]
    expected = HashingEncoder().encode_documents(texts).vectors
    for encoding in (openai.omit, "float", "base64"):
        answer = client.embeddings.create(model="hashing", input=texts, encoding_format=encoding)
        assert [each.index for each in answer.data] == [0, 1]
        got = [
            np.frombuffer(base64.b64decode(each.embedding), "<f4")
            if isinstance(each.embedding, str)
            else each.embedding
            for each in answer.data
        ]
        np.testing.assert_allclose(got, expected, rtol=1e-6)
    one = client.embeddings.create(model="pincite", input="A dog.", extra_body={"input_type": "query"})
    assert len(one.data[0].embedding) == 64
    assert one.usage.total_tokens == 2
    with pytest.raises(openai.UnprocessableEntityError):
        client.embeddings.create(model="hashing", input=[[1, 2]])
    with pytest.raises(openai.NotFoundError, match="it has 64"):
        client.embeddings.create(model="hashing", input="A dog.", dimensions=32)


CITATION = Citation(1, "ferry.md", Span(22, 66), FERRY[22:66], ("The ferry", "Times"), 3)


class Written(Assistant):
    """Answers as a language model would, and takes its first attempt back."""

    async def astream(self, question, **options):
        yield PassagesEvent(())
        yield TextEvent("Perhaps")
        yield WithdrawnEvent()
        yield CitationsEvent((CITATION,))
        yield TextEvent("It goes at nine [1].")
        yield TextEvent(" And by air. [?]", supported=False)
        yield DoneEvent(
            Answer(
                question=question,
                text="It goes at nine [1]. And by air. [?]",
                confidence=0.9,
                citations=(CITATION,),
                hits=(),
                seconds=0.1,
                generated_by="a model",
                unsupported=(Span(21, 32),),
                notice="A notice.",
            )
        )


def test_what_a_language_model_wrote_is_quoted_in_the_footnotes(tmp_path):
    with (
        on_a_socket(make_service(tmp_path, make=Written)) as address,
        openai.OpenAI(base_url=f"{address}/v1", api_key="none") as client,
    ):
        whole = client.chat.completions.create(model="pincite", messages=ASKED).choices[0].message.content
        assert whole == (
            "It goes at nine [1]. And by air. [?]\n\nSources:\n[1] Times (ferry.md, page 3, characters 22-66): "
            f"“{CITATION.quote.strip()}”\n\nA notice."
        )
        chunks = client.chat.completions.create(model="pincite", messages=ASKED, stream=True)
        streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        assert streamed == f"Perhaps\n\n(The text above is withdrawn.)\n\n{whole}"


def message(role, content):
    return TypeAdapter(Message).validate_python({"role": role, "content": content})


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([("user", "A?")], ("A?", ())),
        ([("system", "S"), ("user", "A?"), ("assistant", "a [1]\n\nSources:\n[1] x (y)"), ("user", "B?")],
         ("B?", (Turn("A?", "a [1]"),))),
        ([("user", "A?"), ("user", "B?")], ("B?", (Turn("A?"),))),
        ([("user", "A?"), ("assistant", "half")], ("A?", ())),
        ([("assistant", "Hello"), ("user", "A?")], ("A?", ())),
        ([("system", "S")], ("", ())),
        ([("user", "A?"), ("user", "...")], ("A?", ())),
    ],
)  # fmt: skip
def test_the_last_message_is_the_question_and_the_ones_before_are_turns(messages, expected):
    assert question_of([message(role, content) for role, content in messages]) == expected


def test_a_message_may_come_in_parts():
    parts = [{"type": "text", "text": "A"}, {"type": "text", "text": "B?"}]
    assert question_of([message("user", parts)]) == ("A\nB?", ())


def test_a_question_in_parts_is_bounded_as_a_whole(client):
    parts = [{"type": "text", "text": "word " * 1500}] * 2
    with pytest.raises(openai.APIStatusError, match="at most 10,000 characters") as caught:
        client.chat.completions.create(model="pincite", messages=[{"role": "user", "content": parts}])
    assert caught.value.status_code == 422
