import numpy as np
import pytest

from pincite.encoding.hashing import HashingEncoder
from pincite.indexing.segments import segment
from pincite.types import Chunk, Span

TEXT = "The treaty was signed in 1949. It binds all members.\n\nNobody left."
CONTEXT = "History > The treaty\n"


@pytest.fixture
def found():
    encoder = HashingEncoder()
    encoding = encoder.encode_documents([CONTEXT + TEXT], with_tokens=True)
    chunk = Chunk("d#100-167", "d", Span(100, 100 + len(TEXT)), TEXT, ("History", "The treaty"))
    segments = segment(
        chunk,
        text=" " * 99 + "\n" + TEXT,
        context_length=len(CONTEXT),
        token_spans=encoding.token_spans[0],
        token_vectors=encoding.token_vectors[0],
    )
    return segments, encoding


def test_the_context_comes_first_then_each_sentence(found):
    segments, _ = found
    sentences = [TEXT[start - 100 : end - 100] for start, end in segments.spans]
    assert sentences == ["", "The treaty was signed in 1949.", "It binds all members.", "Nobody left."]


def test_a_segment_opens_a_line_or_does_not(found):
    assert found[0].opens.tolist() == [True, True, False, True]


def test_a_segment_has_the_tokens_that_stand_in_it(found):
    segments, encoding = found
    spans = encoding.token_spans[0]
    for i, first in enumerate(segments.firsts):
        last = segments.firsts[i + 1] if i + 1 < len(segments.firsts) else len(spans)
        start, end = segments.spans[i] - 100 + len(CONTEXT) if i else (0, len(CONTEXT))
        assert all(start <= span.start < end for span in spans[first:last])


def test_norms_are_of_the_summed_token_vectors(found):
    segments, encoding = found
    parts = np.split(encoding.token_vectors[0], segments.firsts[1:])
    assert segments.norms == pytest.approx([np.linalg.norm(part.sum(axis=0)) for part in parts], abs=1e-4)
