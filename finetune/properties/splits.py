"""Splits by polymer, and the check that runs before any number is reported."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tools.core.errors import InputError
from tools.properties.features import Features

_COMPONENTS = 32


def random_folds(count: int, folds: int = 5, seed: int = 0) -> NDArray[np.int64]:
    """Deal polymers into folds at random; one row is one polymer, so this is a split by key.

    Parameters
    ----------
    count : int
        Number of polymers.
    folds : int
        Number of folds.
    seed : int
        Random seed.

    Returns
    -------
    ndarray of int [count]
        Fold of each polymer.
    """
    return np.random.default_rng(seed).permutation(np.arange(count) % folds)


def cluster_folds(features: Features, folds: int = 10, seed: int = 0) -> NDArray[np.int64]:
    """Group polymers of alike structure, so that a fold holds chemistry that the others lack.

    k-means on the leading singular vectors of the logarithms of ring-closed Morgan counts, each polymer scaled to
    length one.

    Parameters
    ----------
    features : Features
        The polymers.
    folds : int
        Number of clusters.
    seed : int
        Random seed.

    Returns
    -------
    ndarray of int [n]
        Cluster of each polymer.
    """
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    block = features.blocks["cycle"].astype(np.float64)
    block.data = np.log1p(block.data)
    components = min(_COMPONENTS, len(features) - 1)
    reduced = TruncatedSVD(components, random_state=seed).fit_transform(normalize(block))
    labels = KMeans(folds, n_init=4, random_state=seed).fit_predict(reduced)
    return np.asarray(labels, dtype=np.int64)


def check_leakage(train: Sequence[str], test: Sequence[str]) -> None:
    """Refuse a split in which a polymer is on both sides.

    Parameters
    ----------
    train, test : sequence of str
        Canonical units of the two sides.

    Raises
    ------
    InputError
        If they share a polymer; the first few are named.
    """
    shared = sorted(set(train) & set(test))
    if shared:
        named = ", ".join(shared[:3])
        raise InputError(
            f"{len(shared)} polymers are in both training and test: {named}.",
            hint="Remove them from one side; other writings of a repeat unit count as the same polymer.",
        )
