"""What every encoder must do; a test module subclasses `EncoderContract` and provides `encoder`."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pincite.encoding import Encoder
from pincite.types import Progress, Span

TEXTS = [
    "An armed attack against one member is an attack against all.",
    "The lease ends on the day named in the schedule.",
    "Cyber defence is part of collective defence. " * 12,
    "Größe, naïveté & 東京: 3.5 % of 1,200 🙂 – “quoted”.",
    "a",
]


class EncoderContract:
    """Run against each implementation."""

    tolerance = 1e-6
    """How far from 1 the cosine of the same text in another batch may lie."""

    @pytest.fixture
    def encoder(self) -> Encoder:
        raise NotImplementedError

    def test_satisfies_the_protocol(self, encoder):
        assert isinstance(encoder, Encoder)
        assert len(encoder.identity.weights_sha256) == 64

    @pytest.mark.parametrize("method", ["encode_documents", "encode_queries"])
    def test_vectors_have_unit_norm(self, encoder, method):
        vectors = getattr(encoder, method)(TEXTS).vectors
        assert vectors.shape == (len(TEXTS), encoder.identity.dim)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)

    def test_token_vectors_have_unit_norm_and_a_span_each(self, encoder):
        encoding = encoder.encode_documents(TEXTS, with_tokens=True)
        for text, rows, spans in zip(TEXTS, encoding.token_vectors, encoding.token_spans, strict=True):
            assert rows.shape == (len(spans), encoder.identity.dim)
            assert rows.dtype == np.float32
            np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
            assert spans == encoder.token_spans(text)
            assert all(spans[i].start <= spans[i + 1].start for i in range(len(spans) - 1))
            assert all(span.end <= len(text) and text[span.start : span.end].strip() for span in spans)

    def test_tokens_are_left_out_unless_asked_for(self, encoder):
        encoding = encoder.encode_documents(TEXTS)
        assert encoding.token_vectors == ()
        assert encoding.token_spans == ()

    def test_a_text_does_not_depend_on_its_batch(self, encoder):
        together = encoder.encode_documents(TEXTS, with_tokens=True)
        for i, text in enumerate(TEXTS):
            alone = encoder.encode_documents([text], with_tokens=True)
            assert float(alone.vectors[0] @ together.vectors[i]) > 1 - self.tolerance
            cosines = np.sum(alone.token_vectors[0] * together.token_vectors[i], axis=1)
            assert float(np.mean(cosines)) > 1 - 10 * self.tolerance

    def test_texts_that_mean_the_same_are_nearer(self, encoder):
        query = encoder.encode_queries(["attack against a member"]).vectors[0]
        scores = encoder.encode_documents(TEXTS[:2]).vectors @ query
        assert scores[0] > scores[1]

    def test_equal_texts_are_encoded_once_and_returned_each_time(self, encoder):
        reports: list[Progress] = []
        vectors = encoder.encode_documents(["one", "two", "one"], progress=reports.append).vectors
        np.testing.assert_array_equal(vectors[0], vectors[2])
        assert reports[-1] == Progress("encoding", 2, 2, "passages")

    def test_nothing_gives_nothing(self, encoder):
        encoding = encoder.encode_documents([], with_tokens=True)
        assert encoding.vectors.shape == (0, encoder.identity.dim)
        assert encoding.token_vectors == ()

    @pytest.mark.parametrize("text", ["", " \n\t", "\ud83d alone", "\x00"])
    def test_odd_texts_give_finite_unit_vectors(self, encoder, text):
        encoding = encoder.encode_documents([text, "word"], with_tokens=True)
        np.testing.assert_allclose(np.linalg.norm(encoding.vectors, axis=1), 1, atol=1e-5)
        assert len(encoding.token_vectors[0]) == len(encoding.token_spans[0])

    def test_offsets_count_code_points(self, encoder):
        text = "🙂🙂 naïve 東京 tests"
        start = text.index("tests")
        assert encoder.token_spans(text)[-1] == Span(start, start + 5)

    def test_text_beyond_the_window_is_cut_off_but_its_spans_are_known(self, encoder):
        text = "word " * (encoder.identity.max_tokens + 50)
        encoding = encoder.encode_documents([text], with_tokens=True)
        assert len(encoding.token_vectors[0]) <= encoder.identity.max_tokens
        assert len(encoder.token_spans(text)) == encoder.identity.max_tokens + 50

    def test_a_single_string_is_refused(self, encoder):
        with pytest.raises(TypeError, match=r"pass \[text\]"):
            encoder.encode_queries("a question")

    def test_threads_may_share_an_encoder(self, encoder):
        queries = [f"question number {i} about defence" for i in range(32)]
        expected = encoder.encode_queries(queries).vectors
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda query: encoder.encode_queries([query]).vectors[0], queries))
        cosines = np.sum(np.stack(found) * expected, axis=1)
        assert cosines.min() > 1 - self.tolerance
