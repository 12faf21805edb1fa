"""Texts to tokens with the tokenizer that a model was trained with, through ``tokenizers`` alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pincite.types import Span

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class TokenizedText:
    """A text as the model reads it.

    Attributes
    ----------
    ids
        Token ids with special tokens, at most the window's number.
    positions
        Where in ``ids`` the text's own tokens stand: neither special tokens nor those of a prompt.
    spans
        Span of each of these tokens in the text; parallel to ``positions``.
    """

    ids: list[int]
    positions: list[int]
    spans: tuple[Span, ...]


class TextTokenizer:
    """Cuts texts to the model's window and knows where each token stands.

    Parameters
    ----------
    tokenizer
        Taken over: any truncation and padding that its file brings along is switched off (all-MiniLM-L6-v2 has both
        set to 128, half its window).
    max_tokens
        The window in tokens, special tokens included.
    """

    def __init__(self, tokenizer: Tokenizer, max_tokens: int) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._room = max_tokens - tokenizer.num_special_tokens_to_add(is_pair=False)

    def tokenize(self, text: str, *, prompt: str = "") -> TokenizedText:
        """Return the tokens of ``prompt + text``, cut to the window, with spans in ``text``."""
        encoding = self._tokenizer.encode(well_formed(prompt + text), add_special_tokens=False)
        encoding.truncate(self._room)
        encoding = self._tokenizer.post_process(encoding)
        skip = len(prompt)
        positions, spans = [], []
        for position, ((start, end), special) in enumerate(
            zip(encoding.offsets, encoding.special_tokens_mask, strict=True)
        ):
            if not special and end > skip:
                positions.append(position)
                spans.append(Span(max(start - skip, 0), end - skip))
        return TokenizedText(encoding.ids, positions, tuple(spans))

    def spans(self, text: str) -> tuple[Span, ...]:
        """Return the span of every token of the text, however long, without special tokens."""
        encoding = self._tokenizer.encode(well_formed(text), add_special_tokens=False)
        return tuple(Span(start, end) for start, end in encoding.offsets)


def well_formed(text: str) -> str:
    """Replace lone surrogates, which tokenizers refuse, by as many U+FFFD, so that every offset stays true."""
    return _LONE_SURROGATE.sub("\ufffd", text)
