"""Gaussian process on a weighted sum of kernels: weights by marginal likelihood, exact held-out predictions.

Equations: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), eqs. 2.25, 2.30, 5.9; held-out
residuals of a whole block from one inverse, ``C_BB^-1 (C (y - m))_B`` with ``C = (K + S)^-1``, the block form of their
eq. 5.12.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.optimize import minimize

from tools.properties.kernels import PARTS, Reference

FloatArray = NDArray[np.float64]
_SUBSET, _STEPS = 500, 15
_JITTER = 1e-6
# of the labels' variance: the likelihood of a subset sees too little of the spread between laboratories, and held-out
# errors of Tg and Tm fall with this floor while those of gases stay
_LEAST_NOISE = 0.01
_FIRST_NOISE = 0.1
_PRIOR_WIDTH = 2.0  # of the logarithms of the weights, keeps unused kernels from running away


@dataclass(frozen=True)
class Process:
    """A fitted Gaussian process.

    Attributes
    ----------
    weights : ndarray [parts]
        Weights of the kernels, in units of the labels' variance.
    noise : float
        Variance of the noise in the same unit.
    alpha : ndarray [n]
        Coefficients, in model space.
    offset : float
        Mean of the labels.
    held_out : dict of str to ndarray [n]
        Held-out predictions per split name; NaN in negative folds.
    """

    weights: FloatArray
    noise: float
    alpha: FloatArray
    offset: float
    held_out: dict[str, FloatArray]


def tune(
    reference: Reference, rows: NDArray[np.int64], target: FloatArray, noise_shape: FloatArray, seed: int
) -> FloatArray:
    """Set the weights of the kernels and the noise by marginal likelihood on a random subset.

    Parameters
    ----------
    reference : Reference
        Structures.
    rows : ndarray of int [n]
        Rows of the training polymers in it.
    target : ndarray [n]
        Standardised labels.
    noise_shape : ndarray [n]
        Relative noise variance of each label.
    seed : int
        Random seed of the subset.

    Returns
    -------
    ndarray [parts + 1]
        Weights, then noise.
    """
    chosen = np.random.default_rng(seed).permutation(len(rows))[:_SUBSET]
    parts = [part.astype(np.float64) for part in reference.parts(rows[chosen], rows[chosen])]
    y, shape = target[chosen], noise_shape[chosen]
    start = np.log(np.array([0.8 / len(PARTS)] * len(PARTS) + [_FIRST_NOISE]))

    def loss(logs: FloatArray) -> tuple[float, FloatArray]:
        weights = np.exp(logs)
        kernel = sum(weight * part for weight, part in zip(weights[:-1], parts, strict=True))
        kernel = np.asarray(kernel)
        kernel[np.diag_indices(len(kernel))] += weights[-1] * shape + _JITTER
        lower = linalg.cholesky(kernel, lower=True, check_finite=False)
        alpha = linalg.cho_solve((lower, True), y, check_finite=False)
        inverse = _inverse(lower)
        outer = inverse - np.outer(alpha, alpha)
        gradient = np.array(
            [0.5 * weight * float(np.vdot(outer, part)) for weight, part in zip(weights[:-1], parts, strict=True)]
            + [0.5 * float(weights[-1] * (np.diag(outer) * shape).sum())]
        )
        prior = (logs - start) / _PRIOR_WIDTH
        value = 0.5 * float(y @ alpha) + float(np.log(np.diag(lower)).sum()) + 0.5 * float(prior @ prior)
        return value, gradient + prior / _PRIOR_WIDTH

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    return np.asarray(np.exp(found.x))


def _inverse(lower: NDArray[np.floating]) -> NDArray[np.floating]:
    """Invert from a lower Cholesky factor."""
    routine = linalg.lapack.spotri if lower.dtype == np.float32 else linalg.lapack.dpotri
    half, _ = routine(lower, lower=1)
    inverse = np.tril(half)
    inverse += np.tril(half, -1).T
    return np.asarray(inverse)


def fit_process(
    reference: Reference,
    rows: NDArray[np.int64],
    values: FloatArray,
    label_weights: FloatArray,
    splits: dict[str, NDArray[np.int64]],
    seed: int = 0,
) -> Process:
    """Fit on all polymers and predict each fold of each split from the others.

    Parameters
    ----------
    reference : Reference
        Structures.
    rows : ndarray of int [n]
        Rows of the polymers in it.
    values, label_weights : ndarray [n]
        Labels in model space and how far each counts (noise variance is divided by it).
    splits : dict of str to ndarray of int [n]
        Folds by split name; polymers in negative folds are never held out.
    seed : int
        Random seed.

    Returns
    -------
    Process
        Coefficients and held-out predictions. Kernel weights (a handful of numbers) are set once for all folds.
    """
    offset, spread = float(values.mean()), float(values.std()) or 1.0
    target = (values - offset) / spread
    shape = 1.0 / label_weights
    found = tune(reference, rows, target, shape, seed)
    noise = max(float(found[-1]), _LEAST_NOISE)
    kernel = reference.kernel(rows, found)
    kernel[np.diag_indices(len(rows))] += (noise * shape).astype(np.float32)
    lower = linalg.cholesky(kernel, lower=True, overwrite_a=True, check_finite=False)
    alpha = linalg.cho_solve((lower, True), target.astype(np.float32), check_finite=False).astype(np.float64)
    held_out: dict[str, FloatArray] = {}
    if splits:
        inverse = _inverse(lower)
        for name, folds in splits.items():
            residual = np.full(len(rows), np.nan)
            for fold in np.unique(folds[folds >= 0]):
                block = np.flatnonzero(folds == fold)
                residual[block] = linalg.solve(
                    inverse[np.ix_(block, block)].astype(np.float64), alpha[block], assume_a="pos", check_finite=False
                )
            held_out[name] = values - residual * spread
    return Process(found[:-1], noise, alpha * spread, offset, held_out)
