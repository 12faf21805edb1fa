"""``pincite demo``: the document that comes with Pincite, to try it in an empty folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import pincite
from pincite.cli.opening import open_index, update
from pincite.cli.options import DEFAULT_CORPUS, DEFAULT_INDEX, IndexOption
from pincite.cli.rendering import notice, print_answer
from pincite.errors import PinciteError
from pincite.indexing import Index

DOCUMENT = "nato-defense-policies.txt"
QUESTION = "What does Article 5 say?"

_PACKAGE = Path(pincite.__file__).parent
_PLACES = (_PACKAGE / "corpus", _PACKAGE.parents[1] / "corpus")
"""Where the document lies in an installation, and in a checkout."""


def demo_command(
    corpus: Annotated[
        Path, typer.Argument(metavar="[FOLDER]", help="Where to put the document; made where it is missing.")
    ] = DEFAULT_CORPUS,
    folder: IndexOption = DEFAULT_INDEX,
) -> None:
    """Put the document that comes with Pincite into a folder, index it, and ask it a question."""
    from pincite.answering import Assistant

    if Index.exists(folder):
        raise PinciteError(f"{folder} holds an index already: ask it, or name another folder with --index")
    content = _document()
    corpus.mkdir(parents=True, exist_ok=True)
    target = corpus / DOCUMENT
    try:
        with target.open("xb") as file:
            file.write(content)
        notice(f"wrote {target}")
    except FileExistsError:
        notice(f"{target} is there already")
    update(folder, [str(target)])
    notice(f"$ pincite ask {QUESTION!r}")
    with open_index(folder) as index:
        print_answer(Assistant(index).ask(QUESTION))
    notice("Now ask your own documents: pincite index PATH..., then pincite ask QUESTION")


def _document() -> bytes:
    """Return the document that comes with Pincite.

    Raises
    ------
    PinciteError
        It is not where it should be.
    """
    for place in _PLACES:
        if (place / DOCUMENT).is_file():
            return (place / DOCUMENT).read_bytes()
    raise PinciteError(f"{DOCUMENT} is missing from the installation: pip install --force-reinstall --no-deps pincite")
