"""Similarities between polymers that the Gaussian processes add up.

A count ``k`` in a bin is written as ``k`` ones (bin, 1) ... (bin, k); the min-max similarity of two count vectors,
``sum(min(a, b)) / sum(max(a, b))`` (Ralaivola et al., Neural Networks 2005, 18, 1093), is then an ordinary Tanimoto
similarity of bit vectors, which one sparse product gives for a whole table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import norm

from tools.properties.backbone import BACKBONE_NAMES
from tools.properties.features import BINS, BLOCKS, Features, dense_names

FloatArray = NDArray[np.float32]

_LEVELS = 16  # counts above this are cut
_GRID = 257  # quantiles kept per descriptor

#: Dense groups with the inverse squared length scales of their Gaussian kernels, distances per dimension.
DENSE_GROUPS: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("backbone", (0.3, 2.0)),
    ("physical", (0.3, 2.0)),
    ("fragments", (1.0,)),
)
PARTS: tuple[str, ...] = (
    *BLOCKS["accurate"],
    *(f"{group}:{scale:g}" for group, scales in DENSE_GROUPS for scale in scales),
)


def _unary(block: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the codes of all ones, row after row, and where each row starts."""
    counts = np.minimum(block.data.astype(np.int64), _LEVELS)
    ends = np.cumsum(counts)
    levels = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts, counts)
    codes = np.repeat(block.indices.astype(np.int64), counts) * _LEVELS + levels
    return codes, np.concatenate([[0], ends])[block.indptr]


def _group(name: str) -> str:
    if name in BACKBONE_NAMES:
        return "backbone"
    return "fragments" if name.startswith("fr_") else "physical"


@dataclass(frozen=True)
class RankScale:
    """Maps descriptors to normal scores by their rank among reference polymers.

    Attributes
    ----------
    grid : ndarray of float32 [quantiles, d]
        Quantiles of each descriptor, ascending.
    used : ndarray of int [d_used]
        Descriptors that vary.
    """

    grid: FloatArray
    used: NDArray[np.int64]

    @staticmethod
    def fit(dense: FloatArray) -> RankScale:
        """Take the quantiles of reference polymers, ``dense`` [n, d]."""
        grid = np.quantile(dense, np.linspace(0, 1, _GRID), axis=0).astype(np.float32)
        return RankScale(grid, np.flatnonzero(dense.std(axis=0) > 1e-9))

    def places(self, dense: FloatArray) -> NDArray[np.uint16]:
        """Return twice the rank [n, d_used] of descriptors [n, d] among the quantiles, as whole numbers."""
        twice = np.empty((len(dense), len(self.used)), dtype=np.uint16)
        for column, index in enumerate(self.used):
            grid, values = self.grid[:, index], dense[:, index]
            low, high = np.searchsorted(grid, values, "left"), np.searchsorted(grid, values, "right")
            place = np.where(high > low, (low + high) / 2, _between(grid, values, low))
            twice[:, column] = np.rint(2 * place)
        return twice

    @staticmethod
    def scores(twice: NDArray[np.uint16]) -> FloatArray:
        """Return the normal scores of places, same shape."""
        share = np.clip(np.arange(2 * _GRID + 1) / (2 * _GRID), 0.5 / _GRID, 1 - 0.5 / _GRID)
        return np.asarray(norm.ppf(share).astype(np.float32)[twice])

    def __call__(self, dense: FloatArray) -> FloatArray:
        """Return the scores [n, d_used] of descriptors [n, d]."""
        return self.scores(self.places(dense))


def _between(grid: FloatArray, values: FloatArray, low: NDArray[np.int64]) -> NDArray[np.float64]:
    """Place values that fall between two quantiles by linear interpolation."""
    above = np.clip(low, 1, len(grid) - 1)
    left, right = grid[above - 1], grid[above]
    share = np.clip((values - left) / np.maximum(right - left, 1e-12), 0, 1)
    return np.where((low == 0) | (low == len(grid)), low, above - 0.5 + share)


