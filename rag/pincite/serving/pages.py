"""The page beside the API, which another package brings under the entry points of the group ``pincite.pages``.

An entry point names a function that takes the index, its folder, a folder for data, host, port, password, what reading
an uploaded file may take, how much is kept for visitors and, if there is one, the language model.  It returns a FastAPI
application, which guards itself.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Unpack

from pincite.errors import PinciteError
from pincite.indexing import Index
from pincite.reading import ReadingLimits
from pincite.serving.collections import Generating
from pincite.web.limits import KeepingLimits
from pincite.web.private import private_folder

GROUP = "pincite.pages"


def open_page(
    index: Index,
    folder: Path,
    data: Path,
    *,
    host: str,
    port: int,
    password: str | None,
    limits: ReadingLimits | None = None,
    keeping: KeepingLimits | None = None,
    **options: Unpack[Generating],
) -> Any:
    """Return the application that serves the page.

    Raises
    ------
    PinciteError
        No package brings one, or what it needs is not installed (`MissingExtra`).
    """
    found = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    if not found:
        raise PinciteError("no package brings a page")
    try:
        make = found[0].load()
    except ImportError as error:
        raise PinciteError(f"the page of {found[0].value} cannot be imported: {error}") from error
    return make(
        index,
        folder,
        private_folder(data),
        host=host,
        port=port,
        password=password,
        limits=limits,
        keeping=keeping,
        **options,
    )
