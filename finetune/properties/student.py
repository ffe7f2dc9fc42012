"""Train the fast tier: networks that learn all properties at once, from labels and from Gaussian processes.

The teachers are the Gaussian processes of the first stage, and further ones for properties that it lacks. They answer
for every training polymer, so that a polymer with one label teaches all properties. Held-out numbers forget a fold
altogether: its polymers are no inputs of the networks, and the teachers' coefficients are recomputed without its labels
(``FirstStage.forgetting``).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from finetune.properties import metrics
from finetune.properties.network import Recipe, train_network
from finetune.properties.tables import Labels
from tools.properties.environments import ENVIRONMENT_VERSION, Counts
from tools.properties.intervals import Calibration, calibrate, cross_scores, pack
from tools.properties.screening import (
    SCREENING_JSON,
    SCREENING_NPZ,
    Network,
    dense_block,
    difficulty,
    inputs,
    pack_network,
    standardised,
    unseen_shares,
)

FloatArray = NDArray[np.float64]
Teacher = Callable[[int], FloatArray]

MEMBERS = 2
_COLUMNS, _RARE = 2000, 5
_TAUGHT = 0.3  # how far an answer of a teacher counts beside a label
_BLENDED = 0.5  # share of the label where there is a teacher too
_MOST_WEIGHT = 2.0
_INSIDE = 0.95


@dataclass(frozen=True)
class Lesson:
    """What the networks learn from.

    Attributes
    ----------
    counts : Counts
        N polymers.
    labels : dict of str to Labels
        By property id, p of them.
    rows : dict of str to ndarray of int
        Where the labelled polymers stand among the N.
    folds : ndarray of int [N]
        Folds of all polymers.
    teacher : callable
        Fold to answers [N, t] of the teachers without it (-1: with all), the p properties first (NaN: no teacher).
    """

    counts: Counts
    labels: dict[str, Labels]
    rows: dict[str, NDArray[np.int64]]
    folds: NDArray[np.int64]
    teacher: Teacher

    @property
    def table(self) -> tuple[FloatArray, FloatArray]:
        """Labels and their weights, [N, p], NaN and 0 where there is none."""
        values = np.full((len(self.counts), len(self.labels)), np.nan)
        weights = np.zeros_like(values)
        for place, (name, labels) in enumerate(self.labels.items()):
            values[self.rows[name], place] = labels.values
            weights[self.rows[name], place] = np.minimum(labels.weights, _MOST_WEIGHT)
        return values, weights


@dataclass(frozen=True)
class Class:
    """Networks that had the same lesson, and what they need to read a polymer."""

    columns: NDArray[np.int64]
    dense_centre: FloatArray
    dense_spread: FloatArray
    centre: FloatArray
    spread: FloatArray
    networks: list[list[NDArray[np.float32]]]

    def answers(self, counts: Counts, rows: NDArray[np.int64]) -> FloatArray:
        """Return what each network says about some polymers, [members, rows, p] in model space."""
        logs, shares = inputs(counts, self.columns)
        dense = standardised(dense_block(counts.sums[rows]), self.dense_centre, self.dense_spread)
        every = np.arange(len(self.columns))
        found = [
            Network(*(layer.astype(np.float16).astype(np.float64) for layer in layers))(
                logs[rows], shares[rows], dense, every
            )
            for layers in self.networks
        ]
        return np.stack(found) * self.spread + self.centre


def teach(lesson: Lesson, without: int, seed: int, recipe: Recipe, members: int = MEMBERS) -> Class:
    """Train networks on all folds but one.

    Parameters
    ----------
    lesson : Lesson
        What they learn from.
    without : int
        Fold that they never see; -1 for none.
    seed : int
        Random seed.
    recipe : Recipe
        Size and length of training.
    members : int
        How many networks.

    Returns
    -------
    Class
        Trained.
    """
    rows = np.flatnonzero(lesson.folds != without)
    columns = choose_columns(lesson.counts, rows)
    logs, shares = inputs(lesson.counts, columns)
    seen = sparse.hstack([logs, shares]).tocsr()[rows].astype(np.float32)
    dense = dense_block(lesson.counts.sums[rows])
    dense_centre, dense_spread = dense.mean(axis=0), dense.std(axis=0) + 1e-6
    values, weights = (part[rows] for part in lesson.table)
    target, weight, centre, spread = targets(values, weights, lesson.teacher(without)[rows])
    read = standardised(dense, dense_centre, dense_spread).astype(np.float32)
    count = values.shape[1]
    networks = []
    for member in range(members):
        layers = train_network(seen, read, target, weight, seed + member, recipe)
        networks.append([*layers[:5], layers[5][:, :count], layers[6][:count]])  # further teachers only helped
    return Class(columns, dense_centre, dense_spread, centre[:count], spread[:count], networks)


def choose_columns(counts: Counts, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Choose the environments that most of some polymers have, ascending."""
    have = np.bincount(counts.environments[rows].indices, minlength=len(counts.ids))
    order = np.argsort(-have, kind="stable")[:_COLUMNS]
    return np.sort(order[have[order] >= _RARE]).astype(np.int64)


