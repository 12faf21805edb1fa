"""Which precision a model is run in; the CPU is made up, so that the faster one is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from pincite.encoding import runtime
from pincite.encoding.runtime import PRECISIONS, fastest_precision

EXAMPLE = [np.array([[101, 102]]), np.array([[1, 1]])]


class Cpu:
    """An OpenVINO whose models take as long as they are told to, by a clock of its own."""

    def __init__(self, seconds: dict[str, float], capabilities: tuple[str, ...] = ("FP32", "BF16")) -> None:
        self.seconds, self.capabilities = seconds, capabilities
        self.now = 0.0
        self.name = "A CPU"
        self.shapes: list[list[tuple[int, ...]]] = []

    def get_version(self):
        return "1"

    def Core(self):  # noqa: N802
        return self

    def get_property(self, _device, name):
        return list(self.capabilities) if name == "OPTIMIZATION_CAPABILITIES" else self.name

    def compile_model(self, _path, _device, options):
        def infer(inputs):
            self.shapes.append([each.shape for each in inputs])
            self.now += self.seconds[options["INFERENCE_PRECISION_HINT"]]

        return SimpleNamespace(create_infer_request=lambda: SimpleNamespace(infer=infer))


@pytest.fixture
def cpu(monkeypatch):
    def make(*args, **options):
        made = Cpu(*args, **options)
        monkeypatch.setattr(runtime, "import_openvino", lambda: made)
        monkeypatch.setattr(runtime.time, "perf_counter", lambda: made.now)
        return made

    return make


@pytest.mark.parametrize("faster", PRECISIONS)
def test_the_faster_precision_is_taken_and_measured_once(cpu, tmp_path, faster):
    made = cpu({precision: 1.0 if precision == faster else 2.0 for precision in PRECISIONS})
    assert fastest_precision(tmp_path, EXAMPLE) == faster
    measured = len(made.shapes)
    assert measured >= 2 * len(PRECISIONS)
    assert made.shapes[0] == [(4, 128), (4, 128)]
    made.seconds = {precision: 2.0 if precision == faster else 1.0 for precision in PRECISIONS}
    assert fastest_precision(tmp_path, EXAMPLE) == faster
    assert len(made.shapes) == measured


def test_a_model_is_not_given_more_tokens_than_it_reads(cpu, tmp_path):
    made = cpu({"f32": 1.0, "bf16": 2.0})
    fastest_precision(tmp_path, EXAMPLE, window=64)
    assert {shape for shapes in made.shapes for shape in shapes} == {(4, 64)}


def test_bfloat16_must_be_worth_its_rounding(cpu, tmp_path):
    cpu({"f32": 1.1, "bf16": 1.0})
    assert fastest_precision(tmp_path, EXAMPLE) == "f32"


def test_another_cpu_is_measured_for_itself(cpu, tmp_path):
    made = cpu({"f32": 1.0, "bf16": 2.0})
    fastest_precision(tmp_path, EXAMPLE)
    made.name, made.seconds = "Another CPU", {"f32": 2.0, "bf16": 1.0}
    assert fastest_precision(tmp_path, EXAMPLE) == "bf16"
    made.name = "A CPU"
    assert fastest_precision(tmp_path, EXAMPLE) == "f32"


@pytest.mark.parametrize("content", [b"", b"f64", b"\xff\xfe"])
def test_a_damaged_note_of_it_is_made_again(cpu, tmp_path, content):
    cpu({"f32": 2.0, "bf16": 1.0})
    fastest_precision(tmp_path, EXAMPLE)
    (note,) = tmp_path.iterdir()
    note.write_bytes(content)
    assert fastest_precision(tmp_path, EXAMPLE) == "bf16"
    assert note.read_text(encoding="ascii") == "bf16"


def test_a_cpu_without_bfloat16_is_not_measured(cpu, tmp_path):
    made = cpu({"f32": 2.0, "bf16": 1.0}, capabilities=("FP32", "INT8"))
    assert fastest_precision(tmp_path, EXAMPLE) == "f32"
    assert made.shapes == []
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_measured_every_time(cpu, tmp_path):
    cpu({"f32": 2.0, "bf16": 1.0})
    (tmp_path / "file").touch()
    assert fastest_precision(tmp_path / "file", EXAMPLE) == "bf16"
