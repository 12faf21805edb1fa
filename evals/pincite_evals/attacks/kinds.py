"""The kinds of attack by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

from pincite_evals.attacks.trials import Plan, Trial

KINDS = {
    "page": "file objects with the server's paths in every event, forged cookies, other visitors' documents",
    "http": "other tenants' documents, malformed requests, Host and Origin, paths and keys in errors",
    "connections": "half-sent headers, dripping bodies, floods of one key or address, guessing the password",
    "models": "what a hostile language model writes: links, markup, false citations, without end",
    "traces": "what is left on the disk and in the process: modes, temporary files, descriptors, lines of failures",
    "growth": "texts made to be read slowly",
    "bombs": "small files that become large",
    "inputs": "generated hostile files beside good ones, from a folder and over HTTP",
    "flips": "bits of an index flipped, at random and in its quotes",
    "kills": "writers, readers and servers killed at any moment",
}


def attack_of(kind: str) -> Callable[[Plan], Iterator[Trial]]:
    """Return what tries a kind of attack; its module is imported when it is needed."""
    found: Callable[[Plan], Iterator[Trial]] = import_module(f"pincite_evals.attacks.{kind}").attack
    return found
