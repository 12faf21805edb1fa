"""Prepare the models that travel with Pincite: ``python -m pincite_evals.bundling``.

Writes the encoder's export, the cross-encoder's graph, and ``origin.json`` with where both come from and the digests of
the files.  It needs ``pip install 'pincite[fit]'``, takes half a minute, and is due when the encoder, the architecture
of the cross-encoder or OpenVINO's format changes; not when the cross-encoder is tuned anew, whose weights are in a file
of their own.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from hashlib import sha256
from pathlib import Path

from pincite.encoding.assembling import GRAPH, LAYOUT, layout_of
from pincite.encoding.bundled import BUNDLED_NAME, BUNDLED_SHA256, PREPARED, bundled_model
from pincite.encoding.cross_encoder import TUNED, ExportedCrossEncoder
from pincite.encoding.exported import ExportedEncoder
from pincite.encoding.exporting import check_agreement, export
from pincite.encoding.runtime import import_openvino


def bundle(target: Path) -> None:
    """Write everything to ``target``, each export compared with the reference.

    Raises
    ------
    EncoderError
        An export cannot be made here, or does not agree.
    """
    from safetensors.numpy import load_file

    from pincite.encoding.tuned import WORDS, TunedCrossEncoder

    source = bundled_model()
    encoder, judge = target / "encoder", target / "cross_encoder"
    for folder in (encoder, judge):
        folder.mkdir(parents=True, exist_ok=True)
    reference = export(source, encoder)
    tuned = TunedCrossEncoder(source, TUNED)
    with tempfile.TemporaryDirectory() as name:
        kept = Path(name)
        check_agreement(ExportedEncoder(encoder, name=BUNDLED_NAME, kept=kept), reference)
        tuned.export(kept)
        tuned.check_agreement(ExportedCrossEncoder(kept))
        words = 2 * load_file(source / "model.safetensors")[WORDS.removeprefix("bert.")].size  # in half precision
        (judge / LAYOUT).write_text(layout_of(kept, load_file(TUNED), words).to_json(), encoding="utf-8")
        (judge / GRAPH).write_bytes((kept / GRAPH).read_bytes())
    files = sorted(path for folder in (encoder, judge) for path in folder.iterdir())
    origin = {
        "encoder": {
            "model": f"sentence-transformers/{BUNDLED_NAME}",
            "licence": "Apache-2.0",
            "published_sha256": BUNDLED_SHA256,
            "changed": "traced with pooling and normalisation, weights in half precision",
        },
        "cross_encoder": {
            "model": "cross-encoder/ms-marco-MiniLM-L-12-v2",
            "licence": "Apache-2.0",
            "changed": "tuned by us; the graph alone, its weights are in cross_encoder.safetensors",
        },
        "made_by": "python -m pincite_evals.bundling",
        "openvino": import_openvino().get_version(),
        "files": {path.relative_to(target).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files},
    }
    (target / "origin.json").write_text(json.dumps(origin, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=PREPARED, help="the folder to write to; by default the shipped one")
    target = parser.parse_args().out
    bundle(target)
    for path in sorted(each for each in target.rglob("*") if each.is_file()):
        print(f"{path.stat().st_size:>12,}  {path.relative_to(target)}")


if __name__ == "__main__":
    main()
