"""Numbers that say how good predictions are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def scores(true: FloatArray, predicted: FloatArray) -> dict[str, float]:
    """Return root mean square error, mean absolute error and R2.

    Parameters
    ----------
    true, predicted : ndarray [n]
        In the same unit.

    Returns
    -------
    dict of str to float
        Keys "rmse", "mae", "r2".
    """
    error = true - predicted
    variance = float(((true - true.mean()) ** 2).sum())
    return {
        "rmse": float(np.sqrt(np.mean(error**2))),
        "mae": float(np.mean(np.abs(error))),
        "r2": 1.0 - float((error**2).sum()) / variance if variance > 0 else float("nan"),
    }


def mean_baseline(values: FloatArray, folds: NDArray[np.int64]) -> FloatArray:
    """Predict the mean of the other folds, [n]."""
    predicted = np.zeros(len(values))
    for fold in np.unique(folds):
        predicted[folds == fold] = values[folds != fold].mean()
    return predicted


def neighbour_baseline(values: FloatArray, folds: NDArray[np.int64], similarity: NDArray[np.float32]) -> FloatArray:
    """Predict the label of the most similar polymer of the other folds, [n]."""
    predicted = np.zeros(len(values))
    for fold in np.unique(folds):
        held, kept = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        predicted[held] = values[kept[np.argmax(similarity[np.ix_(held, kept)], axis=1)]]
    return predicted


def by_tercile(covered: NDArray[np.bool_], similarity: FloatArray) -> dict[str, float]:
    """Return the coverage in the thirds of least, middle and highest similarity to training.

    Parameters
    ----------
    covered : ndarray of bool [n]
        Whether intervals held the true value.
    similarity : ndarray [n]
        Similarity of the nearest training polymer.

    Returns
    -------
    dict of str to float
        Keys "least_similar", "middle", "most_similar".
    """
    order = np.argsort(similarity, kind="stable")
    thirds = np.array_split(order, 3)
    names = ("least_similar", "middle", "most_similar")
    return {name: float(covered[third].mean()) for name, third in zip(names, thirds, strict=True)}


def rounded(numbers: dict[str, Any], digits: int = 5) -> dict[str, Any]:
    """Round a nested dictionary of numbers to significant digits, for cards."""
    return {
        name: rounded(value, digits)
        if isinstance(value, dict)
        else (float(f"{value:.{digits}g}") if isinstance(value, float) else value)
        for name, value in numbers.items()
    }
