"""Many threads at one assistant get what each would get alone."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from pincite import Assistant, DoneEvent, Index, Retriever, Scope

pytestmark = pytest.mark.model

THREADS = 16
QUESTIONS = [
    "What does Article 5 say?",
    "When was Article 5 invoked?",
    "Who is the Secretary General?",
    "What are the three core principles?",
    "What is KFOR?",
    "How is NATO funded?",
    "Which threats does NATO face?",
    "When was NATO established?",
]


def told(answer):
    return {**answer.to_dict(), **answer.how(), "seconds": None}


def at_once(work, items):
    """Run ``work`` on every item, all threads starting together."""
    barrier = Barrier(len(items))

    def started(item):
        barrier.wait()
        return work(item)

    with ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(started, items))


def test_each_gets_the_answer_it_would_get_alone(assistant):
    alone = {question: told(assistant.ask(question)) for question in QUESTIONS}
    asked = QUESTIONS * (THREADS // len(QUESTIONS))

    def several(first):
        """Ask four questions, each thread from another one on, by turns whole and as a stream."""
        start = QUESTIONS.index(first)
        answers = {}
        for turn, question in enumerate((QUESTIONS[start:] + QUESTIONS[:start])[:4]):
            if turn % 2:
                *_, done = assistant.stream(question)
                assert isinstance(done, DoneEvent)
                answers[question] = told(done.answer)
            else:
                answers[question] = told(assistant.ask(question))
        return answers

    for answers in at_once(several, asked):
        assert answers == {question: alone[question] for question in answers}
        assert len(answers) == 4


def test_scopes_and_sizes_of_different_threads_do_not_mix(nato_index):
    retriever = Retriever(nato_index)
    jobs = [
        (question, k, scope)
        for question in QUESTIONS[:4]
        for k, scope in [(1, Scope()), (7, Scope(sections=("Crisis Management",)))]
    ] * 2
    alone = [retriever.search(question, k=k, scope=scope) for question, k, scope in jobs]
    together = at_once(lambda job: retriever.search(job[0], k=job[1], scope=job[2]), jobs)
    assert together == alone


def test_the_first_questions_of_a_fresh_index_may_come_together(nato_index, assistant):
    with Index.open(nato_index.snapshot.path.parent) as index:
        fresh = Assistant(index)
        answers = at_once(lambda question: told(fresh.ask(question)), QUESTIONS)
        assert answers == [told(assistant.ask(question)) for question in QUESTIONS]
