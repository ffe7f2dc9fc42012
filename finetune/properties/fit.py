"""Train the model of one property: blend, screening trees, calibrations, and their honest numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.properties import metrics, splits
from finetune.properties.boosting import Boosting
from finetune.properties.process import fit_process
from finetune.properties.tables import Labels
from tools.core.cards import Card
from tools.properties import domain
from tools.properties.features import Features
from tools.properties.intervals import Calibration, calibrate, cross_scores
from tools.properties.kernels import Reference
from tools.properties.model import Model
from tools.properties.trees import Trees

FloatArray = NDArray[np.float64]
SHARE = 0.6  # of the Gaussian process in the blend; set beforehand, the same for every property
FOLDS = 5
_WILD = 4.0


@dataclass(frozen=True)
class Structures:
    """Features of all polymers that any model of a run is trained on.

    Attributes
    ----------
    units : tuple of str
        Canonical units, ascending.
    accurate, fast : Features
        Their features in the two tiers.
    reference : Reference
        Their kernels.
    """

    units: tuple[str, ...]
    accurate: Features
    fast: Features
    reference: Reference

    def rows(self, units: tuple[str, ...]) -> NDArray[np.int64]:
        """Return where units stand."""
        place = {unit: row for row, unit in enumerate(self.units)}
        return np.array([place[unit] for unit in units], dtype=np.int64)


@dataclass(frozen=True)
class Trained:
    """A trained model and what was measured on the way.

    Attributes
    ----------
    model : Model
        Trained on all polymers.
    scores : ndarray [n]
        Held-out residuals over scale, with sign, from calibrations that did not see them.
    metrics, coverage : dict
        Held-out numbers for the card.
    """

    model: Model
    scores: FloatArray
    metrics: dict[str, Any] = field(default_factory=dict)
    coverage: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Blend:
    """Held-out predictions of the blend on one split, with what makes each polymer hard."""

    folds: NDArray[np.int64]
    process: FloatArray
    trees: FloatArray
    best: FloatArray
    density: FloatArray
    local: FloatArray

    @property
    def mean(self) -> FloatArray:
        return SHARE * self.process + (1 - SHARE) * self.trees

    def difficulty(self, unit: float) -> FloatArray:
        gap = np.abs(self.process - self.trees)
        return domain.accurate_difficulty(self.best, self.density, self.local, gap, unit)


def _held_out_domain(
    similarity: NDArray[np.float32], folds: NDArray[np.int64], error: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Compare each polymer with those of the other folds only."""
    found = np.zeros((3, len(folds)))
    for fold in np.unique(folds):
        inside = folds == fold
        found[:, inside] = domain.nearest(similarity[np.ix_(inside, ~inside)], error[~inside])
    return found[0], found[1], found[2]


def fit_property(
    labels: Labels, structures: Structures, card: Card, *, clusters: int = 0, seed: int = 0, **described: Any
) -> Trained:
    """Train one property.

    Parameters
    ----------
    labels : Labels
        Clean labels.
    structures : Structures
        Features that hold all its polymers.
    card : Card
        The card as far as it is known before training.
    clusters : int
        Number of clusters for the cluster-out numbers; 0 leaves them out.
    seed : int
        Random seed.
    **described : object
        ``label_kind``, ``note`` and ``conditions`` of the model.

    Returns
    -------
    Trained
        The model with its held-out numbers.
    """
    rows = structures.rows(labels.units)
    features, y, weights = structures.accurate.take(rows), labels.values, labels.weights
    folds = _folds(features, clusters, seed)
    process = fit_process(structures.reference, rows, y, weights, folds, seed)
    boosting = Boosting(features, "accurate", seed)
    grown = {name: boosting.held_out(y, weights, split) for name, split in folds.items()}
    similarity = structures.reference.min_max("cycle", rows, rows)
    first = y - (SHARE * process.held_out["random"] + (1 - SHARE) * grown["random"])
    unit = float(np.abs(first).mean()) + 1e-12
    blends = {
        name: _Blend(split, process.held_out[name], grown[name], *_held_out_domain(similarity, split, np.abs(first)))
        for name, split in folds.items()
    }
    blend, out = blends["random"], blends.get("cluster")
    far = None if out is None else (y - out.mean, out.difficulty(unit))
    calibration = calibrate(first, blend.difficulty(unit), far)
    signed, covered = cross_scores(first, blend.difficulty(unit), blend.folds, far)
    screening = _screening(labels, structures.fast.take(rows), blend.folds, seed)
    trees, _ = boosting.fit(y, weights)
    model = Model(
        card=card,
        property=labels.property,
        log=labels.log,
        rows=rows,
        labels=y,
        residuals=first,
        sources=labels.sources,
        weights=process.weights,
        alpha=process.alpha.astype(np.float32),
        offset=process.offset,
        share=SHARE,
        trees=trees,
        unit=unit,
        calibration=calibration,
        domain_limits=_limits(features, blend, screening.unseen),
        seen=domain.seen_bins(features),
        screen=screening.trees,
        screen_error=screening.error,
        screen_calibration=screening.calibration,
        screen_unit=screening.unit,
        **described,
    )
    numbers = {"random_5_fold": {"n": len(y), **_numbers(blend, y, similarity), "fast": screening.metrics}}
    width = float(2 * calibration.half_width(calibration.scale(blend.difficulty(unit))).mean())
    coverage = {"nominal": 0.9, "random": float(covered.mean()), **metrics.by_tercile(covered, blend.best)}
    coverage |= {"fast_random": screening.coverage, "mean_width": width}
    if out is not None:
        numbers["cluster_out"] = {"clusters": int(out.folds.max()) + 1, **_numbers(out, y, similarity)}
        coverage |= _cluster_coverage(out, blend, y, unit)
    return Trained(model, signed, metrics.rounded(numbers), metrics.rounded(coverage))


