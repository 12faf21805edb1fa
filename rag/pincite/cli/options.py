"""Options that several commands share, each defined once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_INDEX = Path("index")
DEFAULT_CORPUS = Path("corpus")

IndexOption = Annotated[
    Path,
    typer.Option("--index", envvar="PINCITE_INDEX", metavar="DIR", help="Folder of the index.", show_default=True),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]
EncoderOption = Annotated[
    str | None,
    typer.Option(
        "--encoder",
        envvar="PINCITE_ENCODER",
        metavar="MODEL",
        help="A sentence-transformers model by local path or name; the embedded default when not given.",
    ),
]
PassagesOption = Annotated[int, typer.Option("--k", min=1, max=1000, help="Number of passages.")]
DocOption = Annotated[
    list[str] | None, typer.Option("--doc", metavar="DOC_ID", help="Search only this document; may be repeated.")
]
SectionOption = Annotated[
    list[str] | None,
    typer.Option("--section", metavar="HEADING", help="Search only below this heading; may be repeated."),
]
DenseOption = Annotated[bool, typer.Option("--dense/--no-dense", help="Search by meaning.")]
LexicalOption = Annotated[bool, typer.Option("--lexical/--no-lexical", help="Search by words (BM25).")]
LateOption = Annotated[
    bool, typer.Option("--late/--no-late", help="Re-score the best candidates token by token (late interaction).")
]
MergeOption = Annotated[bool, typer.Option("--merge/--no-merge", help="Merge neighbouring short passages.")]
DeduplicateOption = Annotated[bool, typer.Option("--dedupe/--no-dedupe", help="Leave out near-duplicate passages.")]
