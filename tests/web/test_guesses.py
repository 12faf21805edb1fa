"""Guesses at a password: how long they wait, who waits for whom, and what is remembered."""

import pytest

from pincite.web import guesses
from pincite.web.guesses import FOR_ALL, FOR_ONE, Guesses, Patience
from pincite.web.limits import neighbourhood


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def guess_for(counted, clock, seconds, sources, step=0.05):
    """Guess as fast as is let; return how many guesses were looked at."""
    looked_at, ends = 0, clock.now + seconds
    while clock.now < ends:
        for source in sources:
            if counted.wait(source) == 0:
                counted.wrong(source)
                looked_at += 1
        clock.now += step
    return looked_at


def test_a_few_mistakes_cost_nothing(clock):
    counted = Guesses(clock=clock)
    for _ in range(FOR_ONE.free):
        assert counted.wait("a") == 0
        counted.wrong("a")
    assert counted.wait("a") == 0


def test_the_waits_grow_and_have_a_bound(clock):
    counted = Guesses(clock=clock)
    waits = []
    for _ in range(200):
        counted.wrong("a")
        waits.append(counted.wait("a"))
        clock.now += waits[-1]
        assert counted.wait("a") == 0, "the right answer is never held up longer than was said"
    assert waits == sorted(waits)
    assert max(waits) == FOR_ONE.most_s
    assert Patience(1, 1, 9).wait(10**9) == 9


def test_a_guess_that_comes_too_early_is_not_looked_at_and_does_not_lengthen_the_wait(clock):
    counted = Guesses(clock=clock)
    for _ in range(FOR_ONE.free + 3):
        counted.wrong("a")
    waiting = counted.wait("a")
    assert waiting > 0
    for _ in range(10_000):
        assert counted.wait("a") == waiting


def test_an_hour_from_one_address_is_few_guesses_and_from_many_hardly_more(clock):
    one = guess_for(Guesses(clock=clock), clock, 3600, ["a"])
    assert one <= FOR_ONE.free + 8 + 3600 / FOR_ONE.most_s
    many = guess_for(Guesses(clock=clock), clock, 3600, [str(n) for n in range(300)], step=1)
    assert many <= FOR_ALL.free + 8 + 3600 / FOR_ALL.most_s


def test_others_guesses_hold_up_no_one_who_is_known_and_anybody_else_a_little(clock):
    counted = Guesses(clock=clock)
    for n in range(500):
        counted.wrong(f"address {n}")
        assert counted.wait("a visitor", known=True) == 0
        assert counted.wait("another address") <= FOR_ALL.most_s
    assert counted.wait("another address") == FOR_ALL.most_s
    for _ in range(FOR_ONE.free + 1):
        counted.wrong("a visitor", known=True)
    assert counted.wait("a visitor", known=True) == FOR_ONE.first_s, "for their own mistakes they wait"


def test_the_right_answer_and_time_let_mistakes_be_forgotten(clock):
    counted = Guesses(clock=clock)
    for _ in range(20):
        counted.wrong("a")
    counted.right("a")
    assert counted.wait("a", known=True) == 0
    assert len(counted) == 0
    for _ in range(20):
        counted.wrong("a")
    clock.now += guesses.FORGOTTEN_S + 1
    counted.wrong("a")
    assert counted.wait("a") == 0


def test_what_is_remembered_has_a_bound(clock, monkeypatch):
    monkeypatch.setattr(guesses, "MAX_REMEMBERED", 50)
    counted = Guesses(clock=clock)
    for n in range(1000):
        counted.wrong(str(n))
    assert len(counted) == 50


def test_one_network_of_ipv6_is_one_source():
    assert len({neighbourhood(f"2001:db8::{n:x}") for n in range(1, 1000)}) == 1
    assert neighbourhood("2001:db8:0:1::1") != neighbourhood("2001:db8:0:2::1")
    assert neighbourhood("fe80::1%eth0") == "fe80::"
