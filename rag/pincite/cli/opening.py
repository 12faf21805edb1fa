"""How a command comes by its index: opened, built on the first run, and compared with its sources."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from pincite.cli.options import DEFAULT_CORPUS, DEFAULT_INDEX
from pincite.cli.rendering import notice, print_failures, progress_bars
from pincite.errors import IndexNotFound
from pincite.indexing import Index, update_index
from pincite.types import IndexReport, Scope, Section


def open_index(folder: Path, encoder_name: str | None = None) -> Index:
    """Open an index; in a folder with a ``corpus`` and no index yet, build the default one first and say so."""
    if folder == DEFAULT_INDEX and not Index.exists(folder) and DEFAULT_CORPUS.is_dir():
        notice(f"no index yet: building {folder}/ from {DEFAULT_CORPUS}/ (once)")
        print_failures(update(folder, [str(DEFAULT_CORPUS)], encoder_name=encoder_name).failures)
    try:
        index = Index.open(folder, encoder=_encoder(encoder_name))
    except IndexNotFound as error:
        raise IndexNotFound(f"{error}, or try the document that comes with Pincite: `pincite demo`") from error
    if stale := index.stale():
        names = ", ".join(stale[:3]) + (f" and {len(stale) - 3} more" if len(stale) > 3 else "")
        notice(f"changed since they were indexed: {names}: run `pincite index --index {folder}` to take that in")
    return index


def update(folder: Path, paths: list[str] | None, *, encoder_name: str | None = None, **options: Any) -> IndexReport:
    """Bring an index up to date with progress bars, and make ready what asking it will need."""
    from pincite.encoding.cross_encoder import prepare_cross_encoder

    with progress_bars() as progress:
        report = update_index(folder, paths, encoder=_encoder(encoder_name), progress=progress, **options)
    prepare_cross_encoder()
    return report


def scope(docs: list[str] | None, sections: list[str] | None) -> Scope:
    """Return the scope that ``--doc`` and ``--section`` describe."""
    return Scope(docs=tuple(docs) if docs else None, sections=tuple(sections) if sections else None)


def fields(value: Any) -> dict[str, Any]:
    """Return a dataclass, and all in it, as JSON objects hold them."""
    return asdict(value)


def section_fields(section: Section) -> dict[str, Any]:
    """Return a section and all below it as JSON would hold them."""
    return {
        "heading": section.title,
        "path": list(section.path),
        "start": section.span.start,
        "end": section.span.end,
        "children": [section_fields(child) for child in section.children],
    }


def _encoder(name: str | None) -> Any:
    """Load the encoder that was named, or leave the choice to the index."""
    if name is None:
        return None
    from pincite.encoding import load_encoder

    return load_encoder(name)
