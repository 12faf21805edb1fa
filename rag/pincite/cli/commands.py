"""The commands: index, search, ask, batch, sections, show, status, doctor; others are put in here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pincite.cli.demo import demo_command
from pincite.cli.language_model import language_model
from pincite.cli.mcp import mcp_command
from pincite.cli.opening import fields, open_index, scope, section_fields, update
from pincite.cli.options import (
    DEFAULT_INDEX,
    DeduplicateOption,
    DenseOption,
    DocOption,
    EncoderOption,
    IndexOption,
    JsonOption,
    LateOption,
    LexicalOption,
    LlmContextOption,
    LlmOption,
    LlmRemoteOption,
    LlmTimeoutOption,
    MergeOption,
    ModelOption,
    NoLlmOption,
    PassagesOption,
    SectionOption,
    StrictOption,
    UnsureOption,
)
from pincite.cli.plugins import CommandWithPlugins
from pincite.cli.rendering import (
    notice,
    out,
    print_answer,
    print_failures,
    print_hits,
    print_json,
    print_report,
    print_sections,
    print_table,
    progress_bars,
    shown,
)
from pincite.cli.serving import key_app, serve_command
from pincite.errors import QuestionError
from pincite.types import Span, Stages

app = typer.Typer(
    name="pincite",
    cls=CommandWithPlugins,
    help="Ask your documents; every answer is pinned to the exact characters it came from.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        typer.echo(f"pincite {version('pincite')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


@app.command("index", epilog="Example: pincite index ~/contracts notes.md --index index")
def index_command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders (recursively) or globs; none: the ones indexed before, as they are now."),
    ] = None,
    folder: IndexOption = DEFAULT_INDEX,
    encoder: EncoderOption = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Start afresh, whatever is there.")] = False,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="DOC_ID", help="Drop the document with this id; may be repeated."),
    ] = None,
    max_megabytes: Annotated[float, typer.Option("--max-mb", min=0.001, help="Refuse files larger than this.")] = 100,
    as_json: JsonOption = False,
) -> None:
    """Read documents into the index; only what changed is encoded again, and what was deleted is dropped."""
    report = update(
        folder,
        paths,
        encoder_name=encoder,
        rebuild=rebuild,
        remove=remove or (),
        max_bytes=int(max_megabytes * 1_000_000),
    )
    if as_json:
        print_json({**fields(report), "index": str(folder)})
    else:
        print_report(report, str(folder))
        print_failures(report.failures)
    if report.failures:
        raise typer.Exit(1)


@app.command("search", epilog='Example: pincite search "cyber incidents" --k 3')
def search_command(
    query: Annotated[str, typer.Argument(help="What to look for.")],
    folder: IndexOption = DEFAULT_INDEX,
    k: PassagesOption = 5,
    docs: DocOption = None,
    sections: SectionOption = None,
    dense: DenseOption = True,
    lexical: LexicalOption = True,
    late: LateOption = True,
    merge: MergeOption = True,
    dedupe: DeduplicateOption = True,
    encoder: EncoderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the passages nearest to a query."""
    from pincite.searching import Retriever

    with open_index(folder, encoder) as index:
        hits = Retriever(index).search(
            query, k=k, scope=scope(docs, sections), stages=Stages(dense, lexical, late, merge, dedupe)
        )
    if as_json:
        print_json({"query": query, "hits": [hit.to_dict() for hit in hits]})
    else:
        print_hits(hits)


