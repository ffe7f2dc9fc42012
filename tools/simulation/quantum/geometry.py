"""Relaxing a geometry on GFN2-xTB forces: BFGS, started from the Hessian of the force field, with short steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from tools.core.errors import NotCoveredError
from tools.simulation.quantum.conformer import Conformer
from tools.simulation.quantum.engine import Electronic, Molecule

Array = npt.NDArray[np.float64]

FORCE: Final = 1e-3  # hartree/bohr, largest component
STEPS: Final = 80
_LONGEST: Final = 0.4  # bohr that a coordinate moves at most in a step
_SHORTEST: Final = 1e-4  # bohr; shorter steps change nothing


@dataclass(frozen=True)
class Relaxed:
    """A relaxed geometry.

    Attributes
    ----------
    positions : numpy.ndarray, shape (n_atoms, 3)
        Bohr.
    electronic : Electronic
        Its electronic structure.
    steps : int
        Energies and gradients computed.
    converged : bool
        Whether the largest component of the forces is below the limit.
    """

    positions: Array
    electronic: Electronic
    steps: int
    converged: bool

    @property
    def force(self) -> float:
        """Largest component of the forces left, hartree/bohr."""
        return float(np.abs(self.electronic.gradient).max())


def relax(conformer: Conformer, force: float = FORCE, steps: int = STEPS) -> Relaxed:
    """Relax a conformer downhill in energy.

    Parameters
    ----------
    conformer : Conformer
        Where to start.
    force : float
        Largest component of the forces to stop at, hartree/bohr.
    steps : int
        Energies and gradients at most.

    Returns
    -------
    Relaxed
        The geometry of lowest energy met; ``converged`` says whether its forces are small enough.

    Raises
    ------
    NotCoveredError
        If the electronic structure of the start does not converge.
    """
    molecule = Molecule(conformer.numbers, conformer.positions)
    inverse = conformer.inverse_hessian
    place, found = conformer.positions, molecule.at(conformer.positions)
    count, reach = 1, _LONGEST
    while np.abs(found.gradient).max() > force and count < steps and reach > _SHORTEST:
        slope = found.gradient.ravel()
        move = -inverse @ slope
        move *= min(1.0, reach / np.abs(move).max())
        trial = _attempt(molecule, place + move.reshape(-1, 3))
        count += 1
        if trial is None or trial.energy > found.energy:
            reach = np.abs(move).max() / 4
            continue
        inverse = _updated(inverse, move, trial.gradient.ravel() - slope)
        place, found, reach = place + move.reshape(-1, 3), trial, min(_LONGEST, 2 * reach)
    return Relaxed(place, found, count, bool(np.abs(found.gradient).max() <= force))


def _attempt(molecule: Molecule, positions: Array) -> Electronic | None:
    try:
        return molecule.at(positions)
    except NotCoveredError:  # a step too far: the caller takes a shorter one
        return None


def _updated(inverse: Array, move: Array, change: Array) -> Array:
    """Update the inverse Hessian (BFGS), unless the curvature along the step is not positive."""
    curvature = float(move @ change)
    if curvature <= 1e-10:
        return inverse
    turned = inverse @ change
    return np.asarray(
        inverse
        + np.outer(move, move) * (1 + change @ turned / curvature) / curvature
        - (np.outer(turned, move) + np.outer(move, turned)) / curvature
    )
