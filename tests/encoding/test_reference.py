import numpy as np
import pytest
from contracts.encoder import EncoderContract

from pincite.encoding.reference import SentenceTransformerEncoder
from pincite.errors import EncoderError

pytestmark = pytest.mark.model


class TestReference(EncoderContract):
    @pytest.fixture
    def encoder(self, reference):
        return reference

    def test_agrees_with_sentence_transformers_itself(self, reference):
        texts = ["one text", "another one, a little longer"]
        np.testing.assert_allclose(reference.encode_documents(texts).vectors, reference.model.encode(texts), atol=1e-5)

    def test_a_prompt_changes_the_vector_but_has_no_token_of_its_own(self, reference, monkeypatch):
        plain = reference.encode_queries(["who signs"], with_tokens=True)
        monkeypatch.setitem(reference.model.prompts, "query", "query: ")
        monkeypatch.setitem(reference._prompts, "query", "query: ")
        prompted = reference.encode_queries(["who signs"], with_tokens=True)
        assert prompted.token_spans == plain.token_spans
        assert prompted.token_vectors[0].shape == plain.token_vectors[0].shape
        assert float(plain.vectors[0] @ prompted.vectors[0]) < 0.999


def test_a_model_that_is_not_here_is_named_with_its_remedy():
    with pytest.raises(EncoderError, match=r"'nobody/no-such-model' is not on this machine.*local path.*offline=False"):
        SentenceTransformerEncoder("nobody/no-such-model")


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(EncoderError, match="found no"):
        SentenceTransformerEncoder(tmp_path).identity  # noqa: B018


def test_broken_weights_are_one_clear_line(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(EncoderError, match="cannot load the model") as caught:
        SentenceTransformerEncoder(tmp_path)
    assert "\n" not in str(caught.value)
