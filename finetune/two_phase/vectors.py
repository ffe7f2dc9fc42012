"""Rows of numbers for chains: descriptors, and the scaling that every encoder's rows go through."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tools.core.polymer import Polymer

Array = NDArray[np.float64]
Encode = Callable[[Sequence[Polymer]], Array]
_CLIP = 5.0  # standard deviations beyond which a column says no more


def descriptor_rows(polymers: Sequence[Polymer]) -> Array:
    """Describe chains by RDKit and chain descriptors [n, d], intensive, with 0 where RDKit has none."""
    from tools.chemistry.descriptors import descriptors

    return np.nan_to_num(descriptors(polymers)[1], nan=0.0, posinf=0.0, neginf=0.0)


class Scaler:
    """Columns of an encoder to their main components over reference rows.

    Every column gets zero mean and unit spread, constant ones are left out and far values cut; the first components
    are kept and scaled together to unit mean variance.

    Parameters
    ----------
    rows : ndarray [n, d]
        Reference rows: hypothetical polymers, whose structures carry no measured value.
    components : int
        Components to keep; 0 for the columns themselves.
    """

    def __init__(self, rows: Array, components: int = 0) -> None:
        spread = rows.std(axis=0)
        self._kept = np.flatnonzero(spread > 1e-8)
        self._mean, self._spread = rows.mean(axis=0)[self._kept], spread[self._kept]
        self._turn: Array | None = None
        if components:
            found = self._columns(rows)
            directions = np.linalg.eigh(found.T @ found)[1][:, ::-1][:, :components]
            self._turn = directions / float(np.sqrt(np.mean(np.var(found @ directions, axis=0))))

    def _columns(self, rows: Array) -> Array:
        return np.asarray(np.clip((rows[:, self._kept] - self._mean) / self._spread, -_CLIP, _CLIP))

    def __call__(self, rows: Array) -> Array:
        """Return inputs [n, c] for rows [n, d]."""
        found = self._columns(rows)
        return found if self._turn is None else found @ self._turn
