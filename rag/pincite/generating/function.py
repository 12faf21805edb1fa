"""Any callable as a language model."""

from __future__ import annotations

from collections import abc
from collections.abc import Callable, Iterable, Sequence

from pincite.errors import GeneratorError, PinciteError
from pincite.generating.base import Message, estimated_tokens


class FunctionGenerator:
    """A function that takes messages and returns a text, or yields pieces of one.

    Parameters
    ----------
    function
        Called with a list of messages, each a dictionary with ``role`` and ``content``.  What it raises becomes a
        `GeneratorError`.
    context_size
        Tokens that prompt and answer may have together.
    count_tokens
        The model's own tokenizer; without it tokens are estimated.

    Examples
    --------
    >>> shout = FunctionGenerator(lambda messages: messages[-1]["content"].upper(), name="shout")
    >>> list(shout.generate([{"role": "user", "content": "ahoy"}], max_tokens=10))
    ['AHOY']
    """

    def __init__(
        self,
        function: Callable[[list[Message]], str | Iterable[str]],
        *,
        name: str | None = None,
        context_size: int = 4096,
        count_tokens: Callable[[str], int] | None = None,
    ) -> None:
        self.name = name or getattr(function, "__name__", type(function).__name__)
        self.context_size = context_size
        self.counts_exactly = count_tokens is not None
        self._function = function
        self._count_tokens = count_tokens or estimated_tokens

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of a text."""
        return self._count_tokens(text)

    def generate(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,  # noqa: ARG002
    ) -> abc.Generator[str, None, None]:
        """Yield what the function returns; ``max_tokens`` is the function's own affair."""
        try:
            said = self._function(list(messages))
            yield from [said] if isinstance(said, str) else said
        except PinciteError:
            raise
        except Exception as error:
            raise GeneratorError(f"{self.name}: {type(error).__name__}: {error}") from error
