"""Gaussian process on a weighted sum of kernels: weights by marginal likelihood, exact held-out predictions.

Equations: Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), eqs. 2.25, 2.30, 5.9; held-out
residuals of a whole block from one inverse, ``C_BB^-1 (C (y - m))_B`` with ``C = (K + S)^-1``, the block form of their
eq. 5.12.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import linalg
from scipy.optimize import minimize

from tools.properties.auxiliary import Chosen, similarities
from tools.properties.kernels import PARTS, Reference

FloatArray = NDArray[np.float64]
_SUBSET, _STEPS = 500, 15
_JITTER = 1e-6
# of the labels' variance: the likelihood of a subset sees too little of the spread between laboratories, and held-out
# errors of Tg and Tm fall with this floor while those of gases stay
_LEAST_NOISE = 0.01
_FIRST_NOISE = 0.1
_PRIOR_WIDTH = 2.0  # of the logarithms of the weights, keeps unused kernels from running away
_BLOCK = 1024
# degrees of freedom of Student's t, largest squared residual, least share of the noise that a good label keeps
_FREEDOM, _STRAY, _LEAST_SHARE = 4.0, 50.0, 0.5


@dataclass(frozen=True)
class Aid:
    """What the first stage says about the training polymers.

    Attributes
    ----------
    chosen : Chosen
        Helpers of this property.
    near : ndarray of float32 [n, h]
        Scores from answers held out in random folds: what training sees.
    far : dict of str to ndarray of float32 [n, h]
        By split name, scores when the whole fold of a polymer was never seen: what its held-out prediction may use.
        Splits that are not named use ``near``.
    """

    chosen: Chosen
    near: NDArray[np.float32]
    far: dict[str, NDArray[np.float32]]

    def trees(self, split: str = "") -> NDArray[np.float32]:
        """Return the columns of the trees, as held-out predictions of a split may see them."""
        return self.far.get(split, self.near)[:, self.chosen.columns]


@dataclass(frozen=True)
class Process:
    """A fitted Gaussian process.

    Attributes
    ----------
    weights : ndarray [parts]
        Weights of the kernels, in units of the labels' variance.
    aid_weights : ndarray [groups]
        Weights of the kernels on the first stage; empty without one.
    noise : float
        Variance of the noise in the same unit.
    alpha : ndarray [n]
        Coefficients, in model space.
    offset : float
        Mean of the labels.
    inverse : ndarray of float32 [n, n]
        Inverse of kernel plus noise: ``alpha = inverse (y - offset)`` up to rounding.
    held_out : dict of str to ndarray [n]
        Held-out predictions per split name; NaN in negative folds.
    """

    weights: FloatArray
    aid_weights: FloatArray
    noise: float
    alpha: FloatArray
    offset: float
    inverse: NDArray[np.float32]
    held_out: dict[str, FloatArray]


def tune(
    reference: Reference,
    rows: NDArray[np.int64],
    target: FloatArray,
    noise_shape: FloatArray,
    seed: int,
    aid: Aid | None = None,
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
    aid : Aid, optional
        The first stage.

    Returns
    -------
    ndarray [parts + groups + 1]
        Weights, then noise.
    """
    chosen = np.random.default_rng(seed).permutation(len(rows))[:_SUBSET]
    parts = [part.astype(np.float64) for part in reference.parts(rows[chosen], rows[chosen])]
    if aid is not None:
        parts += [part.astype(np.float64) for part in similarities(aid.near[chosen], aid.near[chosen], aid.chosen)]
    y, shape = target[chosen], noise_shape[chosen]
    start = np.log(np.array([0.8 / len(parts)] * len(parts) + [_FIRST_NOISE]))

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


