import threading
import time

import pytest

from pincite import GeneratorError, Patience
from pincite.generating import timed


def saying(*pieces, pause=0.0):
    def start():
        for piece in pieces:
            time.sleep(pause)
            yield piece

    return start


def test_pieces_pass_through():
    assert list(timed(saying("a", "b"), Patience(), threading.Event())) == ["a", "b"]


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
        list(timed(saying(*"abcdefgh", pause=0.2), patience, threading.Event()))


def test_the_work_is_closed_in_its_own_thread_once_it_is_not_wanted():
    closed = threading.Event()

    def start():
        try:
            while True:
                yield "on "
                time.sleep(0.01)
        finally:
            closed.set()

    pieces = timed(start, Patience(), threading.Event())
    assert next(pieces) == "on "
    pieces.close()
    assert closed.wait(5)
