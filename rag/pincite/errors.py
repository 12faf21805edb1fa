"""Everything that Pincite raises on purpose.

PinciteError
├── ReadError (ValueError)            a source that cannot be read; names the file and the reason
│   ├── UnsupportedFormat             no reader for this kind of file
│   ├── EmptyDocument                 nothing to index: no bytes, no text, no pages
│   ├── EncryptedDocument             a password is needed
│   ├── DamagedDocument               truncated, wrongly encoded, or not what its name says
│   ├── DocumentTooLarge              over a limit: of size, or of what reading it may take
│   ├── ReaderFault                   what reads it crashed, or failed as nobody foresaw
│   └── UnsafePath (PermissionError)  a link that leaves the folder that was given
├── SpanError (ValueError)            offsets that do not lie in the document
├── UnknownDocument (KeyError)        no document with this id in the index
├── EncoderError (RuntimeError)       the encoder cannot be loaded or run
│   └── WeightsMismatch               the weights are not the published ones
├── GeneratorError (RuntimeError)     the language model cannot be reached or run, or broke off
│   ├── ContextOverflow               the prompt is longer than the model's context
│   └── AnswerCutOff                  the answer is longer than was allowed
├── UnusableIndex                     an index that cannot be used
│   ├── IndexNotFound (FileNotFoundError)   no index in this folder
│   ├── IndexDamaged (ValueError)           a file is missing or its checksum differs
│   ├── IndexVersionMismatch (ValueError)   written by another format version
│   ├── EncoderMismatch (ValueError)        built with another encoder
│   └── IndexLocked (BlockingIOError)       another process is writing
├── QuestionError (ValueError)        a question or a line of a question file that cannot be used
└── MissingExtra (ImportError)        an optional dependency is not installed

Each message is one line: what was expected, what arrived, where, and what to do.
"""

from __future__ import annotations

import os


class PinciteError(Exception):
    """Base of every error that Pincite raises on purpose."""

    def __str__(self) -> str:
        """Return the message alone, also where a builtin parent would quote it (KeyError)."""
        return str(self.args[0]) if self.args else self.__class__.__name__


class ReadError(PinciteError, ValueError):
    """A source that cannot be read.

    Parameters
    ----------
    source
        The file, as the user named it.
    reason
        What is wrong and what to do, without the file's name.
    """

    def __init__(self, source: str | os.PathLike[str], reason: str) -> None:
        super().__init__(f"{os.fspath(source)}: {reason}")
        self.source = os.fspath(source)
        self.reason = reason


class UnsupportedFormat(ReadError):
    """No reader for this kind of file."""


class EmptyDocument(ReadError):
    """Nothing to index: no bytes, no text, or no pages."""


class EncryptedDocument(ReadError):
    """A password is needed to read the file."""


class DamagedDocument(ReadError):
    """The file is truncated, wrongly encoded, or not what its name says."""


class DocumentTooLarge(ReadError):
    """The file is over a limit: of its size, or of the memory, time or characters that reading it may take."""


class ReaderFault(ReadError):
    """What reads the file crashed, or failed in a way that nobody foresaw; then the message asks for a report."""


class UnsafePath(ReadError, PermissionError):
    """A symbolic link that leaves the folder that was given."""


class SpanError(PinciteError, ValueError):
    """Offsets that do not lie in the document."""


class UnknownDocument(PinciteError, KeyError):
    """No document with this id in the index."""


class EncoderError(PinciteError, RuntimeError):
    """The encoder cannot be loaded or run."""


class WeightsMismatch(EncoderError):
    """The weights are not the published ones."""


class GeneratorError(PinciteError, RuntimeError):
    """The language model cannot be reached or run, or broke off in mid-answer."""


class ContextOverflow(GeneratorError):
    """The prompt is longer than the language model's context."""


class AnswerCutOff(GeneratorError):
    """The language model's answer is longer than was allowed; what came before is whole up to there."""


class UnusableIndex(PinciteError):
    """An index that cannot be used."""


class IndexNotFound(UnusableIndex, FileNotFoundError):
    """No index in this folder."""


class IndexDamaged(UnusableIndex, ValueError):
    """A file of the index is missing or its checksum differs."""


class IndexVersionMismatch(UnusableIndex, ValueError):
    """The index was written by another format version."""


class EncoderMismatch(UnusableIndex, ValueError):
    """The index was built with another encoder."""


class IndexLocked(UnusableIndex, BlockingIOError):
    """Another process is writing to the index."""


class QuestionError(PinciteError, ValueError):
    """A question, or a line of a question file, that cannot be used."""


class MissingExtra(PinciteError, ImportError):
    """An optional dependency is not installed."""
