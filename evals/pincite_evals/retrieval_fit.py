"""The weights of the search, measured: ``python -m pincite_evals.retrieval_fit FOLDER_OF_SETS``.

Stage by stage on each set, then each weight moved alone, then the question whether fitting pays: weights are chosen
on half of the documents and tried on the other half, several times; then the calibration of a hit's score.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from pincite import load_encoder
from pincite.searching.calibration import INTERCEPT, RANK_SLOPE, SLOPE, features
from pincite.searching.windows import SignalWeights, place_windows
from pincite_evals.reproducing import compared
from pincite_evals.sets import load_set
from pincite_evals.staged_search import DEPTH, SETS, Case, ask, build, passage_of, row, sampled, success, tried

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPLITS = 6


def moved() -> dict[str, SignalWeights]:
    """Return the default weights, and each weight moved alone."""
    default = SignalWeights()
    variants = {"default": default}
    for field in fields(default)[1:]:
        for factor in (0.0, 0.5, 2.0):
            changed = replace(default, **{field.name: factor * getattr(default, field.name)})
            variants[f"{field.name} x {factor:g}"] = changed
    return variants


def split_check(sets: Sequence[Sequence[Case]], results: Mapping[str, Sequence[NDArray[np.float64]]]) -> list[str]:
    """Choose the best of the moved weights on half of the documents, and compare it with the default on the others."""
    lines = [
        "| split | chosen on half of the documents | success@1 + success@5 on the others, chosen - default |",
        "| --- | --- | ---: |",
    ]
    for seed in range(SPLITS):
        rng = np.random.default_rng(seed)
        fit = []
        for cases in sets:
            docs = sorted({case.question.doc for case in cases})
            half = set(rng.permutation(docs)[: max(1, len(docs) // 2)].tolist())
            fit.append(np.array([case.question.doc in half for case in cases]))

        def value(name: str, masks: Sequence[NDArray[np.bool_]]) -> float:
            return float(
                np.mean([r[mask, :2].mean() for r, mask in zip(results[name], masks, strict=True) if mask.any()])
            )

        chosen = max(results, key=lambda name: value(name, fit))
        others = [~mask for mask in fit]
        lines.append(f"| {seed} | {chosen} | {2 * (value(chosen, others) - value('default', others)):+.4f} |")
    return lines


def calibration(sets: Sequence[Sequence[Case]]) -> list[str]:
    """Fit :mod:`pincite.searching.calibration` to all questions, those without an answer too; say how true it is."""
    from sklearn.linear_model import LogisticRegression

    inputs, labels, weights, owner = [], [], [], []
    for number, cases in enumerate(sets):
        for case in cases:
            placed = place_windows(case.sentences, case.weights, k=DEPTH)
            inputs.append(features(np.array([window.score for window in placed], np.float32)))
            labels += [bool(success([passage_of(case, window)], case.question)[0]) for window in placed]
            weights += [1 / len(cases)] * len(placed)
            owner += [number] * len(placed)
    x, y, w = np.concatenate(inputs), np.array(labels), np.array(weights)
    model = LogisticRegression(C=1e4).fit(x, y, sample_weight=w * len(w) / w.sum())
    chances, first = model.predict_proba(x)[:, 1], x[:, 1] == 0
    fitted = {"SLOPE": model.coef_[0][0], "RANK_SLOPE": -model.coef_[0][1], "INTERCEPT": model.intercept_[0]}
    committed = {"SLOPE": SLOPE, "RANK_SLOPE": RANK_SLOPE, "INTERCEPT": INTERCEPT}
    lines = [
        ", ".join(f"{name} {value:.2f}" for name, value in fitted.items()) + ".",
        compared(fitted, committed),
        "",
        "| probability of the first passage | questions | expected | true |",
        "| --- | ---: | ---: | ---: |",
    ]
    for low in np.arange(0, 1, 0.2):
        held = first & (chances >= low) & (chances < low + 0.2)
        if held.any():
            share = np.average(y[held], weights=w[held])
            expected = np.average(chances[held], weights=w[held])
            lines.append(f"| {low:.1f} to {low + 0.2:.1f} | {held.sum()} | {expected:.2f} | {share:.2f} |")
    for number, cases in enumerate(sets):
        held = first & (np.array(owner) == number)
        lines.append(f"| set {number + 1} | {len(cases)} | {chances[held].mean():.2f} | {y[held].mean():.2f} |")
    return lines


def main() -> None:
    """Measure and print; with ``--out`` write the tables to a file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="folder of question sets")
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--limit", type=int, default=500, help="questions of each set")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    encoder = load_encoder()
    sets: list[list[Case]] = []
    judged: list[list[Case]] = []
    for name in arguments.sets:
        question_set = load_set(arguments.data / name)
        answerable = sampled([q for q in question_set.questions if q.answerable and q.spans], arguments.limit)
        without = sampled([q for q in question_set.questions if not q.answerable], arguments.limit)
        corpus = build(question_set, encoder)
        sets.append([ask(corpus, question, encoder) for question in answerable])
        judged.append(sets[-1] + [ask(corpus, question, encoder) for question in without])
    head = ["| | " + " | ".join(arguments.sets) + " |", "| --- |" + " --- |" * len(sets)]
    stages = [
        row(stage, [np.array([success(case.stages[stage], case.question) for case in cases]) for cases in sets])
        for stage in sets[0][0].stages
    ]
    started = perf_counter()
    results = {name: [tried(cases, weights) for cases in sets] for name, weights in moved().items()}
    each = (perf_counter() - started) / (len(results) * sum(map(len, sets)))
    lines = [
        "# The constants of the search, measured",
        "",
        f"success@1, success@5, success within 600 tokens read; up to {arguments.limit} questions of each set.",
        f"`python -m pincite_evals.retrieval_fit {arguments.data.name}`; windows took {1000 * each:.1f} ms a question.",
        "",
        *head,
        *stages,
        row("+ windows placed by sentences", results["default"]),
        "",
        "## One weight moved at a time",
        "",
        *head,
        *(row(name, result) for name, result in results.items()),
        "",
        "## Does fitting pay?",
        "",
        *split_check(sets, results),
        "",
        "## Scores as probabilities",
        "",
        *calibration(judged),
        "",
    ]
    print("\n".join(lines))
    if arguments.out is not None:
        arguments.out.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
