"""OpenVINO without what we do not want of it: telemetry, and a second of start-up."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np

from pincite.encoding.cache import write_atomically
from pincite.importing import unimportable

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TEXTS, _TOKENS = 4, 128
"""Size of the batch that precisions are compared on."""
_ROUNDS = 7
"""The first two of each prepare, and take longer."""
_WORTH = 1.3
"""bfloat16 must be so many times as fast: it rounds, and between two that are alike chance must not choose."""

_UNWANTED = ("openvino_telemetry", "openvino.tools")
"""``openvino_telemetry`` writes an identifier to the home folder and calls an analytics host.  ``openvino.tools``, the
model converter, is what imports it, and takes half of OpenVINO's import time (50 of 110 ms)."""


def import_openvino() -> Any:
    """Import OpenVINO with its telemetry unimportable, and without the model converter until somebody wants it."""
    if "openvino" not in sys.modules:
        with unimportable(*_UNWANTED):
            import openvino

        # Other users of OpenVINO in this process still find `openvino.convert_model`.
        openvino.__getattr__ = _converter_on_demand
    else:
        import openvino
    # For good, as the converter imports it whenever it is first used.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    return openvino


PRECISIONS = ("f32", "bf16")


def compile_for_cpu(folder: Path, *, precision: str, groups: int = 0, kept: Path | None = None) -> tuple[Any, int]:
    """Compile ``model.xml`` of a folder for this CPU, and keep what came out for the next start.

    Parameters
    ----------
    precision
        One of `PRECISIONS`.
    groups
        Where matrices are kept in 8 bits: how many activations are rounded together before they are multiplied, on
        CPUs that multiply integers faster; 0 for none.
    kept
        Where to keep it; beside ``model.xml`` by default.

    Returns
    -------
    tuple
        The compiled model, and how many inferences it runs at the same time.
    """
    openvino = import_openvino()
    core = openvino.Core()
    options = _options(precision, groups)
    compiled_file = (kept or folder) / f"compiled-{_cpu_key(core, *options.values())}.blob"
    with suppress(OSError, RuntimeError):
        # Saves 0.2 s of 0.3.  Whatever is wrong with the file, compiling anew mends it.
        blob = compiled_file.read_bytes()
        found = core.import_model(BytesIO(blob), "CPU", {**options, "WEIGHTS_PATH": str(folder / "model.bin")})
        return found, options["NUM_STREAMS"]
    compiled = core.compile_model(folder / "model.xml", "CPU", options)
    with suppress(OSError, RuntimeError):
        write_atomically(compiled_file, bytes(compiled.export_model().getvalue()))
    return compiled, options["NUM_STREAMS"]


def fastest_precision(
    folder: Path, example: Sequence[NDArray[np.int64]], *, window: int = _TOKENS, kept: Path | None = None
) -> str:
    """Return which of `PRECISIONS` suits this CPU: float32 unless bfloat16 is much faster; measured once, and kept.

    What a CPU says that it can do does not tell: without AMX, one makes 1.7 times as many passages a second in bfloat16
    as in float32, another .6 times (evals/results/encoding_speed.md).

    Parameters
    ----------
    folder
        Holds ``model.xml`` and ``model.bin``.
    example
        Inputs of any values, which are repeated to the size of a batch.
    window
        The most tokens that the model reads.
    kept
        Where to keep what was measured; beside ``model.xml`` by default.
    """
    core = import_openvino().Core()
    if "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        return "f32"
    note = (kept or folder) / f"precision-{_cpu_key(core)}.txt"
    with suppress(OSError, UnicodeDecodeError):
        known = note.read_text(encoding="ascii")
        if known in PRECISIONS:
            return known
    batch = [np.resize(each, (_TEXTS, min(_TOKENS, window))) for each in example]
    requests = {
        precision: core.compile_model(folder / "model.xml", "CPU", _options(precision)).create_infer_request()
        for precision in PRECISIONS
    }
    seconds: dict[str, list[float]] = {precision: [] for precision in PRECISIONS}
    for _ in range(_ROUNDS):
        for precision, request in requests.items():
            start = time.perf_counter()
            request.infer(batch)
            seconds[precision].append(time.perf_counter() - start)
    fastest = "bf16" if min(seconds["bf16"]) * _WORTH < min(seconds["f32"]) else "f32"
    with suppress(OSError):
        write_atomically(note, fastest.encode())
    return fastest


def _options(precision: str, groups: int = 0) -> dict[str, Any]:
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": threads,
        # Streams side by side are 10 % faster than all threads on one batch.
        "NUM_STREAMS": min(threads, 4),
        # The compiled form refers to model.bin rather than repeating it: 0.4 MB, not 45.
        "CACHE_MODE": "OPTIMIZE_SIZE",
        **({"DYNAMIC_QUANTIZATION_GROUP_SIZE": groups} if groups else {}),
    }


def _cpu_key(core: Any, *options: object) -> str:
    cpu = [core.get_property("CPU", "FULL_DEVICE_NAME"), *sorted(core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"))]
    key = "-".join([import_openvino().get_version(), *map(str, options), *cpu])
    return sha256(key.encode()).hexdigest()[:16]


_first_inference = threading.Lock()


class CompiledModel:
    """A model compiled for this CPU, for any number of threads; it runs as many inferences at a time as help.

    Parameters
    ----------
    folder
        Holds ``model.xml`` and ``model.bin``.
    example
        Inputs of any values, run once.
    window
        The most tokens that the model reads.
    precision
        One of `PRECISIONS`; by default what :func:`fastest_precision` says.
    groups, kept
        As for :func:`compile_for_cpu`.

    Attributes
    ----------
    streams
        How many inferences run at the same time.
    """

    def __init__(
        self,
        folder: Path,
        example: Sequence[NDArray[np.int64]],
        *,
        window: int = _TOKENS,
        precision: str | None = None,
        groups: int = 0,
        kept: Path | None = None,
    ) -> None:
        with _first_inference:
            chosen = precision or fastest_precision(folder, example, window=window, kept=kept)
        compiled, self.streams = compile_for_cpu(folder, precision=chosen, groups=groups, kept=kept)
        # An infer request serves one caller at a time; whoever has none waits for the next that is free.
        self._requests: SimpleQueue[Any] = SimpleQueue()
        for _ in range(self.streams):
            self._requests.put(compiled.create_infer_request())
        # OpenVINO fills its tables of types at the first inference, and two threads that come first at the same time
        # wait for each other for ever (one holds the table, the other the interpreter).
        with _first_inference, self.infer(example):
            pass

    @contextmanager
    def infer(self, inputs: Sequence[NDArray[np.int64]]) -> Iterator[list[NDArray[np.float32]]]:
        """Lend the outputs for as long as the block runs: they are overwritten by the next use."""
        request = self._requests.get()
        try:
            request.infer(list(inputs), share_inputs=True)
            yield [tensor.data for tensor in request.output_tensors]
        finally:
            self._requests.put(request)


def _converter_on_demand(name: str) -> Any:
    if name == "convert_model":
        from openvino.tools.ovc import convert_model

        return convert_model
    raise AttributeError(f"module 'openvino' has no attribute {name!r}")
