"""Spans as the real SDK of OpenTelemetry exports them."""

import subprocess
import sys
from itertools import pairwise

import pytest
from in_a_thread import run
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from pincite import Assistant, Index, QuestionError, Retriever, Scope, update_index
from pincite.encoding.hashing import HashingEncoder
from pincite.tracing import note, stage, stage_of_stream

STAGES_OF_SEARCH = {"pincite.encode_query", "pincite.candidates", "pincite.late_interaction", "pincite.windows"}


@pytest.fixture
def exported(monkeypatch):
    """What is exported while OpenTelemetry is set up."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    yield exporter.get_finished_spans
    provider.shutdown()


def tree(spans):
    """Return the name of each span's parent by its own name."""
    names = {span.context.span_id: span.name for span in spans}
    return {span.name: names.get(span.parent.span_id) if span.parent else None for span in spans}


@pytest.fixture(scope="module")
def index(tmp_path_factory, nato_path):
    folder = tmp_path_factory.mktemp("traced")
    update_index(folder, [nato_path], encoder=HashingEncoder())
    with Index.open(folder, encoder=HashingEncoder()) as index:
        yield index


def test_every_stage_of_an_answer_is_a_span_below_the_one_around_it(exported, index):
    answer = Assistant(index, threshold=0.0).ask("When was Article 5 invoked?", k=3)
    spans = exported()
    assert tree(spans) == {
        "pincite.ask": None,
        "pincite.retrieve": "pincite.ask",
        "pincite.evidence": "pincite.ask",
        "pincite.select": "pincite.ask",
        **dict.fromkeys(STAGES_OF_SEARCH, "pincite.retrieve"),
    }
    counted = {span.name: dict(span.attributes) for span in spans}
    assert counted["pincite.ask"] == {
        "pincite.k": 3,
        "pincite.citations": len(answer.citations),
        "pincite.abstained": False,
    }
    assert counted["pincite.retrieve"]["pincite.hits"] == 10


def test_attributes_are_numbers_only_and_no_error_tells_what_was_asked(exported, index):
    Assistant(index).ask("When was Article 5 invoked?")
    with pytest.raises(QuestionError):
        Retriever(index).search("a secret", k=3, scope=Scope(sections=("no such heading",)))
    for span in exported():
        kind = span.attributes.get("error.type")
        assert all(isinstance(v, int | float) for key, v in span.attributes.items() if key != "error.type")
        assert kind in {None, "QuestionError"}
        assert not span.events
        assert span.status.description is None
    assert exported()[-1].status.status_code == trace.StatusCode.ERROR


def test_what_the_caller_does_between_two_events_is_not_below_the_answer(exported, index):
    tracer = trace.get_tracer("the program")
    with tracer.start_as_current_span("request"):
        for event in Assistant(index).stream("When was Article 5 invoked?"):
            with tracer.start_as_current_span(f"send {event.kind}"):
                pass
    parents = tree(exported())
    assert parents["send passages"] == parents["send done"] == parents["pincite.ask"] == "request"


def test_a_stream_that_is_left_early_ends_its_span(exported, index):
    events = Assistant(index).stream("When was Article 5 invoked?")
    next(events)
    events.close()
    assert [span.name for span in exported()][-2:] == ["pincite.retrieve", "pincite.ask"]
    assert exported()[-1].status.status_code == trace.StatusCode.UNSET


def test_asking_without_waiting_stays_below_the_span_that_asked(exported, index):
    async def ask():
        with trace.get_tracer("the program").start_as_current_span("request"):
            await Assistant(index).aask("When was Article 5 invoked?")

    run(ask())
    assert tree(exported())["pincite.ask"] == "request"


def test_stages_follow_one_another(exported):
    @stage_of_stream("count")
    def count():
        for number in range(3):
            with stage("step"):
                note(number=number)
            yield number

    assert list(count()) == [0, 1, 2]
    *steps, whole = exported()
    assert [step.attributes["pincite.number"] for step in steps] == [0, 1, 2]
    assert all(one.end_time <= other.start_time for one, other in pairwise(steps))
    assert {step.parent.span_id for step in steps} == {whole.context.span_id}


def test_nothing_is_imported_for_it():
    script = (
        "import sys; from pincite import Assistant; from pincite.tracing import stage\n"
        "with stage('x'): print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
