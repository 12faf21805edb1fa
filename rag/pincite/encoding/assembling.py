"""The cross-encoder's export put together without torch: its graph, our weights, and the embedded encoder's words.

The graph is traced once, where torch is (`pincite_evals.bundling`); what it reads from which place of its file of
weights is kept beside it.  So the weights lie in the installation a single time, and tuning anew changes nothing here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np

from pincite.errors import EncoderError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCALE = ".scale"
"""Behind the name of a matrix in 8 bits, in the file of weights, it names the scale of each of its rows."""

GRAPH, WEIGHTS, LAYOUT, TOKENIZER = "model.xml", "model.bin", "layout.json", "tokenizer.json"

Tensors = Mapping[str, "NDArray[Any]"]


def _whole(tensors: Tensors, name: str) -> NDArray[np.float32]:
    value = tensors[name]
    if name + SCALE not in tensors:
        return value.astype(np.float32)
    whole: NDArray[np.float32] = value.astype(np.float32) * tensors[name + SCALE]
    return whole


_FORMS: dict[str, Callable[[Tensors, str], NDArray[Any]]] = {
    "as it is": lambda tensors, name: tensors[name],
    "scale": lambda tensors, name: tensors[name + SCALE],
    "half": lambda tensors, name: _whole(tensors, name).astype(np.float16),
    "whole": _whole,
}
"""How a tensor of the file of weights stands in that of the export, by name."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Where a tensor stands in the export's file of weights, from byte ``start``, and in which of the forms."""

    start: int
    tensor: str
    form: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What the export's file of weights consists of.

    Attributes
    ----------
    size
        Of the file, in bytes.
    words
        How many of its first bytes are the embeddings of words, as the embedded encoder's export begins with them.
    pieces
        Tensors of the file of weights.
    constants
        What the graph needs besides, by the byte at which it stands.
    """

    size: int
    words: int
    pieces: tuple[Piece, ...]
    constants: Mapping[int, bytes]

    def to_json(self) -> str:
        """Return the layout as it is kept."""
        pieces = [[piece.start, piece.tensor, piece.form] for piece in self.pieces]
        constants = {str(start): base64.b64encode(held).decode() for start, held in self.constants.items()}
        return json.dumps({"size": self.size, "words": self.words, "pieces": pieces, "constants": constants})

    @classmethod
    def from_json(cls, text: str | bytes) -> Layout:
        """Read what :meth:`to_json` wrote."""
        held = json.loads(text)
        constants = {int(start): base64.b64decode(each) for start, each in held["constants"].items()}
        return cls(held["size"], held["words"], tuple(Piece(*each) for each in held["pieces"]), constants)


def assemble(graph: Path, tensors: Tensors, encoder: Path, target: Path) -> None:
    """Write the export of the cross-encoder.

    Parameters
    ----------
    graph
        A folder with `GRAPH` and `LAYOUT`.
    tensors
        Of the file of weights; see `pincite.encoding.tuned.packed`.
    encoder
        The folder of the embedded encoder's export, which brings the words and the tokenizer.
    target
        The folder to write to.

    Raises
    ------
    EncoderError
        The files do not belong together.
    OSError
        The folder cannot be written.
    """
    layout = Layout.from_json((graph / LAYOUT).read_bytes())
    whole = bytearray(layout.size)
    with (encoder / WEIGHTS).open("rb") as file:
        parts = [(0, file.read(layout.words)), *layout.constants.items()]
    try:
        parts += [(piece.start, _FORMS[piece.form](tensors, piece.tensor).tobytes()) for piece in layout.pieces]
    except KeyError as error:
        raise EncoderError(
            f"the cross-encoder's weights lack {error}: pip install --force-reinstall --no-deps pincite"
        ) from error
    for start, part in parts:
        whole[start : start + len(part)] = part
    if len(whole) != layout.size or sum(len(part) for _, part in parts) != layout.size:
        raise EncoderError(
            "the cross-encoder's weights do not fit its graph: pip install --force-reinstall --no-deps pincite"
        )
    (target / WEIGHTS).write_bytes(whole)
    for name, folder in ((GRAPH, graph), (TOKENIZER, encoder)):
        (target / name).write_bytes((folder / name).read_bytes())


def layout_of(export: Path, tensors: Tensors, words: int) -> Layout:
    """Find where each tensor stands in the file of weights of an export that torch made.

    Parameters
    ----------
    export
        Holds `GRAPH` and `WEIGHTS`.
    words
        How many of the first bytes are the embeddings of words.

    Raises
    ------
    EncoderError
        A tensor stands nowhere in it.
    """
    known = {
        form(tensors, name).tobytes(): (name, kind)
        for kind, form in _FORMS.items()
        for name in tensors
        if not name.endswith(SCALE) and (kind != "scale" or name + SCALE in tensors)
    }
    held = (export / WEIGHTS).read_bytes()
    pieces, constants = [], {}
    for start, size in sorted(set(_constants_of(export / GRAPH))):
        if start < words:
            continue
        part = held[start : start + size]
        if part in known:
            pieces.append(Piece(start, *known[part]))
        else:
            constants[start] = part
    if missing := {name for name in tensors if not name.endswith(SCALE)} - {piece.tensor for piece in pieces}:
        raise EncoderError(f"the export holds no {', '.join(sorted(missing))}: trace the graph from these weights")
    return Layout(len(held), words, tuple(pieces), constants)


def _constants_of(graph: Path) -> Iterator[tuple[int, int]]:
    """Yield start and size, in bytes, of each constant of a graph of ours."""
    for layer in ElementTree.parse(graph).iter("layer"):  # noqa: S314
        data = layer.find("data")
        if layer.get("type") == "Const" and data is not None:
            yield int(data.attrib["offset"]), int(data.attrib["size"])
