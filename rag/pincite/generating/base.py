"""What Pincite asks of a language model."""

from __future__ import annotations

from collections import abc
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, Protocol, TypedDict, runtime_checkable

BYTES_PER_TOKEN = 3
"""For `estimated_tokens`: English has some 4.5 UTF-8 bytes a token in today's vocabularies, tables some 3.5."""


class Message(TypedDict):
    """One turn of what a model is given, as OpenAI-compatible servers and chat templates take it."""

    role: Literal["system", "user", "assistant"]
    content: str


@runtime_checkable
class Generator(Protocol):
    """A language model.  Safe for use by many threads, though it may serve them one after the other."""

    @property
    def name(self) -> str:
        """What a reader may call the model."""
        ...

    @property
    def context_size(self) -> int:
        """Tokens that prompt and answer may have together.

        Raises
        ------
        GeneratorError
            The model cannot be reached or run.
        """
        ...

    @property
    def counts_exactly(self) -> bool:
        """Whether `count_tokens` asks the model's own tokenizer; else it is an estimate, meant to be too high."""
        ...

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text, without those of the chat template around it.

        Raises
        ------
        GeneratorError
            The model cannot be reached or run.
        """
        ...

    def generate(self, messages: Sequence[Message], *, max_tokens: int) -> abc.Generator[str, None, None]:
        """Yield an answer piece by piece, always the likeliest token; closing the generator cancels the work.

        Raises
        ------
        GeneratorError
            The model cannot be reached or run, or broke off before the answer was whole.
        AnswerCutOff
            The answer is longer than ``max_tokens``; what was yielded is its beginning.
        ContextOverflow
            The messages do not fit the context.
        """
        ...


def estimated_tokens(text: str) -> int:
    """Return an estimate of a text's tokens for models whose tokenizer is not at hand: UTF-8 bytes by three.

    Examples
    --------
    >>> estimated_tokens("An attack on one ally.")
    8
    """
    return -(-len(text.encode("utf-8", "replace")) // BYTES_PER_TOKEN)


def well_formed(text: str) -> str:
    """Return a text that every tokenizer and protocol takes: a lone surrogate becomes a question mark."""
    return text.encode("utf-8", "replace").decode()


def whole_characters(pieces: Iterable[str]) -> Iterator[str]:
    r"""Yield the pieces of a text without halves of characters: two halves are joined, one alone is replaced.

    JSON can write half a character, as two bytes of UTF-16 that stand for nothing alone, and a model that is cut into
    tokens may send a character's halves one by one.

    Examples
    --------
    >>> list(whole_characters(["a ferry \ud83d", "\ude00 \ud83d leaves\ud83d"]))
    ['a ferry ', '😀 � leaves', '�']
    """
    held = ""
    for piece in pieces:
        text = held + piece
        held = text[-1] if "\ud800" <= text[-1:] <= "\udbff" else ""
        if text := text.removesuffix(held):
            yield text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if held:
        yield "\ufffd"
