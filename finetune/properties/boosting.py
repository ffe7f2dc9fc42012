"""Boosted trees with fixed parameters: tuning them per property raised held-in and lowered held-out scores."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.properties.features import Features, Tier
from tools.properties.trees import Trees, design_matrix, slim

FloatArray = NDArray[np.float64]

#: Rounds and the largest number of bins taken from one block of counts.
ROUNDS: dict[str, int] = {"accurate": 700, "fast": 300, "error": 60}
_COLUMNS = {"accurate": 375, "fast": 500}
_RARE = 0.004
_COMMON: dict[str, Any] = {
    "objective": "regression",
    "learning_rate": 0.06,
    "num_leaves": 31,
    "min_data_in_leaf": 5,
    "feature_fraction": 0.2,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    "max_bin": 63,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbose": -1,
}
_CHANGES: dict[str, dict[str, Any]] = {
    "accurate": {"learning_rate": 0.04},
    "fast": {"feature_fraction": 0.4, "learning_rate": 0.08},
    "error": {"num_leaves": 7, "min_data_in_leaf": 20, "feature_fraction": 0.4},
}


def choose_columns(features: Features, tier: Tier) -> dict[str, NDArray[np.int64]]:
    """Choose the bins that enough polymers have, the most common first.

    Parameters
    ----------
    features : Features
        Training polymers.
    tier : {"accurate", "fast"}
        Sets how many.

    Returns
    -------
    dict of str to ndarray of int
        Bins per block.
    """
    least = max(3, int(_RARE * len(features)))
    chosen = {}
    for name, block in features.blocks.items():
        counts = np.bincount(block.indices, minlength=block.shape[1])
        order = np.argsort(-counts, kind="stable")[: _COLUMNS[tier]]
        chosen[name] = np.sort(order[counts[order] >= least]).astype(np.int64)
    return chosen


class Boosting:
    """Trains trees on one table of features again and again (folds, targets), with the same columns and bins.

    Parameters
    ----------
    features : Features
        The polymers, n of them.
    tier : {"accurate", "fast"}
        Which features they are.
    seed : int
        Random seed.
    extra : ndarray [n, h], optional
        Further columns.
    """

    def __init__(self, features: Features, tier: Tier, seed: int = 0, extra: NDArray[np.float32] | None = None) -> None:
        self.columns = choose_columns(features, tier)
        self.matrix = design_matrix(features, self.columns, extra)
        self.tier = tier
        self.seed = seed

    def fit(
        self, values: FloatArray, weights: FloatArray, rows: NDArray[np.int64] | None = None, kind: str = ""
    ) -> tuple[Trees, Any]:
        """Train on some rows (all when left out) and return the trees and the booster."""
        import lightgbm

        kind = kind or self.tier
        rows = np.arange(len(values)) if rows is None else rows
        offset = float(np.average(values[rows], weights=weights[rows]))
        data = lightgbm.Dataset(
            self.matrix[rows], values[rows] - offset, weight=weights[rows], params={"verbose": -1, "max_bin": 63}
        )
        parameters = {**_COMMON, **_CHANGES[kind], "seed": self.seed}
        booster = lightgbm.train(parameters, data, ROUNDS[kind])
        return Trees(slim(booster.model_to_string()), self.columns, offset), booster

    def held_out(
        self,
        values: FloatArray,
        weights: FloatArray,
        folds: NDArray[np.int64],
        kind: str = "",
        extra: NDArray[np.float32] | None = None,
    ) -> FloatArray:
        """Predict each fold from the others, [n]; polymers in negative folds are never held out and stay NaN.

        Further columns ``extra`` [n, h] replace those of training where a polymer is held out.
        """
        asked = self.matrix
        if extra is not None:
            asked = np.hstack([asked[:, : asked.shape[1] - extra.shape[1]], extra])
        predicted = np.full(len(values), np.nan)
        for fold in np.unique(folds[folds >= 0]):
            inside = folds == fold
            trees, booster = self.fit(values, weights, np.flatnonzero(~inside), kind)
            predicted[inside] = booster.predict(asked[inside], num_threads=1) + trees.offset
        return predicted
