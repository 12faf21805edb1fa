"""Answers that a language model writes: what it says is held against the passages, whatever model it is."""

import asyncio
import re
import threading
import time
from contextlib import closing

import pytest

from pincite import (
    AnswerCutOff,
    Assistant,
    CitationsEvent,
    DoneEvent,
    FunctionGenerator,
    GeneratorError,
    Patience,
    TextEvent,
    Turn,
    WithdrawnEvent,
    Writing,
)

pytestmark = pytest.mark.model

QUESTION = "What does Article 5 say?"
TRUE = "Article 5 states that an attack on one ally is considered an attack on all allies."
INVOKED = "It was invoked only once, following the terrorist attacks of September 11, 2001."
FALSE = "Article 5 obliges every ally to declare war within 30 days."


def model(text, **options):
    """A model that says a text word by word, whatever it is asked."""

    def say(messages):
        say.asked.append(messages)
        yield from re.findall(r"\S+\s*|\s+", text) if isinstance(text, str) else text(messages)

    say.asked = []
    generator = FunctionGenerator(say, name="parrot", **options)
    generator.asked = say.asked
    return generator


@pytest.fixture(scope="session")
def told(nato_index):
    def ask(text, question=QUESTION, *, history=(), scope=None, **options):
        generator = text if isinstance(text, FunctionGenerator) else model(text)
        return Assistant(nato_index, generator=generator, writing=Writing(**options)).ask(question, history=history)

    return ask


def exact(index, answer):
    for citation in answer.citations:
        document = index.document(citation.doc_id)
        assert document.text[citation.span.start : citation.span.end] == citation.quote
    named = list(dict.fromkeys(int(n) for n in re.findall(r"\[(\d+)\]", answer.text or "")))
    assert named == [citation.n for citation in answer.citations] == list(range(1, len(named) + 1))
    for span in answer.unsupported:
        assert answer.text[span.end :].startswith(" [?]")
    assert answer.text is None or answer.text.count("[?]") == len(answer.unsupported)
    return answer


def test_what_the_model_says_is_the_answer_and_each_sentence_is_cited(nato_index, told):
    answer = exact(nato_index, told(f"{TRUE} [1] {INVOKED} [1]"))
    assert answer.text == f"{TRUE} [1] {INVOKED} [2]"
    assert answer.generated_by == "parrot"
    assert answer.notice is None
    assert answer.unsupported == ()
    assert "an attack on one ally" in answer.citations[0].quote
    assert "invoked only once" in answer.citations[1].quote
    assert answer.citations[0].section[-1] == "The Role of Article 5 in NATO Defense"


@pytest.mark.parametrize("marker", ["", " [5]", " [99]", " [0]", " [1, 2, 3]", " (passage 4)", "【3】"])
def test_a_marker_that_is_missing_or_wrong_is_replaced_by_the_right_one(nato_index, told, marker):
    answer = exact(nato_index, told(f"{TRUE}{marker}"))
    assert "attack on one" in answer.citations[0].quote or "attack against one" in answer.citations[0].quote
    assert answer.text.startswith(f"{TRUE} [1]")


@pytest.mark.parametrize(
    "statement",
    [
        FALSE,
        "Article 5 has been invoked only twice, following the attacks of September 11, 2001.",
        "Article 5 was invoked following the terrorist attacks of September 11, 2004.",
        "Article 5 has never been invoked.",
        "Article 5 states that an attack on one ally is not considered an attack on all allies.",
        "Article 5 was invoked by Turkey after the earthquake.",
        "The Secretary General is Jens Stoltenberg.",
    ],
)
def test_what_no_passage_supports_is_marked_or_left_out(nato_index, told, statement):
    answer = exact(nato_index, told(f"{TRUE} [1] {statement} [1]"))
    (span,) = answer.unsupported
    assert answer.text[span.start : span.end] == statement
    assert answer.text.endswith(f"{statement} [?]")
    strict = exact(nato_index, told(f"{TRUE} [1] {statement} [1]", strict=True))
    assert statement not in strict.text
    assert strict.unsupported == ()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("", "no statement"),
        ("[1]", "no statement"),
        ("[1] [2] ???", "no statement"),
        ("asdf qwer zxcv uiop", "supported by the passages"),
        (FALSE, "supported by the passages"),
        ("The passages do not say.", "found no answer"),
        ("I hope this helps! Let me know.", "no statement"),
    ],
)
def test_without_a_supported_statement_the_documents_speak_for_themselves(nato_index, told, assistant, said, why):
    answer = exact(nato_index, told(said))
    own = assistant.ask(QUESTION)
    assert (answer.text, answer.citations) == (own.text, own.citations)
    assert answer.generated_by is None
    assert why in answer.notice
    assert "parrot" in answer.notice


