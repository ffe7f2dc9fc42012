"""Placing chains at random in a periodic cell without overlaps."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from tools.core.errors import InputError, ToolError

FloatArray = npt.NDArray[np.float64]

TOLERANCE: Final = 0.2  # nm
_TRIES: Final = 2000
_NM3 = 1.66053907e-3  # nm3 g/cm3 per dalton


def edge(mass: float, density: float) -> float:
    """Return the edge of a cubic cell.

    Parameters
    ----------
    mass : float
        Of everything in it, dalton.
    density : float
        g/cm3.

    Returns
    -------
    float
        nm.
    """
    return float((mass * _NM3 / density) ** (1.0 / 3.0))


def density_of(mass: float, box: float) -> float:
    """Return the density of a cubic cell.

    Parameters
    ----------
    mass : float
        Of everything in it, dalton.
    box : float
        Edge, nm.

    Returns
    -------
    float
        g/cm3.
    """
    return mass * _NM3 / box**3


def overlaps(positions: FloatArray, chain: npt.NDArray[np.int64], box: float, tolerance: float = TOLERANCE) -> int:
    """Count pairs of atoms that are too close, across the faces of the cell too.

    Parameters
    ----------
    positions : numpy.ndarray, shape (n, 3)
        nm; chains whole, not wrapped.
    chain : numpy.ndarray of int, shape (n,)
        Which chain each atom belongs to.
    box : float
        Edge, nm.
    tolerance : float
        Least distance, nm.

    Returns
    -------
    int
        Pairs of atoms of different chains, or of a chain and its own images.
    """
    from scipy.spatial import cKDTree

    pairs = cKDTree(np.mod(positions, box), boxsize=box).query_pairs(tolerance, output_type="ndarray")
    if not len(pairs):
        return 0
    a, b = pairs.T
    direct = np.linalg.norm(positions[a] - positions[b], axis=1)
    return int(((chain[a] != chain[b]) | (direct > tolerance + 1e-9)).sum())


def pack(conformations: FloatArray, box: float, seed: int) -> FloatArray:
    """Place chains one after the other, each turned and moved at random until it overlaps nothing.

    Parameters
    ----------
    conformations : numpy.ndarray, shape (chains, n, 3)
        nm.
    box : float
        Edge of the cell, nm.
    seed : int
        Seed.

    Returns
    -------
    numpy.ndarray, shape (chains * n, 3)
        Chains whole, not wrapped, nm.

    Raises
    ------
    InputError
        If the cell has no size.
    ToolError
        If a chain finds no place.
    """
    from scipy.spatial.transform import Rotation

    if not box > 0.0:
        raise InputError("A cell has a positive edge.")
    rng = np.random.default_rng([seed, 2])
    placed = np.zeros((0, 3))
    count = conformations.shape[1]
    for number, shape in enumerate(conformations):
        labels = np.repeat(np.arange(number + 1), count)
        centred = shape - shape.mean(axis=0)
        for _ in range(_TRIES):
            quaternion = rng.normal(size=4)
            trial = Rotation.from_quat(quaternion).apply(centred) + rng.uniform(0.0, box, 3)
            together = np.vstack([placed, trial])
            if overlaps(together, labels, box) == 0:
                placed = together
                break
        else:
            raise ToolError(
                f"Chain {number + 1} of {len(conformations)} finds no place in a cell of {box:.2f} nm.",
                hint="Use shorter chains, or another --seed.",
            )
    return placed
