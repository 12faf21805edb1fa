"""Ask your documents; every answer is pinned to the exact characters it came from.

The names are in `__init__.pyi`; each is imported when it is first used.
"""

# Whole before any name is used: `dataclasses` looks at `typing` as far as another thread has imported it, and fails.
import typing as _typing  # noqa: F401

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