def _inverse(lower: NDArray[Any]) -> NDArray[Any]:
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
    aid: Aid | None = None,
    *,
    robust: bool = False,
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
    aid : Aid, optional
        The first stage.
    robust : bool
        Give stray labels more noise; every fold is then fitted by itself, so that no held-out label has a say.

    Returns
    -------
    Process
        Coefficients and held-out predictions. Kernel weights (a handful of numbers) are set once for all folds.
    """
    offset, spread = float(values.mean()), float(values.std()) or 1.0
    target = (values - offset) / spread
    shape = 1.0 / label_weights
    found = tune(reference, rows, target, shape, seed, aid)
    noise = max(float(found[-1]), _LEAST_NOISE)
    weights, aid_weights = found[: len(PARTS)], found[len(PARTS) : -1]
    base = reference.kernel(rows, weights)
    smooth = base if aid is None else base + _aided(aid.near, aid.near, aid.chosen, aid_weights)
    problem = _Problem(smooth, target, noise * shape, robust=robust)
    held_out: dict[str, FloatArray] = {}
    away = aid.far.keys() & splits.keys() if aid is not None else set()
    for name in splits.keys() if robust else away:
        across = _across(base, smooth, aid, aid_weights, name)
        held_out[name] = offset + spread * _refitted(problem, splits[name], across)
    noises = problem.noises(np.arange(len(rows)))
    lower, alpha = problem.solved(np.arange(len(rows)), noises)
    inverse = _inverse(lower)
    for name in splits.keys() - held_out.keys():
        held_out[name] = values - spread * _left_out(inverse, alpha, splits[name])
    return Process(weights, aid_weights, noise, alpha * spread, offset, inverse, held_out)


@dataclass(frozen=True)
class _Problem:
    """A kernel without noise [n, n], standardised labels [n] and their noise [n], to be solved for some rows."""

    smooth: NDArray[np.float32]
    target: FloatArray
    noise: FloatArray
    robust: bool

    def solved(self, rows: NDArray[np.int64], noise: FloatArray) -> tuple[NDArray[np.float32], FloatArray]:
        """Return the Cholesky factor and the coefficients of some rows."""
        kernel = self.smooth[np.ix_(rows, rows)]
        kernel[np.diag_indices(len(rows))] += noise.astype(np.float32)
        lower = linalg.cholesky(kernel, lower=True, overwrite_a=True, check_finite=False)
        alpha = linalg.cho_solve((lower, True), self.target[rows].astype(np.float32), check_finite=False)
        return lower, alpha.astype(np.float64)

    def noises(self, rows: NDArray[np.int64]) -> FloatArray:
        """Return the noise of some rows; if robust, larger where leaving a label out shows that it is a stray one.

        One step of expectation maximisation for Student's t noise (Lange et al., J. Am. Stat. Assoc. 1989, 84, 881),
        with leave-one-out residuals among these rows alone (Rasmussen and Williams, eq. 5.12).
        """
        noise = self.noise[rows]
        if not self.robust:
            return noise
        lower, alpha = self.solved(rows, noise)
        precision = np.diag(_inverse(lower)).astype(np.float64)
        squared = np.minimum(alpha**2 / precision, _STRAY)
        return np.asarray(noise * np.maximum((_FREEDOM + squared) / (_FREEDOM + 1), _LEAST_SHARE))


def _across(
    base: NDArray[np.float32], smooth: NDArray[np.float32], aid: Aid | None, weights: FloatArray, split: str
) -> Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]]:
    """Return the kernel between held-out and kept polymers, the former as the first stage sees them from afar."""

    def kernel(held: NDArray[np.int64], kept: NDArray[np.int64]) -> NDArray[np.float32]:
        if aid is None or split not in aid.far:
            return smooth[np.ix_(held, kept)]
        return base[np.ix_(held, kept)] + _aided(aid.far[split][held], aid.near[kept], aid.chosen, weights)

    return kernel


def _aided(
    left: NDArray[np.float32], right: NDArray[np.float32], chosen: Chosen, weights: FloatArray
) -> NDArray[np.float32]:
    """Return the weighted sum of the kernels on the first stage [m, n], block by block."""
    total = np.empty((len(left), len(right)), dtype=np.float32)
    for start in range(0, len(left), _BLOCK):
        parts = similarities(left[start : start + _BLOCK], right, chosen)
        total[start : start + _BLOCK] = sum(np.float32(w) * part for w, part in zip(weights, parts, strict=True))
    return total


def _left_out(inverse: NDArray[np.float32], alpha: FloatArray, folds: NDArray[np.int64]) -> FloatArray:
    """Return held-out residuals of standardised labels, fold by fold from one inverse."""
    residual = np.full(len(alpha), np.nan)
    for fold in np.unique(folds[folds >= 0]):
        block = np.flatnonzero(folds == fold)
        inner = inverse[np.ix_(block, block)].astype(np.float64)
        residual[block] = linalg.solve(inner, alpha[block], assume_a="pos", check_finite=False)
    return residual


def _refitted(
    problem: _Problem,
    folds: NDArray[np.int64],
    across: Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.float32]],
) -> FloatArray:
    """Predict standardised labels fold by fold, each from a fit of its own."""
    predicted = np.full(len(folds), np.nan)
    for fold in np.unique(folds[folds >= 0]):
        held, kept = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        _, alpha = problem.solved(kept, problem.noises(kept))
        predicted[held] = across(held, kept).astype(np.float64) @ alpha
    return predicted