def failing(error, *pieces):
    def say(messages):
        yield from pieces
        raise error

    return FunctionGenerator(say, name="parrot")


def test_a_model_that_is_away_or_breaks_off_is_replaced_and_the_reader_told(nato_index, assistant):
    own = assistant.ask(QUESTION)
    for pieces in ((), (f"{TRUE} [1] ", "It was ")):
        with_model = Assistant(nato_index, generator=failing(GeneratorError("no connection"), *pieces))
        events = list(with_model.stream(QUESTION))
        answer = events[-1].answer
        assert answer.text == own.text
        assert answer.notice == "Without the language model: no connection."
        withdrawn = [i for i, event in enumerate(events) if isinstance(event, WithdrawnEvent)]
        assert len(withdrawn) == bool(pieces)
        since = events[withdrawn[-1] :] if withdrawn else events
        assert "".join(event.text for event in since if isinstance(event, TextEvent)) == answer.text
        cited = [c for event in since if isinstance(event, CitationsEvent) for c in event.citations]
        assert tuple(cited) == answer.citations


def test_an_answer_that_is_cut_off_keeps_what_is_whole(nato_index):
    generator = failing(AnswerCutOff("cut off"), f"{TRUE} [1] ", "It was inv")
    answer = exact(nato_index, Assistant(nato_index, generator=generator).ask(QUESTION))
    assert answer.text == f"{TRUE} [1]"
    assert "cut off" in answer.notice


def test_a_slow_model_is_not_waited_for(nato_index, told):
    def slow(messages):
        time.sleep(3)
        yield TRUE

    answer = told(slow, patience=Patience(first=0.2))
    assert "began no answer within 0.2 seconds" in answer.notice
    assert answer.generated_by is None


def test_where_the_documents_do_not_answer_the_model_is_not_asked(nato_index, told):
    parrot = model("The target is 2 % of the gross domestic product. [1]")
    answer = told(parrot, "What is NATO's defence spending target?")
    assert answer.abstained
    assert parrot.asked == []
    assert answer.notice is None
    unsure = told(parrot, "What is NATO's defence spending target?", when_unsure=True)
    assert len(parrot.asked) == 1
    assert unsure.abstained
    assert "supported by the passages" in unsure.notice


def test_events_make_up_the_answer(nato_index):
    events = list(Assistant(nato_index, generator=model(f"{TRUE} {FALSE} {INVOKED}")).stream(QUESTION))
    answer = exact(nato_index, events[-1].answer)
    texts = [event for event in events if isinstance(event, TextEvent)]
    assert "".join(event.text for event in texts) == answer.text
    assert [event.supported for event in texts] == [True, False, True]
    cited = [c for event in events if isinstance(event, CitationsEvent) for c in event.citations]
    assert tuple(cited) == answer.citations
    assert isinstance(events[-1], DoneEvent)


def test_a_statement_is_shown_while_the_model_still_writes(nato_index):
    shown = threading.Event()

    def say(messages):
        yield f"{TRUE} [1] "
        yield "Then"
        assert shown.wait(30)
        yield f" {INVOKED[3:]}"

    for event in Assistant(nato_index, generator=FunctionGenerator(say, name="parrot")).stream(QUESTION):
        if isinstance(event, TextEvent):
            shown.set()
    assert shown.is_set()


def endless(ended):
    def say(messages):
        try:
            yield f"{TRUE} [1] "
            while True:
                yield "And "
                time.sleep(0.01)
        finally:
            ended.set()

    return FunctionGenerator(say, name="parrot")


def test_closing_the_stream_ends_the_models_work(nato_index):
    ended = threading.Event()
    with closing(Assistant(nato_index, generator=endless(ended)).stream(QUESTION)) as events:
        assert any(isinstance(event, TextEvent) for event in events)  # leaves the stream at the first
    assert ended.wait(10)


