"""Relaxing a geometry: limited-memory BFGS on GFN2-xTB forces, in coordinates scaled by the force field's Hessian."""

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
STEPS: Final = 100
_RESTARTS: Final = 3


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


class _Descent:
    """One way down; remembers the geometry with the smallest largest force."""

    def __init__(self, conformer: Conformer, force: float) -> None:
        self.molecule = Molecule(conformer.numbers, conformer.positions)
        self.force = force
        self.steps = 0
        self.best = self._look(conformer.positions)

    def _look(self, positions: Array) -> Relaxed:
        found = self.molecule.at(positions)
        self.steps += 1
        return Relaxed(positions, found, self.steps, bool(np.abs(found.gradient).max() <= self.force))

    def go(self, metric: Array, steps: int) -> None:
        """Walk until the forces are small or the steps used up."""
        from scipy.optimize import minimize

        start = self.best.positions

        def energy(scaled: Array) -> tuple[float, Array]:
            found = self._look(start + (metric @ scaled).reshape(-1, 3))
            if found.force < self.best.force:
                self.best = found
            return found.electronic.energy, metric @ found.electronic.gradient.ravel()

        def stop(_: Array) -> None:
            if self.best.converged:
                raise StopIteration

        options = {"maxiter": steps, "maxfun": steps, "ftol": 0.0, "gtol": 0.0, "maxcor": 20}
        minimize(energy, np.zeros(start.size), jac=True, method="L-BFGS-B", callback=stop, options=options)


def relax(conformer: Conformer, force: float = FORCE, steps: int = STEPS) -> Relaxed:
    """Relax a conformer.

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
        The geometry with the smallest largest force met; ``converged`` says whether that is small enough.

    Raises
    ------
    NotCoveredError
        If the electronic structure does not converge, not even after short steps.
    """
    descent = _Descent(conformer, force)
    metric = conformer.metric
    for attempt in range(_RESTARTS):
        if descent.best.converged or descent.steps >= steps:
            break
        try:
            descent.go(metric, steps - descent.steps)
            break
        except NotCoveredError:  # a step too far: go on from the best geometry with shorter ones
            if attempt + 1 == _RESTARTS:
                raise
            metric = metric / 4
    best = descent.best
    return Relaxed(best.positions, best.electronic, descent.steps, best.converged)
