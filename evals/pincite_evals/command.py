"""The command ``pincite eval``: measure how well questions are answered."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pincite import MissingExtra, PinciteError, QuestionError, Stages
from pincite.cli.opening import open_index
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
    MergeOption,
)
from pincite.cli.rendering import out, print_failures, print_json, print_table, progress_bars, shown

DEFAULT_OUT = Path("pincite-eval")
EVALUATION, HTML, MARKDOWN = "evaluation.json", "report.html", "report.md"


class _RunByDefault(TyperGroup):
    """``eval QUESTIONS`` is ``eval run QUESTIONS``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["run", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_RunByDefault,
    help="Measure how well questions are answered; `eval QUESTIONS` is short for `eval run QUESTIONS`.",
    epilog="Example: pincite eval questions.jsonl --out pincite-eval",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("run", epilog="Example: pincite eval questions.jsonl --out pincite-eval")
def run_command(
    questions: Annotated[
        Path | None, typer.Argument(help="Questions with what is known of their answers: JSON Lines or CSV.")
    ] = None,
    folder: IndexOption = DEFAULT_INDEX,
    report: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder for the report, the figures and the answers.")
    ] = DEFAULT_OUT,
    answers: Annotated[
        Path | None,
        typer.Option("--answers", metavar="ANSWERS.jsonl", help="Score what `pincite batch` wrote; ask nothing."),
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option("--compare", metavar="OLD.json NEW.json", help="Compare two evaluations; ask nothing."),
    ] = None,
    gate: Annotated[
        bool,
        typer.Option("--fail-on-regression", help="With --compare: exit with 1 when the new run is worse."),
    ] = False,
    scope_to_doc: Annotated[
        bool, typer.Option("--scope-to-doc/--no-scope-to-doc", help="Ask each question within its `doc` only.")
    ] = True,
    threshold: Annotated[
        float | None, typer.Option("--threshold", min=0, max=1, help="How sure to be before answering.")
    ] = None,
    k: Annotated[int, typer.Option("--k", min=10, max=1000, help="Number of passages that are judged.")] = 10,
    restart: Annotated[bool, typer.Option("--restart", help="Answer all anew instead of resuming.")] = False,
    dense: DenseOption = True,
    lexical: LexicalOption = True,
    late: LateOption = True,
    merge: MergeOption = True,
    dedupe: DeduplicateOption = True,
    encoder: EncoderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer questions and score the answers; run it again to resume.  Or compare two such runs."""
    if (questions is None) is (compare is None):
        raise QuestionError("expected a file of questions, or --compare OLD.json NEW.json, and not both")
    if compare is not None:
        _compare(*compare, report=report, gate=gate, as_json=as_json)
        return
    assert questions is not None
    if gate:
        raise QuestionError("--fail-on-regression goes with --compare OLD.json NEW.json")
    modules = _extra()
    from pincite import Assistant

    with open_index(folder, encoder) as index:
        if answers is not None:
            evaluation = modules.running.evaluate_answers(index, questions, answers, scope_to_doc=scope_to_doc)
        else:
            assistant = Assistant(index, stages=Stages(dense, lexical, late, merge, dedupe), threshold=threshold)
            with progress_bars(quiet=as_json) as progress:
                evaluation = modules.running.evaluate(
                    assistant, questions, report, k=k, scope_to_doc=scope_to_doc, restart=restart, progress=progress
                )
        modules.evaluation.write_evaluation(evaluation, report / EVALUATION)
        _write(report / HTML, modules.report.evaluation_html(evaluation, index.document))
        _write(report / MARKDOWN, modules.report.evaluation_markdown(evaluation))
    wording = modules.wording
    if as_json:
        print_json(
            {
                "out": str(report),
                "headline": wording.headline(evaluation),
                "measures": {
                    each.measure.name: {
                        "value": each.value,
                        "low": each.low,
                        "high": each.high,
                        "n": each.n,
                        "not_scored": each.not_scored,
                    }
                    for each in evaluation.estimates
                },
                "failures": [{"source": source, "reason": reason} for source, reason in evaluation.failures],
            }
        )
    else:
        out.print(shown(wording.headline(evaluation)))
        print_table(
            ("measure", "value", "95 % interval", "questions", "not scored"),
            [
                (
                    each.measure.name,
                    wording.figure(each.value, each.measure),
                    f"{wording.figure(each.low, each.measure)} to {wording.figure(each.high, each.measure)}",
                    str(each.n),
                    str(each.not_scored),
                )
                for each in wording.headlines(evaluation)
            ],
        )
        out.print(shown(f"{report / HTML}: every failure with its passages; {report / EVALUATION}: all figures"))
        from pincite import Failure

        print_failures([Failure(source, reason) for source, reason in evaluation.failures])
    if evaluation.failures:
        raise typer.Exit(1)


@app.command("init", epilog="Example: pincite eval init --out questions.jsonl --per-document 20")
def init_command(
    questions: Annotated[Path, typer.Option("--out", metavar="QUESTIONS.jsonl", help="Where the draft goes.")],
    folder: IndexOption = DEFAULT_INDEX,
    docs: DocOption = None,
    per_document: Annotated[int, typer.Option("--per-document", min=1, help="Questions about each document.")] = 20,
    unanswerable: Annotated[
        float, typer.Option("--unanswerable", min=0, max=1, help="Share that the document does not answer.")
    ] = 0.3,
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another draft.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Draft a question file about the indexed documents, by rules on English text, for you to correct."""
    from pincite_evals.drafting import draft, write_drafts

    if questions.exists():
        raise QuestionError(f"{questions}: is there already: name another file with --out, or move it away")
    with open_index(folder) as index:
        names = docs or [each.doc_id for each in index.status().documents]
        drafts = draft(
            [index.document(name) for name in names], per_document=per_document, unanswerable=unanswerable, seed=seed
        )
    if not drafts:
        raise QuestionError(f"{', '.join(names)}: found no sentence to ask about: write the questions by hand")
    write_drafts(drafts, questions)
    n_todo = sum(each.todo for each in drafts)
    n_absent = sum(not each.answerable for each in drafts)
    if as_json:
        print_json({"out": str(questions), "questions": len(drafts), "todo": n_todo, "unanswerable": n_absent})
    else:
        out.print(
            shown(
                f"{questions}: {len(drafts) - n_todo - n_absent} questions made by rule, {n_todo} to be written, "
                f"{n_absent} thought to be unanswerable. Read all of them before you measure with them."
            )
        )


def _compare(old: Path, new: Path, *, report: Path, gate: bool, as_json: bool) -> None:
    modules = _extra()
    before, after = modules.evaluation.read_evaluation(old), modules.evaluation.read_evaluation(new)
    comparison = modules.comparing.compare(before, after)
    _write(report / "comparison.html", modules.report.comparison_html(comparison, str(old), str(new)))
    _write(report / "comparison.md", modules.report.comparison_markdown(comparison))
    if as_json:
        print_json(
            {
                "out": str(report),
                "shared": comparison.shared,
                "measures": {
                    change.measure.name: {
                        "old": change.old,
                        "new": change.new,
                        "p_value": change.test.p_value,
                        "verdict": change.verdict,
                    }
                    for change in comparison.changes
                },
                "flips": [
                    {"id": flip.new.id, "old": flip.old.outcome, "new": flip.new.outcome} for flip in comparison.flips
                ],
                "regressions": [change.measure.name for change in comparison.regressions],
            }
        )
    else:
        wording = modules.wording
        out.print(shown(wording.comparison_headline(comparison)))
        print_table(
            ("measure", "old", "new", "change", "p", ""),
            [
                (
                    change.measure.name,
                    wording.figure(change.old, change.measure),
                    wording.figure(change.new, change.measure),
                    f"{change.test.difference:+.3f}",
                    f"{change.test.p_value:.3f}",
                    change.verdict,
                )
                for change in comparison.changes
            ],
        )
        out.print(shown(f"{len(comparison.flips)} questions flipped: {report / 'comparison.html'}"))
    if gate and comparison.regressions:
        names = ", ".join(change.measure.name for change in comparison.regressions)
        raise PinciteError(f"worse than {old}: {names}: see {report / 'comparison.md'}")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _extra() -> Any:
    """Import what evaluation needs, or say how to install it."""
    try:
        from pincite_evals import comparing, evaluation, report, running
        from pincite_evals.report import wording
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith("pincite"):
            raise
        raise MissingExtra(f"evaluation needs {error.name}: pip install 'pincite[eval]'") from error
    from types import SimpleNamespace

    return SimpleNamespace(comparing=comparing, evaluation=evaluation, report=report, running=running, wording=wording)
