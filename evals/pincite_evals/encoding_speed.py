"""Speed of the ways to run the embedded encoder: ``python -m pincite_evals.encoding_speed TEXT_FILE``.

Each engine lives in a process of its own, so that start and memory are its own; the processes take turns, so that
whatever else the machine does falls on all of them alike.  Figures are medians over the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import IO, Any

PASSAGES = 64
PASSAGE_TOKENS = 118  # and two special ones: 120
QUERY = "What does the treaty say about an armed attack on one member?"
QUERIES = 20
REFERENCE = "sentence-transformers float32"
Encode = Callable[[Sequence[str]], Any]


def sentence_transformers() -> Encode:
    """Return the reference."""
    from pincite.encoding.reference import SentenceTransformerEncoder

    encoder = SentenceTransformerEncoder(device="cpu")
    return lambda texts: encoder.encode_documents(texts).vectors


def openvino(precision: str) -> Encode:
    """Return the fast path at ``bf16`` or ``f32``."""
    from pincite.encoding.exported import open_exported

    encoder = open_exported(precision=precision)
    return lambda texts: encoder.encode_documents(texts).vectors


def onnx_runtime() -> Encode:
    """Return ONNX Runtime with the plain graph, batches of 16."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import numpy as np
    import onnxruntime  # type: ignore[import-untyped]
    from tokenizers import Tokenizer

    from pincite.encoding.bundled import bundled_model

    tokenizer = Tokenizer.from_file(str(bundled_model() / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.enable_padding()
    session = onnxruntime.InferenceSession(os.environ["PINCITE_EVAL_ONNX"], providers=["CPUExecutionProvider"])

    def encode(texts: Sequence[str]) -> Any:
        vectors = []
        for start in range(0, len(texts), 16):
            batch = tokenizer.encode_batch(list(texts[start : start + 16]))
            mask = np.array([encoding.attention_mask for encoding in batch])
            ids = np.array([encoding.ids for encoding in batch])
            (rows,) = session.run(None, {"input_ids": ids, "attention_mask": mask})
            pooled = (rows * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
            vectors.append(pooled / np.linalg.norm(pooled, axis=1, keepdims=True))
        return np.concatenate(vectors)

    return encode


ENGINES: dict[str, Callable[[], Encode]] = {
    REFERENCE: sentence_transformers,
    "ONNX Runtime float32": onnx_runtime,
    "OpenVINO float32": lambda: openvino("f32"),
    "OpenVINO bfloat16": lambda: openvino("bf16"),
}


def serve(engine: str) -> None:
    """Be one engine: load, say so, then run a round for each line that comes in."""
    encode = ENGINES[engine]()
    encode([QUERY])
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        passages = json.loads(line)
        start = time.perf_counter()
        vectors = encode(passages)
        rate = len(passages) / (time.perf_counter() - start)
        latencies = []
        for _ in range(QUERIES):
            start = time.perf_counter()
            encode([QUERY])
            latencies.append((time.perf_counter() - start) * 1000)
        report = {"rate": rate, "query_ms": median(latencies), "peak_mb": peak_memory(), "vectors": vectors.tolist()}
        print(json.dumps(report), flush=True)


def peak_memory() -> float:
    """Return this process's peak of resident memory in MB (Linux).

    Not ``getrusage``: a child inherits its parent's peak there.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


class Engine:
    """An engine's process; ``cold`` is the time in seconds from its start to its first vector."""

    def __init__(self, name: str) -> None:
        start = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pincite_evals.encoding_speed", "--engine", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._line()
        self.cold = time.perf_counter() - start

    def round(self, passages: Sequence[str]) -> dict[str, Any]:
        """Run one round."""
        self._pipe(self._process.stdin).write(json.dumps(passages) + "\n")
        self._pipe(self._process.stdin).flush()
        return dict(self._line())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _line(self) -> Any:
        line = self._pipe(self._process.stdout).readline()
        if not line:
            raise RuntimeError("an engine ended early; its message is above")
        return json.loads(line)

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


def export_onnx(target: Path) -> None:
    """Write the embedded model as ONNX, for the comparison alone."""
    import torch
    from sentence_transformers import SentenceTransformer

    from pincite.encoding.bundled import bundled_model

    transformer: Any = SentenceTransformer(str(bundled_model()), device="cpu", local_files_only=True)[0]
    model = transformer.auto_model

    class LastHiddenState(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            rows: torch.Tensor = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            return rows

    example = (torch.randint(5, 1000, (2, 16)), torch.ones((2, 16), dtype=torch.long))
    names = ["input_ids", "attention_mask"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        axes = {name: {0: "batch", 1: "length"} for name in names}
        torch.onnx.export(LastHiddenState().eval(), example, target, dynamo=False, input_names=names, dynamic_axes=axes)


def measure(passages: Sequence[str], rounds: int) -> str:
    """Return the table, in Markdown."""
    import numpy as np

    cold: dict[str, list[float]] = {name: [] for name in ENGINES}
    for _ in range(min(rounds, 3)):
        for name in ENGINES:
            engine = Engine(name)
            cold[name].append(engine.cold)
            engine.close()
    engines = {name: Engine(name) for name in ENGINES}
    reports: dict[str, list[dict[str, Any]]] = {name: [] for name in ENGINES}
    for round_number in range(rounds + 1):
        for name, engine in engines.items():
            report = engine.round(passages)
            # The first round compiles for the shapes that come.
            if round_number:
                reports[name].append(report)
    for engine in engines.values():
        engine.close()

    reference = np.array(reports[REFERENCE][0]["vectors"])
    base = median(report["rate"] for report in reports[REFERENCE])
    lines = [
        "| engine | passages/s | ratio | query ms | start to first vector s | peak MB | mean cosine |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for name, rows in reports.items():
        rate = median(row["rate"] for row in rows)
        query = median(row["query_ms"] for row in rows)
        cosine = float(np.mean(np.sum(np.array(rows[0]["vectors"]) * reference, axis=1)))
        lines.append(
            f"| {name} | {rate:.0f} | {rate / base:.2f} | {query:.1f} | {median(cold[name]):.2f} "
            f"| {rows[-1]['peak_mb']:.0f} | {cosine:.5f} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "text", nargs="?", default="corpus/nato-defense-policies.txt", help="a text to take passages from"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine:
        serve(options.engine)
        return
    from pincite import load_encoder

    text = Path(options.text).read_text(encoding="utf-8")
    spans = load_encoder().token_spans(text)
    last = len(spans) - PASSAGE_TOKENS
    starts = [number * last // PASSAGES for number in range(PASSAGES)]
    passages = [text[spans[start].start : spans[start + PASSAGE_TOKENS - 1].end] for start in starts]
    with tempfile.TemporaryDirectory() as folder:
        onnx = Path(folder) / "model.onnx"
        export_onnx(onnx)
        os.environ["PINCITE_EVAL_ONNX"] = str(onnx)
        table = measure(passages, options.rounds)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores ({platform.machine()}), load {load:.1f}, {options.rounds} rounds\n\n{table}")


if __name__ == "__main__":
    main()