@app.command("ask", epilog='Example: pincite ask "What does Article 5 say?"')
def ask_command(
    question: Annotated[str, typer.Argument(help="A question in plain words.")],
    folder: IndexOption = DEFAULT_INDEX,
    k: PassagesOption = 10,
    docs: DocOption = None,
    sections: SectionOption = None,
    after: Annotated[
        list[str] | None,
        typer.Option("--after", metavar="QUESTION", help="An earlier question that this one follows; may be repeated."),
    ] = None,
    dense: DenseOption = True,
    lexical: LexicalOption = True,
    late: LateOption = True,
    merge: MergeOption = True,
    dedupe: DeduplicateOption = True,
    encoder: EncoderOption = None,
    llm: LlmOption = None,
    no_llm: NoLlmOption = False,
    model: ModelOption = None,
    llm_context: LlmContextOption = None,
    llm_timeout: LlmTimeoutOption = None,
    llm_remote: LlmRemoteOption = None,
    strict: StrictOption = None,
    llm_when_unsure: UnsureOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question, each sentence with its citation, or say that the documents do not answer.

    In the documents' own sentences, unless a language model is named; then in its own, each held against the documents.
    """
    from pincite.answering import Assistant

    chosen = language_model(
        llm,
        none=no_llm,
        model=model,
        context=llm_context,
        timeout=llm_timeout,
        remote=llm_remote,
        strict=strict,
        when_unsure=llm_when_unsure,
    )
    with open_index(folder, encoder) as index:
        answer = Assistant(index, generator=chosen.generator, writing=chosen.writing).ask(
            question,
            k=k,
            history=tuple(after or ()),
            scope=scope(docs, sections),
            stages=Stages(dense, lexical, late, merge, dedupe),
        )
    if as_json:
        print_json({**answer.to_dict(), **answer.how()})
    else:
        print_answer(answer)


@app.command("batch", epilog="Example: pincite batch questions.jsonl --out answers.jsonl")
def batch_command(
    questions: Annotated[Path, typer.Argument(help="Questions as JSON Lines, CSV or plain lines.")],
    answers: Annotated[
        Path,
        typer.Option(
            "--out", metavar="ANSWERS.jsonl", help="Where the answers go; ANSWERS.jsonl.state beside it says from what."
        ),
    ],
    folder: IndexOption = DEFAULT_INDEX,
    k: PassagesOption = 10,
    restart: Annotated[bool, typer.Option("--restart", help="Answer all anew instead of resuming.")] = False,
    dense: DenseOption = True,
    lexical: LexicalOption = True,
    late: LateOption = True,
    merge: MergeOption = True,
    dedupe: DeduplicateOption = True,
    encoder: EncoderOption = None,
    llm: LlmOption = None,
    no_llm: NoLlmOption = False,
    model: ModelOption = None,
    llm_context: LlmContextOption = None,
    llm_timeout: LlmTimeoutOption = None,
    llm_remote: LlmRemoteOption = None,
    strict: StrictOption = None,
    llm_when_unsure: UnsureOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a file of questions, one JSON line each; run it again to resume where it stopped."""
    from pincite.answering import Assistant
    from pincite.batch import read_questions, run_batch

    if answers.exists() and questions.exists() and answers.samefile(questions):
        raise QuestionError(f"{answers}: the answers would overwrite the questions: name another file with --out")
    chosen = language_model(
        llm,
        none=no_llm,
        model=model,
        context=llm_context,
        timeout=llm_timeout,
        remote=llm_remote,
        strict=strict,
        when_unsure=llm_when_unsure,
    )
    file = read_questions(questions)
    with open_index(folder, encoder) as index, progress_bars(quiet=as_json) as progress:
        assistant = Assistant(
            index,
            stages=Stages(dense, lexical, late, merge, dedupe),
            generator=chosen.generator,
            writing=chosen.writing,
        )
        report = run_batch(assistant, file.questions, answers, k=k, restart=restart, progress=progress)
    failures = (*file.failures, *report.failures)
    if as_json:
        print_json(
            {
                "out": str(answers),
                "answered": report.answered,
                "abstained": report.abstained,
                "resumed": report.resumed,
                "failures": [fields(failure) for failure in failures],
            }
        )
    else:
        before = f", {report.resumed} answered before" if report.resumed else ""
        out.print(shown(f"{report.answered} answered, {report.abstained} abstained{before}: {answers}"))
        print_failures(failures)
    if failures:
        raise typer.Exit(1)


@app.command("sections", epilog="Example: pincite sections nato-defense-policies.txt")
def sections_command(
    doc_id: Annotated[str, typer.Argument(help="Id of a document, as `pincite status` lists them.")],
    folder: IndexOption = DEFAULT_INDEX,
    as_json: JsonOption = False,
) -> None:
    """Print a document's tree of sections."""
    with open_index(folder) as index:
        document = index.document(doc_id)
    if as_json:
        print_json({"doc_id": doc_id, "root": section_fields(document.root)})
    else:
        print_sections(document)


@app.command("show", epilog="Example: pincite show nato-defense-policies.txt --start 0 --end 120")
def show_command(
    doc_id: Annotated[str, typer.Argument(help="Id of a document, as `pincite status` lists them.")],
    start: Annotated[int, typer.Option(min=0, help="First character.")] = 0,
    end: Annotated[
        int | None, typer.Option(min=0, help="One past the last character; the text's end if not given.")
    ] = None,
    folder: IndexOption = DEFAULT_INDEX,
    as_json: JsonOption = False,
) -> None:
    """Print a document's text, or the characters [start, end) of it."""
    with open_index(folder) as index:
        document = index.document(doc_id)
    span = Span(start, max(start, len(document.text)) if end is None else end)
    text = document.quote(span)
    if as_json:
        print_json({"doc_id": doc_id, "start": span.start, "end": span.end, "text": text})
    else:
        out.print(shown(text), soft_wrap=True)


@app.command("status", epilog="Example: pincite status --json")
def status_command(folder: IndexOption = DEFAULT_INDEX, as_json: JsonOption = False) -> None:
    """List what the index holds, and which sources have changed since."""
    with open_index(folder) as index:
        status = index.status()
    if as_json:
        print_json(fields(status))
        return
    print_table(
        ["document", "title", "passages", "characters", "source"],
        [[d.doc_id, d.title, str(d.n_chunks), str(d.n_chars), d.state] for d in status.documents],
    )
    created = status.created.astimezone().strftime("%Y-%m-%d %H:%M")
    held = f"{len(status.documents)} documents, {status.n_chunks} passages"
    notice(f"{folder}: {held}, built {created} with {status.encoder}")


@app.command("doctor", epilog="Example: pincite doctor --index index")
def doctor_command(
    folder: IndexOption = DEFAULT_INDEX, encoder: EncoderOption = None, as_json: JsonOption = False
) -> None:
    """Check the installation, the encoder, the index and the offline state; each finding comes with its remedy."""
    from pincite.cli.doctor import examine

    findings = examine(folder, encoder)
    if as_json:
        print_json([fields(finding) for finding in findings])
    else:
        print_table(
            ["", "check", "finding", "remedy"],
            [[finding.state, finding.check, finding.detail, finding.remedy] for finding in findings],
        )
    if any(finding.state == "fail" for finding in findings):
        raise typer.Exit(1)


app.command("demo", epilog="Example: pincite demo")(demo_command)
app.command("mcp", epilog="Example: pincite mcp --index ~/contracts-index")(mcp_command)
app.command("serve", epilog="Example: pincite serve --port 8000")(serve_command)
app.add_typer(key_app, name="key")
