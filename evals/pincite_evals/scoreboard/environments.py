"""The systems compared, each in a virtual environment of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pincite import PinciteError

SYSTEMS_FOLDER = Path(__file__).parent / "systems"
_REPOSITORY = Path(__file__).resolve().parents[3]
_TORCH = "torch==2.13.0"


@dataclass(frozen=True, slots=True)
class System:
    """A pipeline under test.

    Attributes
    ----------
    environment
        Name of its virtual environment; several systems may share one.
    packages
        What is installed there, after the version of torch that all use.
    shown
        Packages whose versions the table names.
    variables
        Environment variables of its processes.
    indexes_as
        The system whose index it asks; itself when empty.
    """

    name: str
    environment: str
    script: str
    packages: tuple[str, ...]
    shown: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    indexes_as: str = ""


def _pincite(name: str, **variables: str) -> System:
    packages = ("-c", str(_REPOSITORY / "constraints.txt"), "-e", str(_REPOSITORY))
    indexes_as = "" if name == "Pincite" else "Pincite"
    return System(name, "pincite", "with_pincite.py", packages, ("pincite",), variables, indexes_as)


PINCITE = _pincite("Pincite")
SYSTEMS = (
    PINCITE,
    _pincite("Pincite, with the checked answer", PINCITE_ANSWERS="1"),
    System(
        "LangChain",
        "langchain",
        "with_langchain.py",
        (
            "langchain-huggingface",
            "langchain-community",
            "langchain-text-splitters",
            "sentence-transformers",
            "faiss-cpu",
        ),
        ("langchain-core", "langchain-community"),
    ),
    System(
        "LlamaIndex",
        "llama-index",
        "with_llama_index.py",
        ("llama-index-core", "llama-index-embeddings-huggingface", "sentence-transformers"),
        ("llama-index-core",),
    ),
    System(
        "Haystack, hybrid",
        "haystack",
        "with_haystack.py",
        ("haystack-ai", "sentence-transformers-haystack", "sentence-transformers"),
        ("haystack-ai",),
    ),
    System("txtai, hybrid", "txtai", "with_txtai.py", ("txtai", "sentence-transformers"), ("txtai",)),
)
STAGES = (
    _pincite("Pincite: dense", PINCITE_STAGES="dense"),
    _pincite("Pincite: lexical", PINCITE_STAGES="lexical"),
    _pincite("Pincite: both, fused", PINCITE_STAGES="dense,lexical"),
    _pincite("Pincite: + late interaction", PINCITE_STAGES="dense,lexical,late_interaction"),
)


def python_of(system: System, work: Path) -> Path:
    """Return the interpreter of a system's environment, making the environment if it is not there.

    Raises
    ------
    PinciteError
        A package cannot be installed.
    """
    folder = work / "environments" / system.environment
    python = folder / "bin" / "python"
    finished = folder / "finished"
    if finished.exists():
        return python
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(python), "-m", "pip", "install", "-q", _TORCH],  # first, lest another build of it be resolved
        [str(python), "-m", "pip", "install", "-q", _TORCH, *system.packages],
    )
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise PinciteError(f"the environment of {system.name} cannot be made: {' '.join(step[-3:])}: {reason[0]}")
    finished.touch()
    return python


def versions(system: System, work: Path) -> dict[str, str]:
    """Return the versions of the packages that the table names."""
    names = ", ".join(map(repr, system.shown))
    script = f"from importlib.metadata import version\nfor name in [{names}]: print(name, version(name))"
    done = subprocess.run([python_of(system, work), "-c", script], capture_output=True, text=True, check=True)
    return dict(line.split() for line in done.stdout.splitlines())


def installed_mb(system: System, work: Path) -> float:
    """Return the size of a system's environment."""
    folder = python_of(system, work).parent.parent
    return size_mb(folder)


def size_mb(folder: Path) -> float:
    """Return the size of all files below a folder, in 10^6 bytes."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
