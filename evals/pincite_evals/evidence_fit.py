"""Fit the weights of `pincite.evidence`: ``python -m pincite_evals.evidence_fit FOLDER_OF_SETS NATO_DOCUMENT``.

Writes ``weights.json`` beside the signals that it weighs, and prints a report in which every figure says on which
questions the weights were fitted: on all (in sample), on half of each set's documents, or on the other sets only.
Questions of the sets that the cross-encoder was tuned on are judged by weights that have not seen their document, which
`pincite_evals.cross_encoder_fit --fold` writes: ``--judges`` names their folder.  What is read of each question's
passages is chosen by the committed weights: after a change of the signals, fit twice.
A set counts by a power of its size (`SET_POWER`), lest the largest decide alone what a probability means.  Every set
has an intercept of its own while slopes are fitted, since what tells its answerable questions from the others says
nothing of how hard the set is; one scale and intercept for all are fitted afterwards.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

from pincite import Assistant, Index, Scope, Span, load_encoder, update_index
from pincite.evidence.confidence import ANSWER_SIGNALS, answer_signals, ranking
from pincite.evidence.following_up import Turn, contextualise
from pincite.evidence.model import EvidenceModel, LinearModel
from pincite.evidence.selecting import select
from pincite.evidence.signals import SIGNALS, Evidence
from pincite_evals.judges import Judges, folded, shipped
from pincite_evals.reproducing import compared
from pincite_evals.tuning_pairs import TUNING_SETS, half_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pincite import Chunk, Encoder

    Floats = NDArray[np.float64]

UNTUNED_SETS = ("lit_ragbench_en",)
"""Sets not tuned on, beside those that ship."""
EVALS = Path(__file__).parents[1]
SHIPPED = ("harbour", "dehumidifier")
WEIGHTS = EVALS.parent / "rag" / "pincite" / "evidence" / "weights.json"
SCOPED = frozenset({"nato", *SHIPPED, *(each.name for each in TUNING_SETS if each.scoped)})
KEYS = {each.name: each.key for each in TUNING_SETS}
DEPTH = 10
SET_POWER = 0.35
RIDGE = 0.03
"""From .003 to .1, sets left out gain and those fitted on lose, NATO's most; see `results/evidence.md`."""
SENTENCE_SETS = frozenset({"nato", *(each.name for each in TUNING_SETS)})
"""Of which sentences are learned: gold of lit_ragbench_en is whole passages."""
SINGLE = frozenset({"nato", *SHIPPED})
"""Sets of one document, split by questions."""
THRESHOLDS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
THRESHOLD = 0.5
"""Chosen from the table of shares answered."""
# What ranks sentences before and after any is judged, and what says that they answer; the others were of no use.
READING_SIGNALS = (
    "similarity", "matched", "gap", "literal", "sound", "names", "offered", "opening", "adjacency", "passage_literal",
)  # fmt: skip
SENTENCE_SIGNALS = (*READING_SIGNALS, "judged")
ANSWER_SIGNALS_USED = (
    "similarity", "sound", "local_gap", "names", "numbered", "offered", "opening", "polarity", "opposite", "standout",
    "offered_nearby", "judged", "judged_best", "read", "read_best", "read_mean",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """A question with its evidence, and which of the sentences hold gold.

    ``group`` is the document (`SINGLE`: the question), by which halves are split.
    """

    set_name: str
    group: str
    answerable: bool
    evidence: Evidence
    touches: NDArray[np.bool_]
    gold: tuple[Span, ...]


def collect(
    name: str,
    documents: Path,
    questions: Path,
    encoder: Encoder,
    *,
    limit: int | None = None,
    judges: Judges = shipped,
) -> list[Example]:
    """Index a set, then search and gather evidence for its questions, or an evenly spaced sample of them."""
    rows = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    if limit is not None and limit < len(rows):
        rows = [rows[i] for i in np.linspace(0, len(rows) - 1, limit).astype(int)]
    with tempfile.TemporaryDirectory() as folder:
        update_index(folder, [documents], encoder=encoder)
        with Index.open(folder, encoder=encoder) as index:
            return [_example(name, row, Assistant(index, cross_encoder=judges(name, row["doc"]))) for row in rows]


def _example(name: str, row: dict[str, Any], assistant: Assistant) -> Example:
    docs = tuple(row.get("scope_docs") or ([row["doc"]] if name in SCOPED else ())) or None
    text = contextualise(row[KEYS.get(name, "question")], [Turn(**turn) for turn in row.get("history", ())])
    found = assistant.retriever.retrieve(text, k=DEPTH, scope=Scope(docs=docs))
    evidence = assistant.evidence(found)
    # The vectors have done their part; those of all questions together would take many gigabytes.
    evidence = replace(
        evidence, passages=tuple(replace(p, token_vectors=p.token_vectors[:0]) for p in evidence.passages)
    )
    gold = tuple(Span(*span) for span in row.get("spans", ()))
    places = [_place(evidence, n) for n in range(len(evidence.sentences))]
    touches = [chunk.doc_id == row["doc"] and any(span.overlaps(g) for g in gold) for chunk, span in places]
    group = row["id"] if name in SINGLE else str(row["doc"] or row.get("group"))
    return Example(name, group, row["answerable"], evidence, np.array(touches, dtype=bool), gold)


def _place(evidence: Evidence, number: int) -> tuple[Chunk, Span]:
    sentence = evidence.sentences[number]
    chunk = evidence.passages[sentence.passage].chunk
    return chunk, Span(chunk.span.start + sentence.span.start, chunk.span.start + sentence.span.end)


def fit(
    signals: Floats,
    labels: Floats,
    weights: Floats,
    names: Sequence[str],
    *,
    sets: NDArray[np.str_] | None = None,
    ridge: float = 1e-3,
) -> LinearModel:
    """Fit a logistic regression whose weights are not negative, ridge on signals of unit variance within their set.

    Parameters
    ----------
    sets
        Name of each row's set; one set for all when not given.
    """
    weights = weights / weights.sum()
    sets = np.zeros(len(labels), str) if sets is None else sets
    member = (sets[:, None] == np.unique(sets)[None]).astype(float)
    means = (member * weights[:, None]).T @ signals / (member.T @ weights)[:, None]
    centred = signals - member @ means
    scale = np.sqrt(weights @ centred**2) + 1e-6
    standard = centred / scale
    n = signals.shape[1]

    def loss(parameters: Floats) -> tuple[float, Floats]:
        slopes, intercepts = parameters[:n], parameters[n:]
        logits = standard @ slopes + member @ intercepts
        value = weights @ (np.logaddexp(0, logits) - labels * logits) + ridge * (slopes**2).sum()
        change = weights * (1 / (1 + np.exp(-logits)) - labels)
        return float(value), np.r_[standard.T @ change + 2 * ridge * slopes, member.T @ change]

    bounds = [(0, None)] * n + [(None, None)] * member.shape[1]
    found = minimize(loss, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds).x
    slopes = found[:n] / scale
    slope, intercept = 1.0, float(found[n] - means[0] @ slopes)
    if member.shape[1] > 1:
        slope, intercept = calibrate(signals @ slopes, labels, weights)
    chosen = {name: round(float(slope * value), 5) for name, value in zip(names, slopes, strict=True) if value > 1e-6}
    return LinearModel(chosen, round(intercept, 5))


def calibrate(scores: Floats, labels: Floats, weights: Floats) -> tuple[float, float]:
    """Return slope and intercept of the log odds on a score (Platt, 1999, without his smoothing)."""
    model = LogisticRegression(C=1e6).fit(scores[:, None], labels, sample_weight=weights * len(weights))
    return float(model.coef_[0][0]), float(model.intercept_[0])


def fit_sentences(examples: Sequence[Example], names: Sequence[str]) -> LinearModel:
    """Fit which of a question's sentences hold gold, by signals; a question counts the same however many it has."""
    columns = [SIGNALS.index(name) for name in names]
    used = [e for e in examples if e.touches.any() and not e.touches.all() and e.set_name in SENTENCE_SETS]
    sizes = _sizes(used)
    signals = np.concatenate([e.evidence.signals[:, columns] for e in used]).astype(float)
    weights = np.concatenate(
        [np.where(e.touches, 0.5 / e.touches.sum(), 0.5 / (~e.touches).sum()) * sizes[e.set_name] ** -0.5 for e in used]
    )
    labels = np.concatenate([e.touches for e in used]).astype(float)
    return fit(signals, labels, weights, names)


def fit_answers(examples: Sequence[Example], sentence: LinearModel) -> LinearModel:
    """Fit whether the documents answer; answerable and unanswerable weigh the same in each set.

    Sets without unanswerable questions say nothing of it.
    """
    examples = [e for e in examples if e.set_name in _telling(examples)]
    columns = [ANSWER_SIGNALS.index(name) for name in ANSWER_SIGNALS_USED]
    labels = np.array([e.answerable for e in examples], dtype=float)
    sizes = _sizes(examples)
    share = {name: np.mean([e.answerable for e in examples if e.set_name == name]) for name in sizes}
    weights = np.array(
        [
            sizes[e.set_name] ** (SET_POWER - 1) / (share[e.set_name] if e.answerable else 1 - share[e.set_name])
            for e in examples
        ]
    )
    sets = np.array([e.set_name for e in examples])
    return fit(
        _answer_rows(examples, sentence)[:, columns], labels, weights, ANSWER_SIGNALS_USED, sets=sets, ridge=RIDGE
    )


def _telling(examples: Sequence[Example]) -> frozenset[str]:
    """Return the sets that have questions of both kinds."""
    answerable, others = ({e.set_name for e in examples if e.answerable == flag} for flag in (True, False))
    return frozenset(answerable & others)


def _sizes(examples: Iterable[Example]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for example in examples:
        sizes[example.set_name] = sizes.get(example.set_name, 0) + 1
    return sizes


def _answer_rows(examples: Sequence[Example], sentence: LinearModel) -> Floats:
    model = EvidenceModel(sentence, sentence, sentence, 0.5)
    rows = [answer_signals(e.evidence, ranking(e.evidence, model=model)) for e in examples]
    return np.array(rows, dtype=float)


def predict(examples: Sequence[Example], model: EvidenceModel) -> Floats:
    """Return the probability of each question being answered."""
    logits = model.answer.logits(_answer_rows(examples, model.sentence).astype(np.float32), ANSWER_SIGNALS)
    return 0.5 * (1 + np.tanh(logits / 2))


def expected_calibration_error(labels: Floats, predicted: Floats, bins: int = 10) -> float:
    """Return the mean distance of probability and share, over bins of equally many questions."""
    parts = np.array_split(np.argsort(predicted), bins)
    return float(sum(abs(predicted[p].mean() - labels[p].mean()) * len(p) for p in parts if len(p)) / len(labels))


def train(examples: Sequence[Example]) -> EvidenceModel:
    """Fit everything to examples."""
    reading, sentence = (fit_sentences(examples, names) for names in (READING_SIGNALS, SENTENCE_SIGNALS))
    return EvidenceModel(reading, sentence, fit_answers(examples, sentence), THRESHOLD)


def report(examples: Sequence[Example]) -> str:
    """Return the tables: confidence in and out of sample, and the choice of sentences."""
    names = list(_sizes(examples))
    lines = ["| set | fitted on | AUROC | AUPR | ECE | at .5: answered | right among answered |", "|" + " --- |" * 7]
    model = train(examples)
    answered_at = [
        "",
        "| share answered, of answerable / unanswerable, at | " + " | ".join(map(str, THRESHOLDS)) + " |",
    ]
    answered_at.append("|" + " --- |" * (len(THRESHOLDS) + 1))
    for name in (name for name in names if name in _telling(examples)):
        own = [e for e in examples if e.set_name == name]
        labels = np.array([e.answerable for e in own], dtype=float)
        halves = [half_of(e.group) for e in own]
        crossed = np.zeros(len(own))
        sides = [np.flatnonzero(np.array(halves) == side) for side in (0, 1)]
        for side, there in enumerate(sides):
            other = train([e for e in examples if half_of(e.group) != side])
            crossed[there] = predict([own[i] for i in there], other)
        shares = [
            f"{(crossed[labels == 1] >= t).mean():.2f} / {(crossed[labels == 0] >= t).mean():.2f}" for t in THRESHOLDS
        ]
        answered_at.append(f"| {name}, half of the documents | " + " | ".join(shares) + " |")
        others = train([e for e in examples if e.set_name != name])
        everyone = [np.arange(len(own))]
        for label, predicted, parts in (
            ("all", predict(own, model), everyone),
            ("half of the documents", crossed, sides),
            ("the other sets", predict(own, others), everyone),
        ):
            answered = predicted >= 0.5
            lines.append(
                f"| {name} | {label} | {_mean_within(roc_auc_score, labels, predicted, parts):.3f} "
                f"| {_mean_within(average_precision_score, labels, predicted, parts):.3f} "
                f"| {expected_calibration_error(labels, predicted):.3f} "
                f"| {answered.mean():.2f} | {labels[answered].mean() if answered.any() else float('nan'):.2f} |"
            )
    lines += [
        *answered_at,
        "",
        "| set | a gold span covered | first sentence | sentences | characters: precision | recall |",
        "|" + " --- |" * 6,
    ]
    lines += [_choice(name, [e for e in examples if e.set_name == name and e.gold], model) for name in names]
    return "\n".join(lines) + "\n"


def _mean_within(
    score: Callable[[Floats, Floats], float], labels: Floats, predicted: Floats, parts: Sequence[NDArray[np.intp]]
) -> float:
    """Return a score's mean over parts, by their sizes: what two models say is not to be ranked together."""
    return float(np.average([score(labels[p], predicted[p]) for p in parts], weights=[len(p) for p in parts]))


def _choice(name: str, examples: Sequence[Example], model: EvidenceModel) -> str:
    rows = []
    for example in examples:
        chosen = select(example.evidence, model=model)
        first = select(example.evidence, model=model, most=1)
        covers = [any(s.span.covers(g) for s in picked for g in example.gold) for picked in (chosen, first)]
        given = {c for s in chosen for c in range(s.span.start, s.span.end)}
        wanted = {c for g in example.gold for c in range(g.start, g.end)}
        both = len(given & wanted)
        rows.append((*covers, len(chosen), both / max(len(given), 1), both / len(wanted)))
    mean = np.mean(rows, axis=0)
    return f"| {name} | {mean[0]:.3f} | {mean[1]:.3f} | {mean[2]:.2f} | {mean[3]:.2f} | {mean[4]:.2f} |"


def main() -> None:
    """Fit, report, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="folder of question sets")
    parser.add_argument("nato", type=Path, help="the NATO document")
    parser.add_argument("--judges", type=Path, required=True, help="folder of the cross-encoder's weights of each fold")
    parser.add_argument("--limit", type=int, help="questions of a set at most, evenly spaced")
    parser.add_argument("--dry-run", action="store_true", help="report, and leave the weights as they are")
    options = parser.parse_args()
    encoder = load_encoder()
    sources = {"nato": (options.nato, EVALS / "questions" / "nato.jsonl")}
    sources |= {name: (EVALS / "documents", EVALS / "questions" / f"{name}.jsonl") for name in SHIPPED}
    sources |= {
        name: (options.data / name / "docs", options.data / name / "questions.jsonl") for name in (*KEYS, *UNTUNED_SETS)
    }
    judges = folded(options.judges)
    examples: list[Example] = []
    for name, (documents, questions) in sources.items():
        examples += collect(name, documents, questions, encoder, limit=options.limit, judges=judges)
        print(f"{name}: evidence gathered", flush=True)
    examples = [e for e in examples if e.evidence.sentences]
    model = train(examples)
    parts = {"reading": model.reading, "sentence": model.sentence, "answer": model.answer}
    fitted: dict[str, Any] = {name: {"weights": part.weights, "bias": part.bias} for name, part in parts.items()}
    fitted["threshold"] = model.threshold
    print(report(examples))
    print(compared(fitted, json.loads(WEIGHTS.read_text(encoding="utf-8"))))
    if not options.dry_run:
        WEIGHTS.write_text(json.dumps(fitted, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
