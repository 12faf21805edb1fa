import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from contracts.encoder import TEXTS, EncoderContract

from pincite.encoding import load_encoder
from pincite.encoding.bundled import BUNDLED_SHA256, bundled_export, bundled_model, prepared_digest
from pincite.encoding.cache import cache_folder
from pincite.encoding.exported import ExportedEncoder, open_exported
from pincite.encoding.exporting import check_agreement
from pincite.encoding.hashing import HashingEncoder
from pincite.errors import EncoderError

pytestmark = pytest.mark.model

# Records what the process opens for writing and every socket it makes, from before anything is imported.
WATCHED = """
import json, os, sys
seen = {"sockets": [], "written": []}
def watch(event, args):
    if event in ("socket.__new__", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
        seen["sockets"].append(event)
    elif event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        seen["written"].append(str(args[0]))
sys.addaudithook(watch)
from pincite.encoding import load_encoder
encoder = load_encoder()
encoder.encode_documents(["a passage", "another"] * 20, with_tokens=True)
encoder.encode_queries(["a question"])
from pincite.encoding.cross_encoder import load_cross_encoder
judge = load_cross_encoder()
judge.read("a question", ["a text", "another"])
unwanted = ("torch", "transformers", "sentence_transformers", "openvino_telemetry")
heavy = [name for name in unwanted if sys.modules.get(name)]
print(json.dumps({"kind": [type(encoder).__name__, type(judge).__name__], "heavy": heavy, **seen}))
"""


class TestExported(EncoderContract):
    # bfloat16 has 8 bits of mantissa, and other batch shapes add in another order.
    tolerance = 2e-4

    @pytest.fixture
    def encoder(self, exported):
        return exported

    def test_agrees_with_the_reference(self, exported, reference, nato_path):
        texts = [*TEXTS, *nato_path.read_text(encoding="utf-8").split("\n\n")]
        ours = exported.encode_documents(texts, with_tokens=True)
        theirs = reference.encode_documents(texts, with_tokens=True)
        assert float(np.mean(np.sum(ours.vectors * theirs.vectors, axis=1))) >= 0.9995
        assert ours.token_spans == theirs.token_spans
        tokens = np.sum(np.concatenate(ours.token_vectors) * np.concatenate(theirs.token_vectors), axis=1)
        assert float(np.mean(tokens)) >= 0.999

    def test_is_interchangeable_with_the_reference(self, exported, reference):
        assert exported.identity == reference.identity
        assert exported.identity.weights_sha256 == BUNDLED_SHA256
        assert exported.identity.max_tokens == 256

    def test_reads_its_whole_window_not_the_half_baked_into_the_tokenizer(self, exported):
        encoding = exported.encode_documents(["word " * 400], with_tokens=True)
        assert len(encoding.token_vectors[0]) == 254


@pytest.mark.usefixtures("exported")
def test_opens_no_socket_writes_only_to_the_cache_and_needs_no_torch(tmp_path):
    found = watched(tmp_path)
    assert found["kind"] == ["ExportedEncoder", "ExportedCrossEncoder"]
    assert found["heavy"] == []
    assert found["sockets"] == []
    assert [path for path in found["written"] if not path.startswith(str(cache_folder()))] == []
    assert list(tmp_path.iterdir()) == [], "something was written into the home folder"


@pytest.mark.slow
def test_the_first_use_too_writes_only_to_the_cache(tmp_path):
    cache, home = tmp_path / "cache", tmp_path / "home"
    home.mkdir()
    found = watched(home, cache)
    assert found["kind"] == ["ExportedEncoder", "ExportedCrossEncoder"]
    assert found["sockets"] == []
    assert list(home.iterdir()) == []
    assert len(list((cache / "encoders").iterdir())) == 1, "a draft of the export was left behind"


def watched(home: Path, cache: Path | None = None) -> dict[str, list[str]]:
    places = {"HOME": str(home), "PINCITE_CACHE": str(cache or cache_folder())}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")} | places
    done = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", WATCHED],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
def test_a_damaged_export_is_made_again(tmp_path, monkeypatch):
    monkeypatch.setenv("PINCITE_CACHE", str(tmp_path))
    first = open_exported(bundled_model())
    (folder,) = (tmp_path / "encoders").iterdir()
    (folder / "model.xml").write_text("<net")
    for blob in folder.glob("*.blob"):
        blob.unlink()
    with pytest.raises(EncoderError, match="delete that folder"):
        ExportedEncoder(folder, name="x")
    again = open_exported(bundled_model())
    assert float(first.encode_queries(["x"]).vectors[0] @ again.encode_queries(["x"]).vectors[0]) > 0.9998


@pytest.mark.parametrize("content", [b"", b"not a compiled model" * 100])
def test_a_damaged_compiled_file_is_made_again(exported, tmp_path, content):
    source = cache_folder() / "encoders" / f"all-MiniLM-L6-v2-{prepared_digest()[:16]}"
    for file in source.iterdir():
        (tmp_path / file.name).write_bytes(content if file.suffix == ".blob" else file.read_bytes())
    assert list(tmp_path.glob("*.blob"))
    encoder = ExportedEncoder(bundled_export(), name="x", kept=tmp_path)
    assert encoder.encode_queries(["x"]).vectors.shape == (1, 384)
    # Those of other versions or CPUs may lie there too; what was made again is the youngest.
    blob = max(tmp_path.glob("*.blob"), key=lambda file: file.stat().st_mtime_ns)
    assert blob.stat().st_size > 100_000


def test_an_export_that_disagrees_is_refused(reference):
    class Astray:
        def encode_documents(self, texts, *, with_tokens):
            encoding = reference.encode_documents(texts, with_tokens=with_tokens)
            rolled = np.roll(encoding.vectors, 1, axis=0)
            return type(encoding)(rolled, encoding.token_vectors, encoding.token_spans)

    with pytest.raises(EncoderError, match="expected a mean cosine"):
        check_agreement(Astray(), reference)
    with pytest.raises(EncoderError, match="other tokens"):
        check_agreement(HashingEncoder(384), reference)


def test_falls_back_to_the_reference_and_says_so(monkeypatch, caplog):
    def fail(*_args, **_options):
        raise EncoderError("OpenVINO does not like this CPU")

    monkeypatch.setattr("pincite.encoding.exported.open_exported", fail)
    encoder = load_encoder()
    assert type(encoder).__name__ == "SentenceTransformerEncoder"
    assert "OpenVINO does not like this CPU" in caplog.text


@pytest.mark.slow
def test_several_batches_first_thing_in_a_process_do_not_wait_for_each_other():
    # Without the inference that `ExportedEncoder` makes by itself, one process in four hangs here.
    script = (
        "from pincite.encoding import load_encoder; "
        "load_encoder().encode_documents([f'text number {i}' for i in range(64)])"
    )
    for _ in range(10):
        subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
