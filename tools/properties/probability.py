"""The chance that a polymer meets constraints, from the calibrated predictive distributions.

One constraint: the conformal predictive distribution of the property between the bounds. Several: a Gaussian copula
joins the distributions with the correlation of the models' held-out errors, and the probability of the box is found by
separation of variables (Genz, J. Comput. Graph. Stat. 1992, 1, 141) on a fixed lattice, so that the same inputs give
the same numbers and small chances still rank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from tools.core.errors import InputError, NotCoveredError
from tools.core.spec import Constraint
from tools.properties.artefacts import library
from tools.properties.predict import Column, PredictionTable

FloatArray = NDArray[np.float64]
_POINTS = 128
_EDGE = 1e-12
# square roots of primes: a Richtmyer lattice, as Genz recommends
_PRIMES = np.array([2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53], dtype=np.float64)


def bounds(constraint: Constraint) -> tuple[float, float] | None:
    """Return the interval that a constraint asks for.

    Parameters
    ----------
    constraint : Constraint
        In the canonical unit of its property.

    Returns
    -------
    tuple of float or None
        Lower and upper bound, infinite where open; None for "maximise" and "minimise", which ask for no bound.

    Raises
    ------
    InputError
        If the operator needs a bound that is missing.
    """
    operator = constraint.operator
    if operator in ("maximise", "minimise"):
        return None
    lower = -np.inf if constraint.lower is None else constraint.lower
    upper = np.inf if constraint.upper is None else constraint.upper
    if operator in (">", ">="):
        upper = np.inf
    elif operator in ("<", "<="):
        lower = -np.inf
    if (np.isinf(lower) and np.isinf(upper)) or (operator in ("between", "around") and np.isinf(upper - lower)):
        raise InputError(f"The constraint on {constraint.property} lacks a bound.", hint="Give a number.")
    return float(lower), float(upper)


def meets(constraint: Constraint, row: Mapping[str, object] | PredictionTable, index: int = 0) -> float:
    """Return the chance that one polymer meets one constraint.

    Parameters
    ----------
    constraint : Constraint
        What is asked for.
    row : PredictionTable
        Predictions that hold the property.
    index : int
        Row of the table.

    Returns
    -------
    float
        Between 0 and 1; 1 for "maximise" and "minimise", which nothing can miss.

    Raises
    ------
    NotCoveredError
        If the table does not hold the property.
    InputError
        If ``row`` is not a table of predictions.
    """
    if not isinstance(row, PredictionTable):
        raise InputError("A chance needs the predictive distribution.", hint="Pass a table from predict_table.")
    return float(chances(constraint, row)[index])


def chances(constraint: Constraint, table: PredictionTable) -> FloatArray:
    """Return the chance [n] that each polymer of a table meets one constraint.

    Parameters
    ----------
    constraint : Constraint
        What is asked for.
    table : PredictionTable
        Predictions that hold the property.

    Returns
    -------
    ndarray [n]
        Between 0 and 1.

    Raises
    ------
    NotCoveredError
        If the table does not hold the property.
    """
    span = bounds(constraint)
    if span is None:
        return np.ones(len(table))
    low, high = _levels(_column(table, constraint.property), span)
    return _sure(np.maximum(high - low, 0.0))


def joint(constraints: Sequence[Constraint], table: PredictionTable) -> FloatArray:
    """Return the chance [n] that each polymer meets all constraints at once.

    Parameters
    ----------
    constraints : sequence of Constraint
        Bounds on one property are intersected; "maximise" and "minimise" ask for nothing.
    table : PredictionTable
        Predictions that hold all their properties.

    Returns
    -------
    ndarray [n]
        Between 0 and 1; all ones when nothing is asked.

    Raises
    ------
    NotCoveredError
        If the table lacks a property.
    """
    spans: dict[str, tuple[float, float]] = {}
    for constraint in constraints:
        span = bounds(constraint)
        if span is not None:
            before = spans.get(constraint.property, (-np.inf, np.inf))
            spans[constraint.property] = (max(before[0], span[0]), min(before[1], span[1]))
    if not spans:
        return np.ones(len(table))
    names = list(spans)
    levels = [_levels(_column(table, name), spans[name]) for name in names]
    low = np.column_stack([pair[0] for pair in levels])
    high = np.column_stack([pair[1] for pair in levels])
    found = library(table.folder)
    matrix = np.array([[found.between(first, second) for second in names] for first in names])
    return _sure(box_probability(low, np.maximum(high, low), matrix))


def _sure(chance: FloatArray) -> FloatArray:
    """A prediction that is no number meets nothing."""
    return np.where(np.isfinite(chance), chance, 0.0)


def _column(table: PredictionTable, name: str) -> Column:
    if name not in table.columns:
        raise NotCoveredError(f"{name} was not predicted.", hint="Ask predict_table for it, or drop the constraint.")
    return table.columns[name]


def _levels(column: Column, span: tuple[float, float]) -> tuple[FloatArray, FloatArray]:
    """Return the predictive distribution function at both bounds, [n] each."""
    ends = []
    for value, at_infinity in ((span[0], 0.0), (span[1], 1.0)):
        if np.isinf(value):
            ends.append(np.full(len(column.centre), at_infinity))
            continue
        if column.log and value <= 0:
            ends.append(np.zeros(len(column.centre)))
            continue
        edge = np.log10(value) if column.log else value
        ends.append(column.calibration.cdf((edge - column.centre) / column.sd))
    return ends[0], ends[1]


def box_probability(low: FloatArray, high: FloatArray, correlation: FloatArray) -> FloatArray:
    """Return the probability of boxes under a Gaussian copula.

    Parameters
    ----------
    low, high : ndarray [n, k]
        Marginal probabilities at the lower and upper bounds.
    correlation : ndarray [k, k]
        Correlation matrix.

    Returns
    -------
    ndarray [n]
        Probability of each box.
    """
    n, k = low.shape
    if k == 1:
        return np.asarray(high[:, 0] - low[:, 0])
    factor = np.linalg.cholesky(_positive(correlation))
    lower, upper = ndtri(low), ndtri(high)
    shifts = np.sqrt(_PRIMES[np.arange(k - 1) % len(_PRIMES)] + np.arange(k - 1) // len(_PRIMES))
    lattice = np.abs(2 * np.mod(np.outer(np.arange(1, _POINTS + 1), shifts), 1.0) - 1)  # [points, k-1]
    weight = np.ones((n, _POINTS))
    drawn = np.zeros((n, _POINTS, k))
    for axis in range(k):
        mean = drawn[:, :, :axis] @ factor[axis, :axis]
        begin = ndtr((lower[:, axis, None] - mean) / factor[axis, axis])
        end = ndtr((upper[:, axis, None] - mean) / factor[axis, axis])
        weight *= np.maximum(end - begin, 0.0)
        if axis < k - 1:
            inside = begin + lattice[None, :, axis] * (end - begin)
            drawn[:, :, axis] = ndtri(np.clip(inside, _EDGE, 1 - _EDGE))
    return np.asarray(np.clip(weight.mean(axis=1), 0.0, 1.0))


def _positive(matrix: FloatArray) -> FloatArray:
    values, vectors = np.linalg.eigh(matrix)
    mended = (vectors * np.maximum(values, 1e-4)) @ vectors.T
    root = np.sqrt(np.diag(mended))
    return np.asarray(mended / np.outer(root, root))
