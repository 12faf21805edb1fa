"""From sections to chunks: whole paragraphs and sentences, at most so many tokens, never across two sections.

The splitter never sees the text.  It sees a *skeleton*, one character for each of the encoder's tokens, that says what
ends after the token: a paragraph, a line, a sentence, a clause, a word or nothing.  So ``len`` measures in tokens
exactly and at once, the splitter cuts at true sentence ends, and every piece's offsets follow by counting.
"""

from __future__ import annotations

import re
import socket
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pincite.sections import outside
from pincite.sentences import sentence_spans, trim
from pincite.types import Chunk, Document, Span

if TYPE_CHECKING:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

TokenSpans = Callable[[str], Sequence[Span]]

_PARAGRAPH, _LINE, _SENTENCE, _CLAUSE, _WORD, _INSIDE = "plscwi"
_LONGEST_TOKEN = 32
"""Characters.  A longer "token" is text that the encoder gave up on ("[UNK]"): its characters count one by one."""
_BALANCED_UP_TO = 16
"""Pieces.  In a longer section the size of the last piece no longer matters."""
_CHARS_PER_TOKEN = 10
"""Default limit on characters: about twice what English prose takes."""
_BLANK_LINE = re.compile(r"\n[^\S\n]*\r?\n|\r\r")
_CLAUSE_END = tuple(",;:—–，、；：")
_JOINED_SCRIPTS = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
)


@dataclass(frozen=True, slots=True)
class _Tokens:
    """A stretch of text as tokens: ``starts[i]`` is where token i begins, ``skeleton[i]`` what ends after it."""

    starts: Sequence[int]
    skeleton: str
    end: int

    def extent(self, first: int, last: int) -> tuple[int, int]:
        """Return the characters of tokens ``[first, last)``, up to where the next one begins."""
        return self.starts[first], self.starts[last] if last < len(self.starts) else self.end


def chunk_document(
    document: Document, *, token_spans: TokenSpans, max_tokens: int, max_chars: int | None = None
) -> tuple[Chunk, ...]:
    """Cut a document into the units that are indexed.

    Parameters
    ----------
    document
        With its tree of sections.
    token_spans
        Gives the span of each of a text's tokens, as :meth:`pincite.encoding.base.Encoder.token_spans` does.
    max_tokens
        No chunk has more of the encoder's tokens, special tokens not counted.
    max_chars
        No chunk has more characters; ten a token by default.

    Returns
    -------
    tuple of Chunk
        In reading order, disjoint, without white space at either end.  Every character that is neither blank nor
        furniture lies in exactly one, and none leaves its section.  A heading goes with the text below it; one with
        nothing but subsections below it is a chunk of its own.

    Raises
    ------
    ValueError
        A limit is less than 1.
    """
    max_chars = _CHARS_PER_TOKEN * max_tokens if max_chars is None else max_chars
    if max_tokens < 1 or max_chars < 1:
        raise ValueError(f"expected limits of at least 1, got max_tokens={max_tokens}, max_chars={max_chars}")
    return tuple(
        Chunk(
            chunk_id=f"{document.doc_id}#{span.start}-{span.end}",
            doc_id=document.doc_id,
            span=span,
            text=document.text[span.start : span.end],
            section=section.path,
            page=document.page_at(span.start),
        )
        for section in document.root.walk()
        for start, end in outside((section.heading or section.body).start, section.body.end, document.furniture)
        for span in _split(document.text, start, end, section.body.start, token_spans, max_tokens, max_chars)
    )


def _split(
    text: str, start: int, end: int, glued: int, token_spans: TokenSpans, max_tokens: int, max_chars: int
) -> Iterator[Span]:
    """Yield the spans of the chunks of one stretch of text; up to ``glued`` it is a heading, kept with what follows."""
    start, end = trim(text, start, end)
    if start == end:
        return
    # Most sections are short, and a file may hold nothing but headings: what fits as a whole is not looked into.
    whole = end - start <= max_chars
    if whole and end - start < max_tokens and text[start:end].isascii():  # a token has a character or more
        yield Span(start, end)
        return
    starts = _token_starts(text, start, end, token_spans, min(_LONGEST_TOKEN, max_chars))
    if whole and len(starts) <= max_tokens:
        yield Span(start, end)
        return
    tokens = _tokenise(text, starts, end, glued)
    first = 0
    for length in _balanced(tokens.skeleton, max_tokens):
        yield from _fitting(text, tokens, first, first + length, token_spans, max_tokens, max_chars)
        first += length


