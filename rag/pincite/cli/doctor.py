"""``pincite doctor``: what is well, what is not, and what to do about it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pincite.errors import (
    EncoderMismatch,
    IndexNotFound,
    IndexVersionMismatch,
    PinciteError,
    UnusableIndex,
    WeightsMismatch,
)

if TYPE_CHECKING:
    from pincite.encoding import Encoder


_REINSTALL = "pip install --force-reinstall --no-deps pincite"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, how it stands, and the remedy where it needs one."""

    state: Literal["ok", "warn", "fail"]
    check: str
    detail: str
    remedy: str = ""


def examine(folder: Path, encoder_name: str | None = None) -> list[Finding]:
    """Check installation, cache, encoders, index and offline state, in this order; no check stops the others."""
    checks: list[Callable[[], Iterator[Finding]]] = [
        _installation,
        _cache,
        lambda: _encoder(folder, encoder_name),
        _cross_encoder,
        lambda: _index(folder),
        _offline,
    ]
    return [finding for check in checks for finding in check()]


def _installation() -> Iterator[Finding]:
    yield Finding("ok", "python", f"{sys.version.split()[0]} at {sys.executable}")
    versions, missing = [], []
    for requirement in metadata.requires("pincite") or []:
        name = _distribution(requirement)
        if "extra ==" in requirement:
            continue
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        yield Finding("fail", "packages", f"missing: {', '.join(missing)}", f"pip install {' '.join(missing)}")
    else:
        yield Finding("ok", "packages", ", ".join(versions))


def _cache() -> Iterator[Finding]:
    from pincite.encoding.cache import cache_folder

    folder = cache_folder()
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if os.access(existing, os.W_OK):
        yield Finding("ok", "cache", str(folder))
    else:
        yield Finding("warn", "cache", f"{folder} cannot be written", "set PINCITE_CACHE to a folder that can")


def _encoder(folder: Path, name: str | None) -> Iterator[Finding]:
    try:
        started = time.perf_counter()
        encoder = _encoder_in_use(folder, name)
        vectors = encoder.encode_queries(["Is the encoder well?"]).vectors
        seconds = time.perf_counter() - started
    except EncoderMismatch as error:
        yield Finding("fail", "encoder", str(error), f"pincite index PATH... --rebuild --index {folder}")
        return
    except WeightsMismatch as error:
        yield Finding("fail", "encoder", str(error), _REINSTALL)
        return
    except PinciteError as error:
        yield Finding("fail", "encoder", str(error), "--encoder MODEL, with the path of the model's folder")
        return
    identity = encoder.identity
    detail = (
        f"{identity.name}, {vectors.shape[1]} dimensions, {type(encoder).__name__}, first vector in {seconds:.2f} s"
    )
    if "torch" in sys.modules:
        yield Finding("warn", "encoder", f"{detail}; runs through torch, which is slower", "see the notice above")
    else:
        yield Finding("ok", "encoder", f"{detail}; weights {identity.weights_sha256[:12]} verified")


def _cross_encoder() -> Iterator[Finding]:
    from pincite.encoding.cross_encoder import load_cross_encoder

    try:
        started = time.perf_counter()
        judge = load_cross_encoder()
        right, wrong = judge.read("Is the encoder well?", ["The encoder is well.", "Ships come from Norway."]).texts
        seconds = time.perf_counter() - started
    except PinciteError as error:
        yield Finding("fail", "cross-encoder", str(error), _REINSTALL)
        return
    detail = f"{type(judge).__name__}, first judgement in {seconds:.2f} s"
    if right > wrong:
        yield Finding("ok", "cross-encoder", detail)
    else:
        yield Finding("fail", "cross-encoder", f"{detail}; it judges wrongly", _REINSTALL)


def _encoder_in_use(folder: Path, name: str | None) -> Encoder:
    """Load the encoder that was named, else the index's own, else the embedded one."""
    from pincite.encoding import load_encoder
    from pincite.indexing import Index

    named = None if name is None else load_encoder(name)
    try:
        with Index.open(folder, encoder=named) as index:
            return index.encoder
    except EncoderMismatch:
        raise
    except (UnusableIndex, OSError):  # the next check says so
        return named or load_encoder()


def _index(folder: Path) -> Iterator[Finding]:
    from pincite.indexing import Index
    from pincite.searching import Retriever
    from pincite.storing.verifying import damage_of

    rebuild = f"pincite index PATH... --rebuild --index {folder}"
    try:
        if found := damage_of(folder):
            # Each file that differs, since it tells whether one block of a disk failed or many.
            for each in found:
                yield Finding("fail", "index", str(each), rebuild)
            return
        with Index.open(folder, verify=True) as index:
            status, stale = index.status(), index.stale()
            Retriever(index)  # the table of sentences must fit, too
    except IndexNotFound:
        yield Finding("warn", "index", f"no index in {folder}", f"pincite index PATH... --index {folder}")
        return
    except PinciteError as error:
        older = isinstance(error, IndexVersionMismatch)
        yield Finding("fail", "index", str(error), f"pincite index --index {folder}" if older else rebuild)
        return
    except OSError as error:
        yield Finding("fail", "index", f"{folder} cannot be read: {error.strerror}", "allow it, or name another folder")
        return
    held = f"{len(status.documents)} documents, {status.n_chunks} passages"
    yield Finding("ok", "index", f"{folder}: {held}, all checksums agree")
    if stale:
        yield Finding(
            "warn", "sources", f"changed since they were indexed: {', '.join(stale)}", f"pincite index --index {folder}"
        )


def _offline() -> Iterator[Finding]:
    reporters = [name for name in ("openvino_telemetry", "posthog") if sys.modules.get(name) is not None]
    if reporters:
        yield Finding("fail", "offline", f"able to report to outside hosts: {', '.join(reporters)}", "tell us of it")
    else:
        yield Finding("ok", "offline", "no model is fetched; the runtimes' analytics are shut off")


def _distribution(requirement: str) -> str:
    """Return the distribution's name at the start of a requirement."""
    return next((requirement[:i] for i, c in enumerate(requirement) if not (c.isalnum() or c in "-_.")), requirement)
