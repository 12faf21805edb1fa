import pytest
from contracts.generator import MESSAGES, GeneratorContract

from pincite import FunctionGenerator, GeneratorError


def count(messages):
    yield from ("one ", "two ", "three ", "four ", "five")


class TestFunctionGenerator(GeneratorContract):
    knows_its_context = False

    @pytest.fixture
    def generator(self):
        return FunctionGenerator(count)


def test_a_text_is_one_piece_and_the_name_is_the_functions():
    generator = FunctionGenerator(lambda messages: messages[0]["content"], name="echo")
    assert list(generator.generate(MESSAGES, max_tokens=9)) == [MESSAGES[0]["content"]]
    assert FunctionGenerator(count).name == "count"
    assert FunctionGenerator(count, count_tokens=len).count_tokens("four") == 4


def test_what_the_function_raises_is_an_error_of_ours():
    def fails(messages):
        yield "One"
        raise ZeroDivisionError("by zero")

    pieces = FunctionGenerator(fails).generate(MESSAGES, max_tokens=9)
    assert next(pieces) == "One"
    with pytest.raises(GeneratorError, match="fails: ZeroDivisionError: by zero"):
        next(pieces)