class Reference:
    """Polymers that others are compared with, n of them.

    Parameters
    ----------
    blocks : dict of str to csr_matrix
        Their accurate-tier counts.
    places : ndarray of uint16 [n, d_used]
        Their descriptors on ``scale``.
    scale : RankScale
        Scale of the descriptors.
    """

    def __init__(self, blocks: dict[str, Any], places: NDArray[np.uint16], scale: RankScale) -> None:
        self.scale = scale
        self.scores = scale.scores(places)
        names = dense_names("accurate")
        groups = np.array([_group(names[index]) for index in scale.used])
        self._members = {group: np.flatnonzero(groups == group) for group, _ in DENSE_GROUPS}
        self._codes: dict[str, NDArray[np.int64]] = {}
        self._bits: dict[str, Any] = {}
        self._sizes: dict[str, FloatArray] = {}
        for name in BLOCKS["accurate"]:
            codes, starts = _unary(blocks[name])
            present = np.zeros(BINS * _LEVELS, dtype=bool)
            present[codes] = True
            known, columns = np.flatnonzero(present), (np.cumsum(present, dtype=np.int32) - 1)[codes]
            bits = sparse.csr_matrix(
                (np.ones(len(columns), dtype=np.float32), columns, starts), shape=(len(places), len(known))
            )
            self._codes[name], self._bits[name] = known, bits
            self._sizes[name] = np.diff(starts).astype(np.float32)

    @staticmethod
    def of(features: Features) -> Reference:
        """Make a reference of polymers and fit the scale of the descriptors on them."""
        scale = RankScale.fit(features.dense)
        return Reference(features.blocks, scale.places(features.dense), scale)

    def __len__(self) -> int:
        return len(self.scores)

    def parts(self, query: Features | NDArray[np.int64], rows: NDArray[np.int64] | None = None) -> list[FloatArray]:
        """Compare polymers with reference polymers, one matrix per kernel.

        Parameters
        ----------
        query : Features or ndarray of int
            Polymers to compare, m of them, or rows of the reference itself.
        rows : ndarray of int, optional
            Reference rows to compare with; all n when left out.

        Returns
        -------
        list of ndarray of float32 [m, n]
            In the order of ``PARTS``, each between 0 and 1.
        """
        found = [self.min_max(name, query, rows) for name in BLOCKS["accurate"]]
        left = self.scale(query.dense) if isinstance(query, Features) else self.scores[query]
        for group, scales in DENSE_GROUPS:
            distance = self._distance(left, group, rows)
            found.extend(np.exp(-scale * distance).astype(np.float32) for scale in scales)
        return found

    def kernel(self, rows: NDArray[np.int64], weights: NDArray[np.float64]) -> FloatArray:
        """Return the weighted sum of the kernels among reference polymers [m, m], without holding all of them."""
        total = np.zeros((len(rows), len(rows)), dtype=np.float32)
        for name, weight in zip(BLOCKS["accurate"], weights, strict=False):
            total += np.float32(weight) * self.min_max(name, rows, rows)
        place = len(BLOCKS["accurate"])
        for group, scales in DENSE_GROUPS:
            distance = self._distance(self.scores[rows], group, rows).astype(np.float32)
            for scale in scales:
                total += np.float32(weights[place]) * np.exp(np.float32(-scale) * distance)
                place += 1
        return total

    def _distance(self, left: FloatArray, group: str, rows: NDArray[np.int64] | None) -> NDArray[np.float64]:
        """Return mean squared differences [m, n] over the descriptors of a group."""
        members = self._members[group]
        if not len(members):
            return np.zeros((len(left), len(self) if rows is None else len(rows)))
        # double precision, so that the result does not depend on how many polymers are asked for at once
        first = left[:, members].astype(np.float64)
        second = (self.scores if rows is None else self.scores[rows])[:, members].astype(np.float64)
        squared = (first**2).sum(1)[:, None] + (second**2).sum(1)[None, :] - 2 * first @ second.T
        return np.asarray(np.maximum(squared, 0) / len(members))

    def min_max(
        self, name: str, query: Features | NDArray[np.int64], rows: NDArray[np.int64] | None = None
    ) -> FloatArray:
        """Return the min-max similarity [m, n] of one block of counts."""
        bits, sizes = self._bits[name], self._sizes[name]
        if isinstance(query, Features):
            codes, starts = _unary(query.blocks[name])
            place = np.minimum(np.searchsorted(self._codes[name], codes), len(self._codes[name]) - 1)
            known = (self._codes[name][place] == codes).astype(np.float32)
            left = sparse.csr_matrix((known, place, starts), shape=(len(query), bits.shape[1]))
            left_sizes = np.diff(starts).astype(np.float32)
        else:
            left, left_sizes = bits[query], sizes[query]
        if rows is not None:
            bits, sizes = bits[rows], sizes[rows]
        shared = (left @ bits.T).toarray()
        return np.asarray(shared / (left_sizes[:, None] + sizes[None, :] - shared), dtype=np.float32)
