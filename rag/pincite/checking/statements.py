"""What a language model writes, cut into statements while it streams."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pincite.sentences import sentence_spans

_NUMBERS = r"\d{1,3}+(?:\s*+(?:[,;&–-]|and)\s*+\d{1,3}+)*+"
_MARKER = re.compile(
    rf"(?<!\s)\s*+(?:[\[【]\s*+(?:(?:passages?|sources?|p\.)\s*+)?{_NUMBERS}\s*+[\]】]"
    rf"|\((?:passages?|sources?)\s++{_NUMBERS}\))",
    re.I,
)
_LEADING = re.compile(rf"(?:{_MARKER.pattern})+\s*", re.I)
# These four also take what only begins like markup, without the group "whole", and leave it in place: that takes time
# in proportion to the text, whereas giving up and trying again behind the first character takes the square of it.
_FENCE = re.compile(r"^\s*+(?P<whole>(?:```|~~~).*$)?", re.MULTILINE)
_IMAGE = re.compile(r"!\[[^\]\n]*+(?:\](?P<whole>\([^)\n]*+\)?)?)?")
_LINK = re.compile(r"\[(?P<words>[^\]\n]*+)(?:\](?P<whole>\([^)\n]*+\)?)?)?")
_SCRIPT = re.compile(r"<(script|style)\b[^>]*+(?P<whole>>.*?(?:</\1>|\Z))?", re.I | re.S)
_TAG = re.compile(r"</?[a-zA-Z!][^<>\n]{0,2000}>|<\|[^|\n]{0,100}\|>")
_BLOCK_MARK = re.compile(r"^\s*(?:#{1,6}\s+|[-*+•]\s+|\d{1,2}[.)]\s+|>\s*)+")
_FROM = re.compile(r"\(from: [^()\n]*\)?")  # the headings that our prompt puts behind a passage
_EMPHASIS = re.compile(r"(\*\*|__|`|\*(?=\w)|(?<=\w)\*)")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_LABEL = re.compile(r"^\s*(?:(?:the\s+)?(?:short\s+|final\s+)?answer|response|a)\s*:\s*", re.I)
# Said of the answer and not of the subject.
_TALK = re.compile(
    r"\s*(?:sure|certainly|of course|okay|here (?:is|are)\b[^.]*:?$|i hope|let me know|please let|feel free|"
    r"(?:based on|according to) (?:the )?(?:passages?|sources?|context|text|information)[^.]*:$|thank you)",
    re.I,
)
_ACCORDING = re.compile(
    r"^\s*(?:(?:based on|according to|as (?:stated|mentioned|described) in) (?:the )?"
    r"(?:(?:given|provided|above|numbered) )*(?:passages?|sources?|contexts?|texts?|documents?|information)"
    r"(?: (?:provided|given|above|\d+))*,\s*|(?:the )?(?:passages?|sources?|documents?|text)(?: \d+)?"
    r" (?:states?|says?|mentions?|explains?)(?: that)?\s+)",
    re.I,
)
_REFUSAL = re.compile(
    r"(?:\A|(?<=\.))(?>[^.]*?\b(?:passages?|sources?|context|text|documents?|information)\b)"
    r"(?>[^.]*?\b(?:do(?:es)? ?n[o’']t|do(?:es)? not|did not|not|no|without)\b)[^.]*"
    r"\b(?:say|state|mention|contain|provide|specify|specified|answer|include|give|address|mentioned|provided|information|found|available|given)"
    r"|\b(?:there is no|no (?:specific )?)(?:mention|information|answer)"
    r"|\b(?:i )?(?:do ?n[o’']t|do not|cannot|can[’']t) (?:know|answer|find|determine|provide)"
    r"|\bnot (?:mentioned|specified|stated|provided) in (?:the|any)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a model's, as plain text, and the passages (numbers from 1) that it named for it."""

    text: str
    named: tuple[int, ...] = ()


def is_refusal(text: str) -> bool:
    """Tell whether a sentence says that the passages do not answer.

    Examples
    --------
    >>> is_refusal("The passages do not mention a budget."), is_refusal("NATO does not have an army.")
    (True, False)
    """
    return _REFUSAL.search(text) is not None


class StatementReader:
    """Cuts a text that arrives in pieces into statements; each is given once nothing more can belong to it.

    Markup, links and control characters are taken out, what the model says of its own answer ("Sure, here is ...") is
    left out, and a sentence said twice is given once.

    Examples
    --------
    >>> reader = StatementReader()
    >>> list(reader.feed("**NATO** was founded in 1949 [2]. It has"))
    [Statement(text='NATO was founded in 1949.', named=(2,))]
    >>> list(reader.end())
    [Statement(text='It has', named=())]
    """

    def __init__(self) -> None:
        self._waiting = ""
        self._said: set[str] = set()

    def feed(self, piece: str) -> Iterator[Statement]:
        """Take the next piece; yield the statements that are whole now."""
        self._waiting += piece
        yield from self._cut(last=False)

    def end(self) -> Iterator[Statement]:
        """Yield what is left, be it a whole sentence or not."""
        yield from self._cut(last=True)

    def _cut(self, *, last: bool) -> Iterator[Statement]:
        while self._waiting.strip():
            leading = _LEADING.match(self._waiting)
            begin = leading.end() if leading is not None else 0
            spans = [span for span in sentence_spans(self._waiting[begin:]) if len(span)]
            if not spans:
                break
            end = begin + spans[0].end
            behind = _LEADING.match(self._waiting, end)
            after = behind.end() if behind is not None else end
            following = self._waiting[after:].lstrip()
            # A marker, or the rest of one, may still come; and so may the rest of the sentence.
            if not last and (not following or following[0] in "[【("):
                break
            said, self._waiting = self._waiting[:after], self._waiting[after:]
            yield from self._statement(said)
        if last:
            self._waiting = ""

    def _statement(self, said: str) -> Iterator[Statement]:
        named = tuple(dict.fromkeys(int(n) for marker in _MARKER.findall(said) for n in re.findall(r"\d+", marker)))
        text = plain(said)
        key = text.casefold()
        if not any(map(str.isalnum, text)) or _TALK.match(text) or key in self._said:
            return
        self._said.add(key)
        yield Statement(text, named)


def plain(said: str) -> str:
    """Return a sentence without markers, markup, links, labels and control characters, on one line."""
    text = _UNSEEN.sub("", said)
    text = _IMAGE.sub(_to_space, _FENCE.sub(_to_space, text))
    text = _LINK.sub(lambda link: link[0] if link["whole"] is None else link["words"], text)
    text = _FROM.sub(" ", _TAG.sub(" ", _SCRIPT.sub(_to_space, text)))
    text = _MARKER.sub("", text)
    text = _EMPHASIS.sub("", _BLOCK_MARK.sub("", text))
    text = re.sub(r" ([.,;:!?])", r"\1", " ".join(text.replace("[", "(").replace("]", ")").split()))
    bare = _ACCORDING.sub("", _LABEL.sub("", text))
    return text if bare == text else bare[:1].upper() + bare[1:]


def _to_space(markup: re.Match[str]) -> str:
    return markup[0] if markup["whole"] is None else " "
