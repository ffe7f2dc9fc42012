"""Joint draws of prediction errors over polymers and properties, and the greedy choice of a batch from them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tools.properties.intervals import LEVELS, Calibration

FloatArray = NDArray[np.float64]

_DRAWS = 1024  # and as many mirrored
_SHARED = 0.5  # correlation of the errors of two polymers that look the same
_JITTER = 1e-6
EDGE = 1e-9
_TIE = 1e-3


def greedy_batch(utility: FloatArray, n: int) -> tuple[list[int], list[float]]:
    """Grow a batch by the expected maximum of its utility.

    Parameters
    ----------
    utility : ndarray [draws, m]
        Utility of m candidates in joint draws, not negative.
    n : int
        Candidates to choose at most.

    Returns
    -------
    list of int
        Candidates in the order of choice; ties go to the higher mean utility, then to the earlier candidate.
    list of float
        What each added to the expected maximum.
    """
    best = np.zeros(len(utility))
    mean = utility.mean(axis=0)
    order: list[int] = []
    gains: list[float] = []
    for _ in range(min(n, utility.shape[1])):
        gain = np.maximum(utility - best[:, None], 0.0).mean(axis=0)
        ranked = gain + _TIE * mean
        ranked[order] = -np.inf
        row = int(np.argmax(ranked))
        order.append(row)
        gains.append(float(gain[row]))
        best = np.maximum(best, utility[:, row])
    return order, gains


def error_correlation(similarity: FloatArray) -> FloatArray:
    """Turn similarities of polymers into correlations of their prediction errors.

    Parameters
    ----------
    similarity : ndarray [m, m]
        Min-max similarities, 1 on the diagonal.

    Returns
    -------
    ndarray [m, m]
        Positive definite: squares of a positive semi-definite kernel are one too (Schur), and the diagonal is 1.
    """
    shared = _SHARED * similarity**2
    np.fill_diagonal(shared, 1.0)
    return shared


def joint_draws(
    polymers: FloatArray,
    properties: FloatArray,
    observed: Mapping[tuple[int, int], float],
    seed: int,
) -> FloatArray:
    """Draw standard normal errors that correlate between polymers and between properties, given some of them.

    Parameters
    ----------
    polymers : ndarray [m, m]
        Correlation between polymers.
    properties : ndarray [k, k]
        Correlation between properties.
    observed : mapping of (int, int) to float
        Known errors by polymer and property.
    seed : int
        Seed.

    Returns
    -------
    ndarray [draws, m, k]
        Draws, the second half mirroring the first.
    """
    m, k = len(polymers), len(properties)
    rng = np.random.default_rng(seed)
    fresh = rng.standard_normal((_DRAWS, m, k))
    left = np.linalg.cholesky(polymers + _JITTER * np.eye(m))
    right = np.linalg.cholesky(properties + _JITTER * np.eye(k))
    half = left @ fresh @ right.T
    drawn = np.concatenate([half, -half])
    if observed:
        rows, columns = (np.array(axis) for axis in zip(*observed, strict=True))
        between = polymers[:, rows][:, None, :] * properties[:, columns][None, :, :]  # [m, k, observed]
        among = polymers[np.ix_(rows, rows)] * properties[np.ix_(columns, columns)]
        missing = np.array(list(observed.values())) - drawn[:, rows, columns]
        solved = np.linalg.solve(among + _JITTER * np.eye(len(rows)), missing.T)
        drawn = drawn + np.moveaxis(between @ solved, 2, 0)
    return np.asarray(drawn)


def quantile(calibration: Calibration, level: FloatArray) -> FloatArray:
    """Invert ``Calibration.cdf``.

    Parameters
    ----------
    calibration : Calibration
        Distribution of scaled errors.
    level : ndarray
        Chances between 0 and 1, any shape.

    Returns
    -------
    ndarray
        Scaled errors of the same shape.
    """
    centred = np.clip(np.abs(2 * level - 1), 0.0, 1 - EDGE)
    last = max(calibration.scores[-1], 1e-12)
    tail = last * ((1 - LEVELS[-1]) / (1 - centred)) ** 0.25
    size = np.where(centred > LEVELS[-1], tail, np.interp(centred, LEVELS, calibration.scores))
    return np.asarray(np.where(level >= 0.5, size, -size))


def positive(matrix: FloatArray) -> FloatArray:
    """Return the nearest usable correlation matrix.

    Parameters
    ----------
    matrix : ndarray [k, k]
        Correlations measured pair by pair.

    Returns
    -------
    ndarray [k, k]
        Eigenvalues of at least 1e-4 before the diagonal is set to 1 again.
    """
    values, vectors = np.linalg.eigh(matrix)
    mended = (vectors * np.maximum(values, 1e-4)) @ vectors.T
    root = np.sqrt(np.diag(mended))
    return np.asarray(mended / np.outer(root, root))
