"""The tables of a run over the questions by kind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pincite_evals.kinds.judging import TRAP, Judged
from pincite_evals.measures.abstention import auroc

_HEAD = (
    "kind",
    "questions",
    "right",
    "share",
    "groups cited",
    "refused",
    "short answer named",
    "its traps refused",
    "AUROC",
    "markup",
    "label",
    "repeated",
)


def counts(judged: Sequence[Judged]) -> str:
    """Return a row for each kind, and one for all answerable questions, as a Markdown table.

    Right is: all gold groups cited; of traps and questions in another language, refused; of questions about the
    collection, answered without a citation, or with every document named.
    """
    traps = [each for each in judged if each.kind == TRAP]
    beside = {str(each.asked.question.fields.get("beside")): each for each in traps}
    rows = []
    for kind in dict.fromkeys([*sorted({each.kind for each in judged} - {TRAP}), TRAP]):
        own = [each for each in judged if each.kind == kind]
        rows.append(_row(kind, own, [beside[each.asked.id] for each in own if each.asked.id in beside], traps))
    answerable = [each for each in judged if each.asked.gold.answerable]
    rows.append(_row("**all answerable**", answerable, traps, traps))
    ruler = ["---", *["---:"] * (len(_HEAD) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (_HEAD, ruler, *rows))


def failures(judged: Sequence[Judged]) -> str:
    """Return a line for each question that was not answered as it should be."""
    lines = []
    for each in judged:
        if each.right:
            continue
        if each.share is None:
            became = "refused" if each.refused else f"answered, confidence {each.confidence:.2f}"
        elif each.refused:
            became = f"refused, confidence {each.confidence:.2f}"
        else:
            became = f"{each.share:.0%} of the gold cited"
        lines.append(f"- `{each.asked.id}` ({each.kind}) {each.asked.question.text}: {became}")
    return "\n".join(lines)


def _row(kind: str, own: Sequence[Judged], own_traps: Sequence[Judged], traps: Sequence[Judged]) -> list[str]:
    named = [each.named for each in own if each.named is not None]
    shares = [each.share for each in own if each.share is not None]
    answerable = [each for each in own if each.asked.gold.answerable]
    area = _auroc(answerable, traps) if answerable and traps else None
    return [
        kind,
        str(len(own)),
        str(sum(each.right for each in own)),
        f"{np.mean([each.right for each in own]):.2f}" if own else "",
        f"{np.mean(shares):.2f}" if shares else "",
        str(sum(each.refused for each in own)),
        f"{sum(named)} of {len(named)}" if named else "",
        f"{sum(each.right for each in own_traps)} of {len(own_traps)}" if own_traps else "",
        "" if area is None else f"{area:.2f}",
        str(sum(each.markup for each in own)),
        str(sum(each.label for each in own)),
        str(sum(each.repeated for each in own)),
    ]


def _auroc(answerable: Sequence[Judged], traps: Sequence[Judged]) -> float:
    """Return how well the confidence tells these questions from all traps."""
    known = np.array([True] * len(answerable) + [False] * len(traps))
    return auroc(known, np.array([each.confidence for each in (*answerable, *traps)]))
