"""Options that several commands share, each defined once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pincite.reading.limits import MIN_MEMORY_BYTES, ReadingLimits

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
LlmOption = Annotated[
    str | None,
    typer.Option(
        "--llm",
        envvar="PINCITE_LLM",
        metavar="WHERE",
        help="A language model to write the answers: http://127.0.0.1:8080/v1, a GGUF file, or a model's folder.",
    ),
]
NoLlmOption = Annotated[bool, typer.Option("--no-llm", help="No language model, whatever the configuration says.")]
ModelOption = Annotated[
    str | None, typer.Option("--model", metavar="NAME", help="Which of the server's models; the first if not given.")
]
LlmContextOption = Annotated[
    int | None, typer.Option("--llm-context", min=256, metavar="TOKENS", help="Size of the model's context.")
]
LlmTimeoutOption = Annotated[
    float | None, typer.Option("--llm-timeout", min=0.1, metavar="SECONDS", help="How long to wait for the server.")
]
LlmRemoteOption = Annotated[
    bool | None,
    typer.Option("--llm-remote", help="Allow a server on another machine: passages of the documents are sent to it."),
]
StrictOption = Annotated[
    bool | None,
    typer.Option("--strict/--no-strict", help="Leave out what no passage supports, instead of marking it [?]."),
]
UnsureOption = Annotated[
    bool | None,
    typer.Option("--llm-when-unsure", help="Ask the model although the documents seem not to answer."),
]
ConnectionsOption = Annotated[
    int,
    typer.Option(
        "--connections", min=1, help="Open connections; beyond, the oldest that asks nothing is closed for the next."
    ),
]
PerAddressOption = Annotated[
    int, typer.Option("--connections-per-address", min=1, help="Of these, from one address, such as a proxy's.")
]
VisitorsOption = Annotated[
    int, typer.Option("--visitors", min=1, help="Visitors of the page whose documents are kept at most.")
]
VisitorMegabytesOption = Annotated[
    float, typer.Option("--visitor-megabytes", min=0.001, help="Documents kept for one visitor of the page at most.")
]
MinRateOption = Annotated[
    float,
    typer.Option("--min-rate", min=1, help="Bytes a second at which a body must arrive, once 30 seconds have gone."),
]
_MEGABYTE = 1_000_000
_USUAL = ReadingLimits()
USUAL_MEMORY_MB = _USUAL.memory_bytes // _MEGABYTE
USUAL_SECONDS = _USUAL.seconds
USUAL_CHARS = _USUAL.chars
ReadingMemoryOption = Annotated[
    int,
    typer.Option(
        "--reading-memory",
        min=MIN_MEMORY_BYTES // _MEGABYTE,
        metavar="MB",
        help="Refuse a file that takes more memory to read.",
    ),
]
ReadingSecondsOption = Annotated[
    float,
    typer.Option("--reading-seconds", min=0.1, metavar="SECONDS", help="Refuse a file that takes longer to read."),
]
ReadingCharsOption = Annotated[
    int,
    typer.Option("--reading-chars", min=1, metavar="CHARACTERS", help="Refuse a file that becomes a longer text."),
]


def reading_limits(memory_mb: int, seconds: float, chars: int) -> ReadingLimits:
    """Return the limits that the three options describe."""
    return ReadingLimits(memory_bytes=memory_mb * _MEGABYTE, seconds=seconds, chars=chars)
