"""Calibrated predictive distributions: a scale from the difficulty of a polymer, quantiles from held-out residuals.

Normalised split-conformal prediction (Papadopoulos et al., ECML 2002; Lei et al., J. Am. Stat. Assoc. 2018, 113, 1094):
held-out absolute residuals are divided by a scale that says how hard each polymer is; the quantiles of these scores,
with the finite-sample correction ``ceil((n + 1) level) / n``, times the scale of a new polymer, are its interval.
Here the scores come from grouped out-of-fold predictions (cross-conformal), and the same scores give the whole
predictive distribution, taken as symmetric about the prediction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

FloatArray = NDArray[np.float64]

#: Levels of absolute scores that a calibration keeps.
LEVELS: FloatArray = np.concatenate([np.linspace(0, 0.98, 50), [0.985, 0.99, 0.995, 0.998]])
_RIDGE = 1.0
# level at which errors near and far are matched, least difference of distances, largest factor
_MATCHED, _APART, _MOST = 0.9, 0.05, 3.0


@dataclass(frozen=True)
class Calibration:
    """How wide errors are and how they are distributed.

    Attributes
    ----------
    weights : tuple of float
        Intercept, then one weight per difficulty; their sum is the logarithm of the scale.
    centre, spread : tuple of float
        Mean and standard deviation of each difficulty among held-out polymers.
    scores : tuple of float
        Quantiles of absolute held-out residuals over scale, at ``LEVELS``.
    far : tuple of float
        Distance (first difficulty) from which polymers count as far, distance at which they are wholly far, and the
        factor on the scale there; no factor if empty.
    """

    weights: tuple[float, ...]
    centre: tuple[float, ...]
    spread: tuple[float, ...]
    scores: tuple[float, ...]
    far: tuple[float, ...] = ()

    def scale(self, difficulty: FloatArray) -> FloatArray:
        """Return the scale [n] of polymers with difficulties [n, k], in model space."""
        standard = np.clip((difficulty - np.array(self.centre)) / np.array(self.spread), -4, 4)
        scale = np.exp(self.weights[0] + standard @ np.array(self.weights[1:]))
        if self.far:
            start, stop, factor = self.far
            scale *= 1 + (factor - 1) * np.clip((difficulty[:, 0] - start) / (stop - start), 0, 1)
        return np.asarray(scale)

    def half_width(self, scale: FloatArray, coverage: float = 0.9) -> FloatArray:
        """Return half the width [n] of intervals of a nominal coverage."""
        return scale * float(np.interp(coverage, LEVELS, self.scores))

    def cdf(self, score: FloatArray) -> FloatArray:
        """Return the chance that (true - predicted) / scale lies below ``score``, any shape."""
        size = np.abs(score)
        inside = np.interp(size, self.scores, LEVELS)
        # beyond the last quantile the density falls off like 1/x^5 (as Student's t with four degrees of freedom)
        last = max(self.scores[-1], 1e-12)
        tail = (1 - LEVELS[-1]) * (last / np.maximum(size, last)) ** 4
        level = np.where(size > last, 1 - tail, inside)
        return np.asarray(np.where(score >= 0, 0.5 + level / 2, 0.5 - level / 2))


def _score_quantiles(scores: FloatArray) -> tuple[float, ...]:
    ordered = np.sort(scores)
    rank = np.ceil((len(ordered) + 1) * LEVELS).astype(int)
    values = ordered[np.clip(rank, 1, len(ordered)) - 1]
    values[0] = 0.0
    steps = np.arange(len(values)) * 1e-9  # strictly increasing, so that the distribution can be inverted
    return tuple((np.maximum.accumulate(values) + steps).tolist())


def calibrate(
    residual: FloatArray, difficulty: FloatArray, far: tuple[FloatArray, FloatArray] | None = None
) -> Calibration:
    """Fit the scale by the likelihood of Laplace errors and take the quantiles of the scaled residuals.

    Parameters
    ----------
    residual : ndarray [n]
        Held-out residuals in model space.
    difficulty : ndarray [n, k]
        Difficulties of the same polymers, computed against their own training folds.
    far : tuple of ndarray [m], ndarray [m, k], optional
        Residuals and difficulties of polymers whose whole cluster was held out: they teach the scale how errors grow
        away from the training polymers, and what the log-linear scale still misses there becomes a factor. Quantiles
        come from the first set alone.

    Returns
    -------
    Calibration
        The fitted calibration.
    """
    size, hard = np.abs(residual), difficulty
    if far is not None:
        size, hard = np.concatenate([size, np.abs(far[0])]), np.vstack([hard, far[1]])
    centre, spread = hard.mean(axis=0), hard.std(axis=0) + 1e-9
    design = np.column_stack([np.ones(len(size)), np.clip((hard - centre) / spread, -4, 4)])
    typical = np.mean(size) + 1e-12
    size = size + 1e-3 * typical

    def loss(weights: FloatArray) -> tuple[float, FloatArray]:
        log_scale = design @ weights
        ratio = size * np.exp(-log_scale)
        penalty = _RIDGE * weights[1:]
        gradient = design.T @ (1 - ratio)
        gradient[1:] += 2 * penalty
        return float((log_scale + ratio).sum() + (penalty * weights[1:]).sum()), gradient

    start = np.concatenate([[np.log(typical)], np.zeros(difficulty.shape[1])])
    weights = minimize(loss, start, jac=True, method="L-BFGS-B").x
    fitted = Calibration(tuple(weights.tolist()), tuple(centre.tolist()), tuple(spread.tolist()), ())
    if far is not None:
        fitted = replace(fitted, far=_far_factor(fitted, residual, difficulty, far))
    return replace(fitted, scores=_score_quantiles(np.abs(residual) / fitted.scale(difficulty)))


def _far_factor(
    fitted: Calibration, residual: FloatArray, difficulty: FloatArray, far: tuple[FloatArray, FloatArray]
) -> tuple[float, ...]:
    """Compare the 90 % quantiles of scaled errors near and far; distances between their medians share the factor."""
    start, stop = float(np.median(difficulty[:, 0])), float(np.median(far[1][:, 0]))
    if stop - start < _APART:
        return ()
    near = np.quantile(np.abs(residual) / fitted.scale(difficulty), _MATCHED)
    away = np.quantile(np.abs(far[0]) / fitted.scale(far[1]), _MATCHED)
    return (start, stop, float(np.clip(away / near, 1.0, _MOST)))


def cross_scores(
    residual: FloatArray,
    difficulty: FloatArray,
    folds: NDArray[np.int64],
    far: tuple[FloatArray, FloatArray] | None = None,
    coverage: float = 0.9,
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Scale residuals and check intervals with calibrations that did not see the fold they are used on.

    Parameters
    ----------
    residual : ndarray [n]
        Held-out residuals in model space.
    difficulty : ndarray [n, k]
        Difficulties of the same polymers.
    folds : ndarray of int [n]
        Fold of each polymer.
    far : tuple of ndarray, optional
        As in ``calibrate``.
    coverage : float
        Nominal coverage of the intervals.

    Returns
    -------
    scores : ndarray [n]
        Residual over scale, with sign.
    covered : ndarray of bool [n]
        Whether the interval held the true value.
    """
    scores, covered = np.zeros(len(residual)), np.zeros(len(residual), dtype=bool)
    for fold in np.unique(folds):
        held = folds == fold
        fitted = calibrate(residual[~held], difficulty[~held], far)
        scale = fitted.scale(difficulty[held])
        scores[held] = residual[held] / scale
        covered[held] = np.abs(residual[held]) <= fitted.half_width(scale, coverage)
    return scores, covered


_FIELDS = ("weights", "centre", "spread", "scores", "far")


def pack(calibration: Calibration) -> dict[str, Sequence[float]]:
    """Return a calibration as JSON-ready lists."""
    return {name: list(getattr(calibration, name)) for name in _FIELDS}


def unpack(data: dict[str, Sequence[float]]) -> Calibration:
    """Make a calibration from what ``pack`` wrote."""
    return Calibration(*(tuple(data.get(name, ())) for name in _FIELDS))
