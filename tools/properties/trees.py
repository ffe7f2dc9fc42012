"""Gradient-boosted trees on chosen columns of the features, kept as LightGBM text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.core.errors import ArtefactError
from tools.properties.features import Features

# Lines of LightGBM's text that prediction does not read.
_UNREAD = re.compile(r"^(split_gain|leaf_weight|leaf_count|internal_value|internal_weight|internal_count)=.*\n", re.M)


def design_matrix(
    features: Features, columns: dict[str, NDArray[np.int64]], extra: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Put chosen count columns and all descriptors side by side.

    Parameters
    ----------
    features : Features
        n polymers.
    columns : dict of str to ndarray of int
        Bins taken from each block.
    extra : ndarray of float32 [n, h], optional
        Further columns.

    Returns
    -------
    ndarray of float32 [n, columns + descriptors + h]
        The matrix that the trees see.
    """
    counts = [features.blocks[name][:, bins].toarray().astype(np.float32) for name, bins in columns.items()]
    return np.hstack([*counts, features.dense] if extra is None else [*counts, features.dense, extra])


@dataclass(frozen=True)
class Trees:
    """A boosted ensemble.

    Attributes
    ----------
    text : str
        LightGBM model text; reading it runs no code.
    columns : dict of str to ndarray of int
        Bins of each block that the trees see.
    offset : float
        Added to what the trees say.
    """

    text: str
    columns: dict[str, NDArray[np.int64]] = field(hash=False)
    offset: float = 0.0

    @cached_property
    def _booster(self) -> Any:
        import lightgbm

        try:
            return lightgbm.Booster(model_str=self.text)
        except lightgbm.basic.LightGBMError as error:
            raise ArtefactError(f"The trees cannot be read: {error}") from error

    def predict(self, features: Features, extra: NDArray[np.float32] | None = None) -> NDArray[np.float64]:
        """Return one number per polymer, [n]; ``extra`` [n, h] as in training."""
        if not len(features):
            return np.zeros(0)
        matrix = design_matrix(features, self.columns, extra)
        return np.asarray(self._booster.predict(matrix, num_threads=1), dtype=np.float64) + self.offset


def slim(text: str) -> str:
    """Leave out of LightGBM's text what prediction does not read (a third of its size)."""
    head, _, _ = text.partition("\nfeature_importances:")
    lean = _UNREAD.sub("", head)
    return re.sub(r"^tree_sizes=.*\n", "", lean, flags=re.M) + "\n"
