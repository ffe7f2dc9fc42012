"""Cross-validation on anyone's table: ``polysmith finetune properties --table A.csv --property Tg --split scaffold``.

Each fold is predicted by a model that was trained on the others exactly as ``--train`` and ``--test`` would: scales,
kernel weights and intervals come from the training folds alone.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from finetune.properties import metrics, splits
from finetune.properties.one_table import LEAST, NOMINAL, Answers, finite, learn_and_answer, near_duplicates
from finetune.properties.tables import Labels
from finetune.properties.train import Progress
from finetune.properties.user_tables import read_table
from tools.core.errors import InputError
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.properties.features import featurise
from tools.properties.kernels import Reference

Split = Literal["random", "cluster", "scaffold", "similarity"]
SPLITS: Final[tuple[Split, ...]] = ("random", "cluster", "scaffold", "similarity")
_TEACHING_CLUSTERS = 5
_BLOCK = 512


def cross_validate(
    table: Path,
    property: str,  # noqa: A002 - the word that every value and constraint uses
    *,
    split: Split = "random",
    folds: int = 5,
    seed: int = 0,
    log: bool | None = None,
    auxiliary: bool | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measure how well a property is learnt from a table.

    Parameters
    ----------
    table : Path
        Columns ``smiles`` and ``value``, and perhaps ``unit``, ``source`` and ``weight``; see ``user_tables``.
    property : str
        Property id or name.
    split : {"random", "cluster", "scaffold", "similarity"}
        How polymers are dealt into folds; see ``splits``.
    folds : int
        Number of folds, 2 to 20.
    seed : int
        Random seed of folds and models.
    log : bool, optional
        Work on log10 of the values; the registry says when left out.
    auxiliary : bool, optional
        Let the shipped models of other properties help. They know polymers of held-out chemistry by their other
        properties, so they help only with random folds when left out.
    progress : callable, optional
        Told one line per step.

    Returns
    -------
    dict
        "metrics" over all folds, each polymer predicted once, with mean and nearest-neighbour baselines; "per_fold"
        with "mean" and "standard_deviation" over folds; "coverage" of 90 % intervals, also per third of similarity;
        "leakage", "dropped", "rules", "notes", "predictions" and "cpu_seconds".

    Raises
    ------
    InputError
        If the table cannot be read, a fold leaves fewer than 30 polymers to learn from, or a split is not possible.
    UnknownNameError
        If the property is unknown.
    """
    tell = progress or (lambda line: None)
    started = time.process_time()
    found = get_property(property)
    logarithmic = found.log if log is None else log
    if split not in SPLITS:
        raise InputError(f"There is no split {split!r}.", hint=f"Splits: {', '.join(SPLITS)}.")
    user = read_table(table, found.id, log=logarithmic)
    labels = user.labels
    dealt = deal(labels, split, folds, seed)
    helped = split == "random" if auxiliary is None else auxiliary
    out, parts, leaks = _Held(labels), [], []
    for fold in range(folds):
        held = dealt == fold
        tell(f"fold {fold + 1} of {folds}: {int(held.sum())} polymers held out")
        train, units = take(labels, ~held), tuple(np.array(labels.units)[held].tolist())
        # where a fold is new chemistry, the intervals must have learnt about new chemistry
        clusters = _TEACHING_CLUSTERS if split in ("cluster", "scaffold") else 0
        answers = learn_and_answer(train, units, clusters=clusters, seed=seed, auxiliary=helped, progress=tell)
        out.put(held, answers, train)
        parts.append({"n": int(held.sum()), **out.scores(held), "coverage": float(out.covered[held].mean())})
        leaks.append(near_duplicates(answers, train, units)["identical_fingerprint"]["count"])
    report: dict[str, Any] = finite(
        {
            "property": found.id,
            "space": "log10" if logarithmic else found.unit,
            "split": split,
            "folds": folds,
            "seed": seed,
            "metrics": metrics.rounded({"n": len(labels), **out.scores(np.ones(len(labels), dtype=bool))}),
            "per_fold": [metrics.rounded(part) for part in parts],
            "mean": metrics.rounded(_over(parts, np.mean)),
            "standard_deviation": metrics.rounded(_over(parts, np.std)),
            "coverage": metrics.rounded(
                {"nominal": NOMINAL, "test": float(out.covered.mean()), **metrics.by_tercile(out.covered, out.best)}
            ),
            "auxiliary": answers.auxiliary,
            "leakage": {"shared": 0, "identical_fingerprint": int(sum(leaks))},
            "dropped": user.rules.totals(),
            "rules": user.rules.report(),
            "failed_rows": user.rules.failed,
            "notes": user.rules.notes,
            "predictions": out.rows(dealt, logarithmic),
            "cpu_seconds": round(time.process_time() - started, 1),
        }
    )
    return report


