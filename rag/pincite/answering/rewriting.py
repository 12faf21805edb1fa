"""A follow-up question made to stand alone by the language model, if what it makes of it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from typing import TYPE_CHECKING

from pincite.answering.prompting import disarmed
from pincite.errors import GeneratorError
from pincite.generating import Patience, timed
from pincite.storing.terms import terms

if TYPE_CHECKING:
    from pincite.evidence import Turn
    from pincite.generating import Generator, Message

INSTRUCTIONS = (
    "Rewrite the last question of a conversation so that it can be understood without the conversation: put what its "
    "pronouns stand for in their place. Use words of the conversation only. Do not answer it. Write the question alone."
)
_PATIENCE = Patience(first=15.0, next=10.0, total=20.0)
_MOST_TOKENS = 80
_TURNS = 3
_ANSWER_CHARS = 500


def stand_alone(question: str, turns: Sequence[Turn], generator: Generator, unwanted: Event) -> str | None:
    """Return the question rewritten, or ``None`` where the model did not do that and only that.

    A rewriting is believed if it is one line, adds at least one word of the conversation, keeps the question's own
    words, and holds none that were not said.
    """
    said = "\n".join(
        f"Question: {disarmed(turn.question)}\nAnswer: {disarmed(turn.answer or 'none')[:_ANSWER_CHARS]}"
        for turn in turns[-_TURNS:]
    )
    messages: list[Message] = [
        {"role": "system", "content": INSTRUCTIONS},
        {"role": "user", "content": f"{said}\nLast question: {disarmed(question)}\nRewritten question:"},
    ]
    try:
        pieces = timed(
            lambda: generator.generate(messages, max_tokens=_MOST_TOKENS),
            _PATIENCE,
            unwanted,
            max_tokens=_MOST_TOKENS,
        )
        rewritten = "".join(pieces).strip().strip('"“”').strip()
    except GeneratorError:
        return None  # the answer will say so; the question is understood by rule
    own = set(terms(question))
    known = own.union(*(terms(f"{turn.question} {turn.answer or ''}") for turn in turns))
    new = set(terms(rewritten))
    if "\n" in rewritten or not own <= new or not new <= known or new == own:
        return None
    return rewritten
