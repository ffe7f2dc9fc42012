"""The fast tier of one property alone: trees on screening features, and trees that expect their error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from finetune.properties import metrics
from finetune.properties.boosting import Boosting
from finetune.properties.tables import Labels
from tools.properties import domain
from tools.properties.features import Features
from tools.properties.intervals import calibrate, cross_scores
from tools.properties.model import Quick

FloatArray = NDArray[np.float64]
_WILD = 4.0
_INSIDE = 0.95


def held_out_unseen(features: Features, folds: NDArray[np.int64]) -> FloatArray:
    """Return the share of environments that the other folds lack."""
    unseen = np.zeros(len(features))
    for fold in np.unique(folds):
        inside, others = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        seen = domain.seen_bins(features.take(others))
        unseen[inside] = domain.unseen_share(features.take(inside), seen)
    return unseen


@dataclass(frozen=True)
class Screening:
    """The fast tier of one property.

    Attributes
    ----------
    quick : Quick
        What a model keeps of it.
    metrics : dict of str to float
        Held-out errors.
    coverage : float
        Held-out coverage of 90 % intervals.
    """

    quick: Quick
    metrics: dict[str, float]
    coverage: float


def screening(labels: Labels, features: Features, folds: NDArray[np.int64], seed: int) -> Screening:
    """Train the screening trees and the trees that expect their error.

    Parameters
    ----------
    labels : Labels
        Clean labels of n polymers.
    features : Features
        Their fast-tier features.
    folds : ndarray of int [n]
        Folds for the held-out numbers.
    seed : int
        Random seed.

    Returns
    -------
    Screening
        Trained on all polymers.
    """
    y, weights = labels.values, labels.weights
    boosting = Boosting(features, "fast", seed)
    predicted = boosting.held_out(y, weights, folds)
    residual = y - predicted
    unit = float(np.abs(residual).mean()) + 1e-12
    error = np.minimum(np.abs(residual), _WILD * unit)  # so that one wild label does not rule
    expected = boosting.held_out(error, weights, folds, "error")
    unseen = held_out_unseen(features, folds)
    difficulty = domain.fast_difficulty(unseen, expected, unit)
    _, covered = cross_scores(residual, difficulty, folds)
    quick = Quick(
        boosting.fit(y, weights)[0],
        boosting.fit(error, weights, kind="error")[0],
        calibrate(residual, difficulty),
        unit,
        float(np.quantile(unseen, _INSIDE)),
    )
    return Screening(quick, metrics.scores(y, predicted), float(covered.mean()))
