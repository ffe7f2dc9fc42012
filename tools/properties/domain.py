"""How far a polymer lies from those a model has learnt from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tools.properties.features import BINS, Features

FloatArray = NDArray[np.float64]
NEIGHBOURS = 8
_FLOOR = 0.03


def nearest(
    similarity: NDArray[np.float32], labels_error: FloatArray | None = None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Summarise similarities to the training polymers of one property.

    Parameters
    ----------
    similarity : ndarray [m, n]
        Min-max similarity of ring-closed Morgan counts; entries that must not count are negative.
    labels_error : ndarray [n], optional
        Absolute held-out residual of each training polymer, in model space.

    Returns
    -------
    best, density, local_error : ndarray [m]
        Highest similarity; mean of the ``NEIGHBOURS`` highest; similarity-weighted mean error of those neighbours.
    """
    count = min(NEIGHBOURS, similarity.shape[1])
    top = np.argpartition(-similarity, count - 1, axis=1)[:, :count]
    values = np.maximum(np.take_along_axis(similarity, top, axis=1).astype(np.float64), 0)
    weights = values**3 + 1e-9
    errors = np.zeros_like(values) if labels_error is None else labels_error[top]
    local = (weights * errors).sum(axis=1) / weights.sum(axis=1)
    return values.max(axis=1), values.mean(axis=1), local


def accurate_difficulty(
    best: FloatArray, density: FloatArray, local_error: FloatArray, disagreement: FloatArray, unit: float
) -> FloatArray:
    """Put together what makes a polymer hard for the blend.

    Parameters
    ----------
    best, density, local_error : ndarray [m]
        From ``nearest``.
    disagreement : ndarray [m]
        Absolute difference between the members of the blend, in model space.
    unit : float
        Mean absolute held-out residual, which makes errors dimensionless.

    Returns
    -------
    ndarray [m, 4]
        Logarithms, so that the scale is a product of powers.
    """
    return np.column_stack(
        [
            np.log(1 - best + _FLOOR),
            np.log(1 - density + _FLOOR),
            np.log(local_error / unit + 0.1),
            np.log(disagreement / unit + 0.1),
        ]
    )


def unseen_share(features: Features, seen: NDArray[np.bool_]) -> FloatArray:
    """Return the share [m] of a polymer's environments that no training polymer has.

    Parameters
    ----------
    features : Features
        m polymers of either tier.
    seen : ndarray of bool [BINS]
        Bins of block ``cycle`` that occur in training.
    """
    block = features.blocks["cycle"]
    missing = (~seen[block.indices]).astype(np.float64)
    sums = np.add.reduceat(np.append(missing, 0.0), block.indptr[:-1]) if len(features) else np.zeros(0)
    return np.asarray(sums / np.maximum(np.diff(block.indptr), 1))


def seen_bins(features: Features) -> NDArray[np.bool_]:
    """Return which bins [BINS] of block ``cycle`` occur among polymers."""
    seen = np.zeros(BINS, dtype=bool)
    seen[features.blocks["cycle"].indices] = True
    return seen


def fast_difficulty(unseen: FloatArray, expected_error: FloatArray, unit: float) -> FloatArray:
    """Put together what makes a polymer hard for the screening model: [m, 2]."""
    return np.column_stack([np.log(unseen + 0.02), np.log(np.maximum(expected_error, 0) / unit + 0.1)])
