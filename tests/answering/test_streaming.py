import asyncio
from contextlib import aclosing

import pytest

from pincite import CitationsEvent, DoneEvent, PassagesEvent, QuestionError, TextEvent

pytestmark = pytest.mark.model

QUESTION = "What does Article 5 say?"
UNANSWERED = "Who is the Secretary General?"


def without_seconds(answer):
    return {**answer.to_dict(), **answer.how(), "seconds": None}


def test_events_come_in_order_and_make_up_the_answer(assistant):
    first, *middle, last = assistant.stream(QUESTION)
    assert isinstance(first, PassagesEvent)
    assert isinstance(last, DoneEvent)
    assert last.answer.hits == first.hits
    assert "".join(event.text for event in middle if isinstance(event, TextEvent)) == last.answer.text
    cited = [event.citations for event in middle if isinstance(event, CitationsEvent)]
    assert sum(cited, ()) == last.answer.citations
    named = set()
    for event in middle:
        if isinstance(event, CitationsEvent):
            named |= {f"[{citation.n}]" for citation in event.citations}
        else:
            assert event.text[-3:] in named, "a marker comes before its citation"
    assert without_seconds(assistant.ask(QUESTION)) == without_seconds(last.answer)


def test_an_abstention_streams_passages_and_the_reason(assistant):
    first, last = assistant.stream(UNANSWERED)
    assert isinstance(first, PassagesEvent)
    assert last.answer.abstained
    assert last.to_dict()["reason"].startswith("The documents do not answer this.")


def test_every_event_says_what_json_holds(assistant):
    kinds = [event.kind for event in assistant.stream(QUESTION, k=1)]
    assert kinds == ["passages", *["citations", "text"] * ((len(kinds) - 2) // 2), "done"]
    for event in assistant.stream(QUESTION, k=1):
        assert event.to_dict()


def test_asking_without_waiting_gives_the_same(assistant):
    async def both():
        events = [event async for event in assistant.astream(QUESTION)]
        return events, await assistant.aask(QUESTION)

    events, answer = asyncio.run(both())
    expected = list(assistant.stream(QUESTION))
    assert [event.kind for event in events] == [event.kind for event in expected]
    assert events[:-1] == expected[:-1]
    assert without_seconds(answer) == without_seconds(expected[-1].answer)


def test_many_may_ask_at_once(assistant):
    async def all_of_them():
        return await asyncio.gather(*(assistant.aask(question) for question in (QUESTION, UNANSWERED) * 4))

    answers = asyncio.run(all_of_them())
    assert [answer.abstained for answer in answers] == [False, True] * 4


def test_errors_reach_the_caller(assistant):
    with pytest.raises(QuestionError, match="k of at least 1"):
        next(assistant.stream(QUESTION, k=0))
    with pytest.raises(QuestionError, match="at least one word"):
        asyncio.run(assistant.aask("?!"))


def test_a_stream_may_be_left_early(assistant):
    async def first():
        async with aclosing(assistant.astream(QUESTION)) as events:
            return await anext(events)

    assert isinstance(asyncio.run(first()), PassagesEvent)
    stream = assistant.stream(QUESTION)
    next(stream)
    stream.close()
    assert list(stream) == []