def deal(labels: Labels, split: Split, folds: int, seed: int) -> NDArray[np.int64]:
    """Deal polymers into folds.

    Parameters
    ----------
    labels : Labels
        n polymers.
    split : {"random", "cluster", "scaffold", "similarity"}
        How.
    folds : int
        Number of folds, 2 to 20.
    seed : int
        Random seed.

    Returns
    -------
    ndarray of int [n]
        Fold of each polymer.

    Raises
    ------
    InputError
        If a fold would be empty or leave fewer than 30 polymers to learn from.
    """
    if not 2 <= folds <= 20:
        raise InputError(f"{folds} folds cannot be made.", hint="Ask for 2 to 20.")
    if len(labels) < LEAST:
        raise InputError(f"{labels.file} has {len(labels)} usable polymers.", hint=f"Give at least {LEAST}.")
    if split == "random":
        dealt = splits.random_folds(len(labels), folds, seed)
    elif split == "scaffold":
        dealt = splits.scaffold_folds(labels.units, folds, seed)
    else:
        features = featurise([Polymer.from_smiles(unit) for unit in labels.units])
        dealt = (
            splits.cluster_folds(features, folds, seed)
            if split == "cluster"
            else splits.similarity_folds(_nearest_others(Reference.of(features)), folds, seed)
        )
    sizes = np.bincount(dealt, minlength=folds)
    if sizes.min() == 0 or len(labels) - sizes.max() < LEAST:
        raise InputError(
            f"The {split} split makes folds of {', '.join(map(str, sizes.tolist()))} polymers.",
            hint=f"Every fold must leave {LEAST} to learn from; ask for other folds or another split.",
        )
    return dealt


def _nearest_others(reference: Reference) -> NDArray[np.float64]:
    """Similarity of each polymer's most similar other polymer, without holding the whole matrix."""
    best = np.zeros(len(reference))
    for start in range(0, len(reference), _BLOCK):
        rows = np.arange(start, min(start + _BLOCK, len(reference)))
        similarity = reference.min_max("cycle", rows)
        similarity[np.arange(len(rows)), rows] = -1.0
        best[rows] = similarity.max(axis=1)
    return best


def take(labels: Labels, mask: NDArray[np.bool_]) -> Labels:
    """Return some of the labels."""
    chosen = np.flatnonzero(mask)
    return replace(
        labels,
        units=tuple(labels.units[place] for place in chosen),
        values=labels.values[chosen],
        weights=labels.weights[chosen],
        sources=tuple(labels.sources[place] for place in chosen),
        spreads=labels.spreads[chosen] if len(labels.spreads) else labels.spreads,
    )


class _Held:
    """Predictions of held-out polymers, gathered fold by fold."""

    def __init__(self, labels: Labels) -> None:
        count = len(labels)
        self.labels = labels
        self.mean, self.half, self.best = (np.zeros(count) for _ in range(3))
        self.base, self.nearest = np.zeros(count), np.zeros(count)
        self.covered, self.in_domain = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)

    def put(self, held: NDArray[np.bool_], answers: Answers, train: Labels) -> None:
        self.mean[held], self.half[held], self.best[held] = answers.mean, answers.half, answers.best
        self.in_domain[held] = answers.in_domain
        self.base[held], self.nearest[held] = train.values.mean(), train.values[answers.nearest]
        self.covered[held] = np.abs(self.labels.values[held] - answers.mean) <= answers.half

    def scores(self, held: NDArray[np.bool_]) -> dict[str, Any]:
        named = {"blend": self.mean, "mean_predictor": self.base, "nearest_neighbour": self.nearest}
        return {name: metrics.scores(self.labels.values[held], numbers[held]) for name, numbers in named.items()}

    def rows(self, dealt: NDArray[np.int64], log: bool) -> list[dict[str, Any]]:
        columns = (self.labels.values, self.mean, self.mean - self.half, self.mean + self.half)
        shown = [(10.0**numbers if log else numbers).tolist() for numbers in columns]
        kept = zip(self.labels.units, *shown, self.in_domain.tolist(), dealt.tolist(), strict=True)
        names = ("unit", "value", "predicted", "lower", "upper", "in_domain", "fold")
        return [dict(zip(names, row, strict=True)) for row in kept]


def _over(parts: list[dict[str, Any]], reduce: Any) -> dict[str, Any]:
    """Reduce the numbers of the folds to one, name by name."""
    return {
        name: _over([part[name] for part in parts], reduce)
        if isinstance(parts[0][name], dict)
        else float(reduce([part[name] for part in parts]))
        for name in parts[0]
        if name != "n"
    }
