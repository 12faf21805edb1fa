"""Whether the documents bear out what a language model wrote, sentence by sentence, and which words of theirs do.

A model's text is cut into statements while it streams (`StatementReader`); each is held against the sentences of the
passages (`Checker`): numbers, names and denials must agree, and its content must be found there.  Nothing that the
model says of its sources is believed: its markers are a hint where to look first.
"""

from pincite.checking.checker import Checked, Checker
from pincite.checking.model import fitted_support
from pincite.checking.sources import Source, sources_of
from pincite.checking.statements import Statement, StatementReader, is_refusal

__all__ = [
    "Checked",
    "Checker",
    "Source",
    "Statement",
    "StatementReader",
    "fitted_support",
    "is_refusal",
    "sources_of",
]
