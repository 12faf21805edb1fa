"""Every regular expression of a package, and how the package uses it, found without a list."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

METHODS = ("match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split")
_FROM_ANY_PLACE = "finditer"
"""What stands for ``findall``, ``sub`` and ``split`` too: the engine does the same for all."""
_SAME = {"findall": _FROM_ANY_PLACE, "sub": _FROM_ANY_PLACE, "subn": _FROM_ANY_PLACE, "split": _FROM_ANY_PLACE}
_FOREIGN = "pincite_evals.scoreboard.systems"
"""Scripts that run in environments of their own and meet no user's text."""


@dataclass(frozen=True, slots=True)
class FoundPattern:
    """A compiled pattern, where it stands, and by which methods it is applied.

    ``methods`` holds ``match``, ``fullmatch``, ``search`` and ``finditer``, the last also for ``findall``, ``sub`` and
    ``split``; all of them where the use cannot be told.
    """

    name: str
    pattern: re.Pattern[Any]
    methods: tuple[str, ...]


def find_patterns(*packages: str) -> list[FoundPattern]:
    """Import every module of the packages and return its patterns, those written in calls (``re.sub(...)``) too.

    Patterns are found as values of modules and of their classes, and inside tuples, lists, sets, mappings and
    dataclasses.  A pattern that other patterns are built from is found by its parts.
    """
    named: dict[int, tuple[str, re.Pattern[Any], set[str]]] = {}
    used: dict[int, set[str]] = {}
    inline: list[FoundPattern] = []
    for module in _modules(packages):
        unresolved: set[str] = set()  # methods of what is held in a table or a field, as `rule.pattern.match` is
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if not isinstance(node, ast.Attribute):
                continue
            owner = vars(module).get(node.value.id) if isinstance(node.value, ast.Name) else None
            if isinstance(owner, re.Pattern):
                # Read as a value (`.pattern`), it is a part of another.
                used.setdefault(id(owner), set()).update({node.attr} & set(METHODS))
            elif node.attr != "split" and owner is None:  # texts are split everywhere
                unresolved |= {node.attr} & set(METHODS)
        for name, value in list(vars(module).items()):
            for path, pattern in _inside(value, f"{module.__name__}.{name}"):
                held = value is not pattern
                named.setdefault(id(pattern), (path, pattern, (held and unresolved) or set(METHODS)))
        inline += _inline(module)
    found = [
        FoundPattern(name, pattern, _standing_for(used.get(key, otherwise)))
        for key, (name, pattern, otherwise) in named.items()
        if used.get(key, otherwise)
    ]
    return sorted([*found, *inline], key=lambda each: each.name)


def _standing_for(methods: set[str]) -> tuple[str, ...]:
    return tuple(sorted({_SAME.get(method, method) for method in methods}))


def _modules(packages: tuple[str, ...]) -> Iterator[ModuleType]:
    for package in packages:
        root = importlib.import_module(package)
        yield root
        for found in pkgutil.walk_packages(root.__path__, f"{package}."):
            if not found.name.endswith(".__main__") and not found.name.startswith(_FOREIGN):
                yield importlib.import_module(found.name)


def _inside(value: Any, path: str) -> Iterator[tuple[str, re.Pattern[Any]]]:
    if isinstance(value, re.Pattern):
        yield path, value
    elif isinstance(value, Mapping):
        for key, each in list(value.items()):
            yield from _inside(each, f"{path}[{key}]")
    elif isinstance(value, tuple | list | set | frozenset):
        for n, each in enumerate(value):
            yield from _inside(each, f"{path}[{n}]")
    elif isinstance(value, type):
        if value.__module__ == path.rpartition(".")[0]:
            for name, each in list(vars(value).items()):
                if isinstance(each, re.Pattern):
                    yield f"{path}.{name}", each
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _inside(getattr(value, field.name, None), f"{path}.{field.name}")


def _inline(module: ModuleType) -> Iterator[FoundPattern]:
    """Yield patterns written as the first argument of a function of ``re``, where it does not depend on a local."""
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=method), args=[written, *_]):
                if method not in METHODS:
                    continue
                flags = next((each.value for each in node.keywords if each.arg == "flags"), None)
                try:
                    text = _evaluated(written, module)
                    pattern = re.compile(text, 0 if flags is None else _evaluated(flags, module))
                except NameError:  # made of a local value, such as a word that is sought
                    continue
                yield FoundPattern(f"{module.__name__}:{node.lineno}", pattern, _standing_for({method}))


def _evaluated(written: ast.expr, module: ModuleType) -> Any:
    return eval(compile(ast.Expression(written), module.__name__, "eval"), dict(vars(module)))  # noqa: S307
