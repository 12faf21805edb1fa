"""Documents cut into chunks, each by itself, so that one that cannot be cut or encoded keeps no other out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pincite.chunking import chunk_document
from pincite.encoding import Encoder
from pincite.errors import PinciteError
from pincite.indexing.guarding import Heard, reason_of
from pincite.indexing.passages import BLOCK, EncodingFailed, embedded_text, max_chunk_tokens
from pincite.settings import IndexSettings
from pincite.types import Chunk, Document, Span

_HARMLESS = "Is it ready?"


@dataclass(frozen=True, slots=True)
class Cut:
    """A document's chunks, and what is embedded for each."""

    document: Document
    chunks: tuple[Chunk, ...]
    embedded: tuple[str, ...]


class Cuts:
    """The documents of a run, cut once each."""

    def __init__(self, encoder: Encoder, heard: Heard, settings: IndexSettings) -> None:
        self._encoder, self._heard, self._settings = encoder, heard, settings
        self._cuts: dict[str, Cut] = {}

    def of(self, document: Document) -> Cut:
        """Return a document cut."""
        held = self._cuts.get(document.doc_id)
        if held is None or held.document is not document:
            held = self._cuts[document.doc_id] = self._cut(document)
        return held

    def refused(self, documents: Mapping[str, Document]) -> dict[str, str]:
        """Cut documents, and return why by the ids of those that cannot be cut."""
        refused = {}
        for doc_id in sorted(documents):
            try:
                self.of(documents[doc_id])
            except PinciteError:
                raise
            except Exception as error:
                refused[doc_id] = self._reason(error)
        return refused

    def unencodable(self, doc_ids: Collection[str], failed: EncodingFailed) -> dict[str, str]:
        """Return why by the ids of those documents that the encoder fails at, each tried by itself.

        Raises
        ------
        Exception
            The cause of ``failed``, where no document is at fault: the encoder fails at anything, or at nothing now.
        """
        cause = failed.__cause__
        assert isinstance(cause, Exception)
        if cause is self._heard.raised:
            raise cause
        try:
            self._encoder.encode_documents([_HARMLESS], with_tokens=True)
        except Exception:
            raise cause from None
        refused = {}
        for doc_id in sorted(doc_ids):
            try:
                for texts in _blocks(self._cuts[doc_id].embedded):
                    self._heard.again()
                    self._encoder.encode_documents(texts, with_tokens=True)
            except Exception as error:
                refused[doc_id] = self._reason(error)
        if not refused:
            raise cause
        return refused

    def _cut(self, document: Document) -> Cut:
        settings = self._settings
        limits = {"max_tokens": max_chunk_tokens(self._encoder, settings), "max_chars": settings.chunk_chars}
        chunks = chunk_document(document, token_spans=self._token_spans, **limits)
        embedded = []
        for chunk in chunks:
            self._heard.again()
            embedded.append(embedded_text(chunk, self._encoder, settings))
            embedded[-1].encode("utf-8")  # half a surrogate pair could not be kept
        return Cut(document, chunks, tuple(embedded))

    def _reason(self, error: Exception) -> str:
        if error is self._heard.raised:
            raise error
        return reason_of(error)

    def _token_spans(self, text: str) -> Sequence[Span]:
        self._heard.again()
        return self._encoder.token_spans(text)


def _blocks(texts: Sequence[str]) -> list[Sequence[str]]:
    return [texts[start : start + BLOCK] for start in range(0, len(texts), BLOCK)]
