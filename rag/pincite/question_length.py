"""How long a question may be: one limit for whoever asks, and one sentence that says so."""

from __future__ import annotations

from pincite.errors import QuestionError

MAX_QUESTION_CHARS = 10_000
"""Longest question, characters: some 1,700 words, far more than a person asks at once and than the models read of it.

What is longer is a document given in place of a question.  It is what files of questions and the API took before.
"""


def checked_length(question: str) -> str:
    """Return a question that is no longer than :data:`MAX_QUESTION_CHARS`.

    Raises
    ------
    QuestionError
        It is longer.

    Examples
    --------
    >>> checked_length("What does Article 5 say?")
    'What does Article 5 say?'
    >>> checked_length("why " * 3000)
    Traceback (most recent call last):
        ...
    pincite.errors.QuestionError: expected a question of at most 10,000 characters, got 12,000: ask in fewer words, or index a long text and ask about it
    """  # noqa: E501
    if len(question) > MAX_QUESTION_CHARS:
        raise QuestionError(
            f"expected a question of at most {MAX_QUESTION_CHARS:,} characters, got {len(question):,}: ask in fewer "
            "words, or index a long text and ask about it"
        )
    return question
