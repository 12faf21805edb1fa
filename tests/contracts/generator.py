"""What every language model must do; a test module subclasses `GeneratorContract` and provides `generator`."""

import time
from collections.abc import Generator as Pieces
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from pincite import ContextOverflow, GeneratorError
from pincite.generating import Generator, Patience, probe_generator, timed

MESSAGES = [
    {"role": "system", "content": "Answer in one short sentence."},
    {"role": "user", "content": "Count from one to five."},
]


class GeneratorContract:
    """Run against each implementation."""

    max_tokens = 64
    knows_its_context = True
    """Whether a prompt that is too long is noticed."""

    @pytest.fixture
    def generator(self) -> Generator:
        raise NotImplementedError

    def test_satisfies_the_protocol(self, generator):
        assert isinstance(generator, Generator)
        assert generator.name
        assert "/" not in generator.name
        assert generator.context_size > 0
        assert isinstance(generator.counts_exactly, bool)

    def test_pieces_are_texts_and_make_up_an_answer(self, generator):
        pieces = list(generator.generate(MESSAGES, max_tokens=self.max_tokens))
        assert pieces
        assert all(isinstance(piece, str) and piece for piece in pieces)

    def test_the_same_messages_give_the_same_answer(self, generator):
        first, again = ("".join(generator.generate(MESSAGES, max_tokens=self.max_tokens)) for _ in range(2))
        assert first == again

    def test_longer_texts_have_more_tokens(self, generator):
        counts = [generator.count_tokens("one word and another " * n) for n in (0, 1, 10, 100)]
        assert counts[0] == 0
        assert counts == sorted(set(counts))
        assert generator.count_tokens("\N{SNOWMAN} naïve 東京 \ud83d") > 0

    def test_work_that_is_not_wanted_ends(self, generator):
        pieces = generator.generate(MESSAGES, max_tokens=self.max_tokens)
        assert isinstance(pieces, Pieces)
        assert next(pieces)
        pieces.close()
        assert list(pieces) == []
        assert list(generator.generate(MESSAGES, max_tokens=self.max_tokens)), "the model is of no use afterwards"

    def test_an_event_ends_it_from_another_thread(self, generator):
        unwanted = Event()
        pieces = timed(
            lambda: generator.generate(MESSAGES, max_tokens=self.max_tokens), Patience(), unwanted, max_tokens=50
        )
        assert next(pieces)
        unwanted.set()
        assert list(pieces) == []

    def test_threads_may_share_it(self, generator):
        expected = "".join(generator.generate(MESSAGES, max_tokens=self.max_tokens))
        with ThreadPoolExecutor(3) as pool:
            said = pool.map(
                lambda _: "".join(generator.generate(MESSAGES, max_tokens=self.max_tokens)), range(3), timeout=240
            )
            assert list(said) == [expected] * 3

    def test_it_can_be_probed(self, generator):
        probe = probe_generator(generator)
        assert (probe.name, probe.context_size) == (generator.name, generator.context_size)

    def test_a_prompt_that_does_not_fit_is_an_error(self, generator):
        if not self.knows_its_context:
            pytest.skip("a function knows nothing of tokens")
        long = [{"role": "user", "content": "word " * (2 * generator.context_size)}]
        with pytest.raises(ContextOverflow):
            list(generator.generate(long, max_tokens=self.max_tokens))

    def test_slowness_is_an_error_not_a_wait(self, generator):
        def slow():
            time.sleep(1)
            yield from generator.generate(MESSAGES, max_tokens=self.max_tokens)

        with pytest.raises(GeneratorError, match=r"began no answer within 0\.1 seconds"):
            list(timed(slow, Patience(first=0.1), Event(), max_tokens=50))