def _folds(features: Features, clusters: int, seed: int) -> dict[str, NDArray[np.int64]]:
    folds = {"random": splits.random_folds(len(features), min(FOLDS, len(features)), seed)}
    if clusters:
        folds["cluster"] = splits.cluster_folds(features, clusters, seed)
    return folds


def _numbers(split: _Blend, y: FloatArray, similarity: NDArray[np.float32]) -> dict[str, Any]:
    return {
        "blend": metrics.scores(y, split.mean),
        "gaussian_process": metrics.scores(y, split.process),
        "trees": metrics.scores(y, split.trees),
        "mean_predictor": metrics.scores(y, metrics.mean_baseline(y, split.folds)),
        "nearest_neighbour": metrics.scores(y, metrics.neighbour_baseline(y, split.folds, similarity)),
    }


def _cluster_coverage(out: _Blend, blend: _Blend, y: FloatArray, unit: float) -> dict[str, float]:
    """Coverage on each held-out cluster, by calibrations that saw the errors of the other clusters only."""
    difficulty, near = out.difficulty(unit), blend.difficulty(unit)
    covered = np.zeros(len(y), dtype=bool)
    for fold in np.unique(out.folds):
        held = out.folds == fold
        far = (y[~held] - out.mean[~held], difficulty[~held])
        fitted = calibrate((y - blend.mean)[~held], near[~held], far)
        covered[held] = np.abs(y - out.mean)[held] <= fitted.half_width(fitted.scale(difficulty[held]))
    worst = min(covered[out.folds == fold].mean() for fold in np.unique(out.folds))
    return {"cluster_out": float(covered.mean()), "cluster_out_worst": float(worst)}


def _limits(features: Features, blend: _Blend, unseen_fast: FloatArray) -> dict[str, float]:
    """Set the domain so that 95 % of held-out polymers of a random split are inside each limit."""
    unseen = _held_out_unseen(features, blend.folds)
    return {
        "best": float(np.quantile(blend.best, 0.05)),
        "unseen": float(np.quantile(unseen, 0.95)),
        "unseen_fast": float(np.quantile(unseen_fast, 0.95)),
    }


def _held_out_unseen(features: Features, folds: NDArray[np.int64]) -> FloatArray:
    """Return the share of environments that the other folds lack."""
    unseen = np.zeros(len(features))
    for fold in np.unique(folds):
        inside, others = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        seen = domain.seen_bins(features.take(others))
        unseen[inside] = domain.unseen_share(features.take(inside), seen)
    return unseen


@dataclass(frozen=True)
class _Screening:
    """The fast tier of one property."""

    trees: Trees
    error: Trees
    calibration: Calibration
    unit: float
    unseen: FloatArray
    metrics: dict[str, float]
    coverage: float


def _screening(labels: Labels, features: Features, folds: NDArray[np.int64], seed: int) -> _Screening:
    """Train the screening trees and the trees that expect their error."""
    y, weights = labels.values, labels.weights
    boosting = Boosting(features, "fast", seed)
    predicted = boosting.held_out(y, weights, folds)
    residual = y - predicted
    unit = float(np.abs(residual).mean()) + 1e-12
    error = np.minimum(np.abs(residual), _WILD * unit)  # so that one wild label does not rule
    expected = boosting.held_out(error, weights, folds, "error")
    unseen = _held_out_unseen(features, folds)
    difficulty = domain.fast_difficulty(unseen, expected, unit)
    _, covered = cross_scores(residual, difficulty, folds)
    return _Screening(
        boosting.fit(y, weights)[0],
        boosting.fit(error, weights, kind="error")[0],
        calibrate(residual, difficulty),
        unit,
        unseen,
        metrics.scores(y, predicted),
        float(covered.mean()),
    )