def _fitting(
    text: str, tokens: _Tokens, first: int, last: int, token_spans: TokenSpans, max_tokens: int, max_chars: int
) -> Iterator[Span]:
    """Yield a piece's span, or those of its halves where it does not fit after all.

    It may be too wide; and a piece that begins or ends inside a word is tokenised differently on its own.
    """
    start, end = trim(text, *tokens.extent(first, last))
    if start == end:
        return
    cut_word = last < len(tokens.skeleton) and tokens.skeleton[last - 1] == _INSIDE
    cut_word = cut_word or (first > 0 and tokens.skeleton[first - 1] == _INSIDE)
    too_long = end - start > max_chars or (cut_word and len(token_spans(text[start:end])) > max_tokens)
    if not too_long or last - first == 1:
        yield Span(start, end)
        return
    for length in _pack(tokens.skeleton[first:last], (last - first + 1) // 2):
        yield from _fitting(text, tokens, first, first + length, token_spans, max_tokens, max_chars)
        first += length


def _balanced(skeleton: str, max_tokens: int) -> list[int]:
    """Cut a skeleton into the fewest pieces that packing finds, and those as equal as may be; return their lengths."""
    best = _pack(skeleton, max_tokens)
    if not 1 < len(best) <= _BALANCED_UP_TO:
        return best
    low, high = -(-len(skeleton) // len(best)), max(best)
    while low < high:
        middle = (low + high) // 2
        lengths = _pack(skeleton, middle)
        if len(lengths) <= len(best):
            best, high = lengths, min(middle, max(lengths))
        else:
            low = middle + 1
    return best


def _pack(skeleton: str, size: int) -> list[int]:
    splitter = _splitter_class()(
        separators=[_PARAGRAPH, _LINE, _SENTENCE, _CLAUSE, _WORD, ""],
        keep_separator="end",
        strip_whitespace=False,
        chunk_size=size,
        chunk_overlap=0,
        length_function=len,
    )
    return [len(piece) for piece in splitter.split_text(skeleton)]


@cache
def _splitter_class() -> type[RecursiveCharacterTextSplitter]:
    """Import the splitter when the first document is cut: it takes a quarter of a second, and only indexing needs it.

    Deep in its imports urllib3 opens a socket to try whether there is IPv6.  Nothing of ours opens one, so urllib3 is
    told that there is none while it is imported, and afterwards what the system says.
    """
    had, socket.has_ipv6 = socket.has_ipv6, "urllib3.util.connection" in sys.modules and socket.has_ipv6
    try:
        from langchain_text_splitters import RecursiveCharacterTextSplitter
    finally:
        if socket.has_ipv6 != had and (urllib3 := sys.modules.get("urllib3.util.connection")) is not None:
            urllib3.HAS_IPV6 = had  # type: ignore[attr-defined]
        socket.has_ipv6 = had
    return RecursiveCharacterTextSplitter


def _tokenise(text: str, starts: list[int], end: int, glued: int) -> _Tokens:
    """Read a text from the first of the tokens to ``end``, the white space after a token being part of it."""
    start = starts[0]
    sentences = {start + span.start for span in sentence_spans(text[start:end])}
    skeleton = []
    for here, following in zip(starts, [*starts[1:], end], strict=True):
        skeleton.append(_INSIDE if following < glued else _boundary(text, here, following, sentences))
    if (heading_end := bisect_left(starts, glued)) < len(starts) and heading_end:
        skeleton[heading_end - 1] = _INSIDE
    return _Tokens(starts, "".join(skeleton), end)


def _token_starts(text: str, start: int, end: int, token_spans: TokenSpans, longest: int) -> list[int]:
    """Return where each token begins; the first one begins at ``start``, so that nothing is left out."""
    starts: list[int] = [start]
    spans = [(start + s.start, start + s.end) for s in token_spans(text[start:end])]
    for i, (token_start, token_end) in enumerate(spans or [(start, end)]):
        here, _ = trim(text, token_start, token_end)
        following = spans[i + 1][0] if i + 1 < len(spans) else end
        here, here_end = (start, trim(text, start, following)[1]) if i == 0 else trim(text, here, max(following, here))
        if here_end - here > longest:
            starts.extend(range(max(here, starts[-1] + 1), here_end))
        elif i:
            starts.append(max(here, starts[-1]))
    return starts


def _boundary(text: str, here: int, following: int, sentences: set[int]) -> str:
    """Say what ends between a token and the next one."""
    piece = text[here:following]
    bare = piece.rstrip()
    space = piece[len(bare) :]
    if following in sentences and not bare.endswith((":", "：")):  # what introduces a list goes with it
        if _BLANK_LINE.search(space):
            return _PARAGRAPH
        return _LINE if "\n" in space or "\r" in space else _SENTENCE
    if space:
        return _CLAUSE if bare.endswith(_CLAUSE_END) else _WORD
    if bare.endswith(tuple("，、；：")):
        return _CLAUSE
    joined = _JOINED_SCRIPTS.match(text, following) or (bare and _JOINED_SCRIPTS.match(bare[-1]))
    return _WORD if joined else _INSIDE
