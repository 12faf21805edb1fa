import itertools
import threading
import time

import pytest

from pincite import AnswerCutOff, GeneratorError, Patience
from pincite.generating import timed


def saying(*pieces, pause=0.0):
    def start():
        for piece in pieces:
            time.sleep(pause)
            yield piece

    return start


def test_pieces_pass_through():
    assert list(timed(saying("a", "b"), Patience(), threading.Event(), max_tokens=9)) == ["a", "b"]


@pytest.mark.parametrize(
    ("patience", "said"),
    [
        (Patience(first=0.05), "began no answer"),
        (Patience(next=0.05), "fell silent"),
        (Patience(total=0.4), "not done within 0.4 seconds"),
    ],
)
def test_each_limit_is_kept(patience, said):
    with pytest.raises(GeneratorError, match=said):
        list(timed(saying(*"abcdefgh", pause=0.2), patience, threading.Event(), max_tokens=9))


def test_the_work_is_closed_in_its_own_thread_once_it_is_not_wanted():
    closed = threading.Event()

    def start():
        try:
            while True:
                yield "on "
                time.sleep(0.01)
        finally:
            closed.set()

    pieces = timed(start, Patience(), threading.Event(), max_tokens=9)
    assert next(pieces) == "on "
    pieces.close()
    assert closed.wait(5)


def test_a_model_that_does_not_heed_its_length_is_cut_off():
    made = []

    def start():
        for number in itertools.count():
            made.append(number)
            yield "on and on "

    pieces = timed(start, Patience(), threading.Event(), max_tokens=9)
    said = []
    with pytest.raises(AnswerCutOff, match="cut off after 288 characters"):
        said.extend(pieces)
    assert sum(map(len, said)) <= 288
    assert len(made) == 29, "it went on although nobody wanted more"


def test_half_a_character_is_put_together_or_replaced():
    said = timed(
        saying("a ferry \ud83d", "", "\ude00 \ud83d leaves \ude00\ud83d"), Patience(), threading.Event(), max_tokens=9
    )
    assert "".join(said) == "a ferry \U0001f600 \ufffd leaves \ufffd\ufffd"
