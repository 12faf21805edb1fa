import subprocess
import sys
import types

import pincite


def test_all_is_sorted_and_is_everything_public():
    names = {
        name
        for name, value in vars(pincite).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType) and name != "annotations"
    }
    assert list(pincite.__all__) == sorted(pincite.__all__)
    assert names == set(pincite.__all__)


def test_importing_loads_no_heavy_library():
    heavy = ["torch", "faiss", "gradio", "openvino", "transformers", "bm25s", "scipy", "rich"]
    script = f"import sys, pincite; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
