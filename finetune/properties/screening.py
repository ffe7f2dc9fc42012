"""The fast tier of one property: trees on screening features, and trees that expect their error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.properties import metrics
from finetune.properties.boosting import Boosting
from finetune.properties.tables import Labels
from tools.properties import domain
from tools.properties.features import Features
from tools.properties.intervals import Calibration, calibrate, cross_scores
from tools.properties.trees import Trees

FloatArray = NDArray[np.float64]
_WILD = 4.0


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
    trees, error : Trees
        Prediction, and the error that is expected of it.
    calibration : Calibration
        Predictive distribution.
    unit : float
        Mean absolute held-out residual.
    unseen : ndarray [n]
        Share of each polymer's environments that the other folds lack.
    metrics : dict of str to float
        Held-out errors.
    coverage : float
        Held-out coverage of 90 % intervals.
    """

    trees: Trees
    error: Trees
    calibration: Calibration
    unit: float
    unseen: FloatArray
    metrics: dict[str, float]
    coverage: float

    def fields(self) -> dict[str, Any]:
        """Return what a ``Model`` keeps of it, by field name."""
        return {
            "screen": self.trees,
            "screen_error": self.error,
            "screen_calibration": self.calibration,
            "screen_unit": self.unit,
        }


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
    return Screening(
        boosting.fit(y, weights)[0],
        boosting.fit(error, weights, kind="error")[0],
        calibrate(residual, difficulty),
        unit,
        unseen,
        metrics.scores(y, predicted),
        float(covered.mean()),
    )