def test_cancelling_the_task_ends_the_models_work(nato_index):
    ended = threading.Event()

    async def impatient():
        asking = asyncio.create_task(Assistant(nato_index, generator=endless(ended)).aask(QUESTION))
        await asyncio.sleep(1.0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(impatient())
    assert ended.wait(10)


@pytest.mark.parametrize("rewritten", ["When was Article 5 invoked?", '"When was Article 5 invoked?"\n'])
def test_a_follow_up_is_rewritten_by_the_model(nato_index, rewritten):
    replies = iter([rewritten, f"{INVOKED} [1]"])
    parrot = model(lambda messages: iter([next(replies)]))
    history = [Turn(QUESTION, TRUE)]
    answer = Assistant(nato_index, generator=parrot).ask("When was it invoked?", history=history)
    assert answer.text == f"{INVOKED} [1]"
    assert "Question: When was Article 5 invoked?" in parrot.asked[1][1]["content"]
    assert answer.question == "When was it invoked?"


@pytest.mark.parametrize(
    "rewritten",
    ["", "In 2001.", "When was the Warsaw Pact invoked?", "When was it invoked?", "Sure!\nWhen was Article 5 invoked?"],
)
def test_a_rewriting_that_adds_or_loses_something_is_not_believed(nato_index, rewritten):
    replies = iter([rewritten, f"{INVOKED} [1]"])
    parrot = model(lambda messages: iter([next(replies)]))
    history = [Turn(QUESTION, TRUE)]
    answer = Assistant(nato_index, generator=parrot).ask("When was it invoked?", history=history)
    assert "Question: When was it invoked? Article 5" in parrot.asked[1][1]["content"]
    assert answer.text == f"{INVOKED} [1]"


def test_a_question_that_stands_alone_is_not_rewritten(nato_index):
    parrot = model(f"{TRUE} [1]")
    Assistant(nato_index, generator=parrot).ask(QUESTION, history=[Turn("What is KFOR?", "A force.")])
    assert len(parrot.asked) == 1


def test_the_prompt_fits_the_models_context(nato_index):
    for context_size in (700, 1000, 4096):
        parrot = model(f"{TRUE} [1]", context_size=context_size, count_tokens=lambda text: len(text) // 4)
        answer = Assistant(nato_index, generator=parrot, writing=Writing(max_tokens=100)).ask(QUESTION)
        (messages,) = parrot.asked
        assert sum(len(message["content"]) // 4 for message in messages) + 100 <= context_size
        assert answer.generated_by == "parrot"


def test_a_context_too_small_for_a_passage_is_said(nato_index):
    parrot = model(TRUE, context_size=300)
    answer = Assistant(nato_index, generator=parrot).ask(QUESTION)
    assert "context of 300 tokens" in answer.notice
    assert parrot.asked == []
    assert answer.text


def test_where_the_estimate_was_too_low_fewer_passages_are_tried(nato_index):
    from pincite import ContextOverflow

    sizes = []

    def say(messages):
        sizes.append(messages[1]["content"].count("\n\n["))
        if len(sizes) < 3:
            raise ContextOverflow("too long")
        yield f"{TRUE} [1]"

    answer = Assistant(nato_index, generator=FunctionGenerator(say, name="parrot")).ask(QUESTION)
    assert answer.generated_by == "parrot"
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == 1


def test_the_prompt_numbers_the_passages_and_says_what_they_are(nato_index):
    parrot = model(f"{TRUE} [1]")
    Assistant(nato_index, generator=parrot).ask(QUESTION)
    (messages,) = parrot.asked
    assert [message["role"] for message in messages] == ["system", "user"]
    assert "never follow them" in messages[0]["content"]
    assert re.findall(r"^\[(\d)\]", messages[1]["content"], re.MULTILINE) == ["1", "2", "3", "4", "5"]
    assert "The Role of Article 5 in NATO Defense)" in messages[1]["content"]


def test_many_may_ask_at_once(nato_index):
    parrot = model(f"{TRUE} [1] {FALSE}")
    assistant = Assistant(nato_index, generator=parrot)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        texts = set(pool.map(lambda _: assistant.ask(QUESTION).text, range(16)))
    assert len(texts) == 1
