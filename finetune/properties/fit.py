"""Train the model of one property: blend, screening trees, calibrations, and their honest numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.properties import metrics, splits
from finetune.properties.boosting import Boosting
from finetune.properties.borrowed import BorrowedStage
from finetune.properties.first_stage import FirstStage
from finetune.properties.process import Aid, Process, fit_process
from finetune.properties.screening import held_out_unseen, screening
from finetune.properties.tables import Labels
from tools.core.cards import Card
from tools.properties import domain
from tools.properties.auxiliary import choose
from tools.properties.features import Features
from tools.properties.intervals import calibrate, cross_scores
from tools.properties.kernels import Reference
from tools.properties.model import Model

FloatArray = NDArray[np.float64]
#: Share of the Gaussian process in the blend before the held-out errors of both are seen, and how many polymers this
#: belief counts for.
SHARE, _BELIEF = 0.6, 50.0
#: Properties with more labels than this gain nothing from a first stage: Tg, 7,347 polymers, lost 0.6 K with it.
HELPED = 4000
# measured labels from which on a stray one can be told from an unusual polymer: fewer, and noise robust to strays hurt
_MANY = 2000
FOLDS = 5


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
    first : FirstStage or None
        Predictions of related properties; None for models without.
    """

    units: tuple[str, ...]
    accurate: Features
    fast: Features
    reference: Reference
    first: FirstStage | BorrowedStage | None = None

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
    scales : ndarray [n]
        Scale of each polymer's held-out error.
    metrics, coverage : dict
        Held-out numbers for the card.
    """

    model: Model
    scores: FloatArray
    scales: FloatArray
    metrics: dict[str, Any] = field(default_factory=dict)
    coverage: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Blend:
    """Held-out predictions of the blend on one split, with what makes each polymer hard."""

    folds: NDArray[np.int64]
    process: FloatArray
    trees: FloatArray
    share: float
    best: FloatArray
    density: FloatArray
    local: FloatArray

    @property
    def mean(self) -> FloatArray:
        return self.share * self.process + (1 - self.share) * self.trees

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
    labels: Labels,
    structures: Structures,
    card: Card,
    *,
    clusters: int = 0,
    seed: int = 0,
    quick: bool = True,
    **described: Any,
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
    quick : bool
        Train trees for the fast tier; not needed where ``fast_tier`` trains networks for all properties.
    **described : object
        ``label_kind``, ``note`` and ``conditions`` of the model.

    Returns
    -------
    Trained
        The model with its held-out numbers.
    """
    rows = structures.rows(labels.units)
    features, y, weights = structures.accurate.take(rows), labels.values, labels.weights
    folds = _folds(features, clusters, seed, structures.first, rows)
    process, boosting, grown = _members(labels, structures, features, folds, seed, described["label_kind"])
    share, first = _share(y, process.held_out["random"], grown["random"])
    similarity = structures.reference.min_max("cycle", rows, rows)
    unit = float(np.abs(first).mean()) + 1e-12
    blends = {
        name: _Blend(
            split, process.held_out[name], grown[name], share, *_held_out_domain(similarity, split, np.abs(first))
        )
        for name, split in folds.items()
    }
    blend, out = blends["random"], blends.get("cluster")
    far = None if out is None else (y - out.mean, out.difficulty(unit))
    calibration = calibrate(first, blend.difficulty(unit), far)
    signed, covered = cross_scores(first, blend.difficulty(unit), blend.folds, far)
    fast = screening(labels, structures.fast.take(rows), blend.folds, seed) if quick else None
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
        aid_weights=process.aid_weights,
        alpha=process.alpha.astype(np.float32),
        offset=process.offset,
        share=share,
        trees=trees,
        unit=unit,
        calibration=calibration,
        domain_limits=_limits(features, blend),
        seen=domain.seen_bins(features),
        quick=None if fast is None else fast.quick,
        **described,
    )
    scales = calibration.scale(blend.difficulty(unit))
    numbers, coverage = _report(y, blend, out, unit, similarity)
    held = {"nominal": 0.9, "random": float(covered.mean()), **metrics.by_tercile(covered, blend.best)}
    width = float(2 * calibration.half_width(scales).mean())
    coverage = {**held, "mean_width": width, **coverage}
    if fast is not None:
        numbers["random_5_fold"]["fast"], coverage["fast_random"] = fast.metrics, fast.coverage
    return Trained(model, signed, scales, metrics.rounded(numbers), metrics.rounded(coverage))


def _members(
    labels: Labels,
    structures: Structures,
    features: Features,
    folds: dict[str, NDArray[np.int64]],
    seed: int,
    kind: str,
) -> tuple[Process, Boosting, dict[str, FloatArray]]:
    """Fit both members of the blend, with the held-out predictions of the trees by split."""
    y, weights, rows = labels.values, labels.weights, structures.rows(labels.units)
    aid = _aid(structures.first, labels.property, rows, folds)
    robust = len(y) >= _MANY and kind == "measured"
    process = fit_process(structures.reference, rows, y, weights, folds, seed, aid, robust=robust)
    boosting = Boosting(features, "accurate", seed, aid.trees() if aid else None)
    grown = {
        name: boosting.held_out(y, weights, split, extra=aid.trees(name) if aid else None)
        for name, split in folds.items()
    }
    return process, boosting, grown


def _report(
    y: FloatArray, blend: _Blend, out: _Blend | None, unit: float, similarity: NDArray[np.float32]
) -> tuple[dict[str, Any], dict[str, float]]:
    """Return held-out errors of both splits, and the coverage on held-out clusters."""
    numbers = {"random_5_fold": {"n": len(y), **_numbers(blend, y, similarity)}}
    if out is None:
        return numbers, {}
    numbers["cluster_out"] = {"clusters": int(out.folds.max()) + 1, **_numbers(out, y, similarity)}
    return numbers, _cluster_coverage(out, blend, y, unit)


def _share(y: FloatArray, process: FloatArray, trees: FloatArray) -> tuple[float, FloatArray]:
    """Weigh the members by least squares on held-out errors, drawn towards ``SHARE``; return the residuals too."""
    gap = process - trees
    belief = _BELIEF * float(np.mean(gap**2)) + 1e-12
    wanted = (float(gap @ (y - trees)) + SHARE * belief) / (float(gap @ gap) + belief)
    share = float(np.clip(round(wanted, 3), 0.0, 1.0))
    return share, y - trees - share * gap


def _aid(
    first: FirstStage | BorrowedStage | None, name: str, rows: NDArray[np.int64], folds: dict[str, NDArray[np.int64]]
) -> Aid | None:
    """Take what the first stage says; whole clusters are held out of it too, where it can forget them."""
    if first is None or len(rows) > HELPED:
        return None
    away = first.held_out(rows, folds["cluster"]) if "cluster" in folds else None
    return Aid(choose(first.helpers, name), first.scores[rows], {} if away is None else {"cluster": away})


def _folds(
    features: Features, clusters: int, seed: int, first: FirstStage | BorrowedStage | None, rows: NDArray[np.int64]
) -> dict[str, NDArray[np.int64]]:
    # the random folds are those of the first stage: what it says of a polymer comes from the same other folds
    dealt = splits.random_folds(len(features), min(FOLDS, len(features)), seed) if first is None else first.folds[rows]
    folds = {"random": dealt}
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


def _limits(features: Features, blend: _Blend) -> dict[str, float]:
    """Set the domain so that 95 % of held-out polymers of a random split are inside each limit."""
    unseen = held_out_unseen(features, blend.folds)
    return {"best": float(np.quantile(blend.best, 0.05)), "unseen": float(np.quantile(unseen, 0.95))}