def targets(
    values: FloatArray, weights: FloatArray, taught: FloatArray
) -> tuple[NDArray[np.float32], NDArray[np.float32], FloatArray, FloatArray]:
    """Blend labels with the answers of teachers.

    Parameters
    ----------
    values, weights : ndarray [n, p]
        Labels and their weights, NaN and 0 where there is none.
    taught : ndarray [n, t]
        Answers of the teachers, the p properties first; NaN where there is none.

    Returns
    -------
    target, weight : ndarray of float32 [n, t]
        Standardised targets; weights whose mean is tempered to its root, so that scarce properties are heard.
    centre, spread : ndarray [t]
        What standardised them.
    """
    labels = np.full_like(taught, np.nan)
    labels[:, : values.shape[1]] = values
    base = np.where(np.isnan(labels).all(axis=0), taught, labels)
    centre, spread = np.nanmean(base, axis=0), np.nanstd(base, axis=0) + 1e-12
    own, lent = (labels - centre) / spread, (taught - centre) / spread
    both = np.where(np.isnan(lent), own, _BLENDED * own + (1 - _BLENDED) * lent)
    target = np.where(np.isnan(own), lent, both)
    weight = np.where(np.isnan(lent), 0.0, _TAUGHT)
    weight[:, : values.shape[1]] = np.where(np.isnan(values), weight[:, : values.shape[1]], weights)
    weight /= np.sqrt(weight.mean(axis=0)) + 1e-12
    return np.nan_to_num(target).astype(np.float32), weight.astype(np.float32), centre, spread


@dataclass(frozen=True)
class HeldOut:
    """Held-out answers for all polymers, [N, p]: mean of the networks, their deviation, unseen environments."""

    mean: FloatArray
    gap: FloatArray
    unseen: FloatArray


def hold_out(lesson: Lesson, seed: int, recipe: Recipe, tell: Callable[[str], None]) -> HeldOut:
    """Answer for each fold by networks that never saw it.

    Parameters
    ----------
    lesson : Lesson
        What they learn from.
    seed : int
        Random seed.
    recipe : Recipe
        Size and length of training.
    tell : callable
        Told one line per fold.

    Returns
    -------
    HeldOut
        For all polymers.
    """
    shape = (len(lesson.counts), len(lesson.labels))
    found = HeldOut(np.zeros(shape), np.zeros(shape), np.zeros(shape))
    for fold in np.unique(lesson.folds):
        tell(f"screening networks without fold {fold}")
        rows = np.flatnonzero(lesson.folds == fold)
        answers = teach(lesson, int(fold), seed, recipe).answers(lesson.counts, rows)
        found.mean[rows], found.gap[rows] = answers.mean(axis=0), answers.std(axis=0)
        part = Counts(lesson.counts.environments[rows], lesson.counts.ids, lesson.counts.sums[rows])
        found.unseen[rows] = unseen_shares(part, (~seen_by(lesson, int(fold))).astype(np.float64))
    return found


def seen_by(lesson: Lesson, without: int) -> NDArray[np.bool_]:
    """Return which environments the labelled polymers of each property have, [e, p], leaving out a fold."""
    seen = np.zeros((len(lesson.counts.ids), len(lesson.labels)), dtype=bool)
    for place, rows in enumerate(lesson.rows.values()):
        kept = rows[lesson.folds[rows] != without]
        seen[lesson.counts.environments[kept].indices, place] = True
    return seen


@dataclass(frozen=True)
class Judged:
    """Calibration of one property with its held-out numbers."""

    calibration: Calibration
    unit: float
    limit: float
    scores: dict[str, float]
    coverage: float


def judged(lesson: Lesson, held: HeldOut, place: int, name: str) -> Judged:
    """Calibrate one property on held-out residuals."""
    rows, values = lesson.rows[name], lesson.labels[name].values
    mean, unseen = held.mean[rows, place], held.unseen[rows, place]
    residual = values - mean
    unit = float(np.abs(residual).mean()) + 1e-12
    hard = difficulty(unseen, held.gap[rows, place], unit)
    _, covered = cross_scores(residual, hard, lesson.folds[rows])
    limit = float(np.quantile(unseen, _INSIDE))
    return Judged(calibrate(residual, hard), unit, limit, metrics.scores(values, mean), float(covered.mean()))


def train_screening(
    folder: Path, lesson: Lesson, seed: int, tell: Callable[[str], None], recipe: Recipe | None = None
) -> tuple[dict[str, Judged], Sequence[Path]]:
    """Train the fast tier and write its files, without a card.

    Parameters
    ----------
    folder : Path
        Where the files go.
    lesson : Lesson
        What the networks learn from.
    seed : int
        Random seed.
    tell : callable
        Told one line per step.
    recipe : Recipe, optional
        Size and length of training.

    Returns
    -------
    judged : dict of str to Judged
        Held-out numbers by property id.
    files : sequence of Path
        What was written.
    """
    recipe = recipe or Recipe()
    held = hold_out(lesson, seed, recipe, tell)
    found = {name: judged(lesson, held, place, name) for place, name in enumerate(lesson.labels)}
    tell("screening networks on all polymers")
    last = teach(lesson, -1, seed, recipe)
    arrays: dict[str, Any] = {
        "ids": lesson.counts.ids,
        "used": last.columns.astype(np.int32),
        "seen": np.packbits(seen_by(lesson, -1), axis=1),
        "dense_centre": last.dense_centre,
        "dense_spread": last.dense_spread,
        "centre": last.centre,
        "spread": last.spread,
    }
    for number, layers in enumerate(last.networks):
        arrays |= pack_network(layers, number)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(folder / SCREENING_NPZ, **arrays)
    data = {
        "environments": ENVIRONMENT_VERSION,
        "properties": list(lesson.labels),
        "networks": len(last.networks),
        "units": [item.unit for item in found.values()],
        "limits": [item.limit for item in found.values()],
        "calibrations": {name: pack(item.calibration) for name, item in found.items()},
    }
    (folder / SCREENING_JSON).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return found, (folder / SCREENING_JSON, folder / SCREENING_NPZ)
