"""GFN2-xTB through tblite: energy, gradient, frontier orbitals, dipole moment and polarisability of one geometry.

C. Bannwarth, S. Ehlert, S. Grimme, J. Chem. Theory Comput. 2019, 15, 1652. Atomic units inside; the constants are those
of CODATA 2018.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tools.core.errors import BackendMissing, InputError, NotCoveredError
from tools.core.extras import install_command

Array = npt.NDArray[np.float64]

METHOD: Final = "GFN2-xTB"
BOHR: Final = 0.529177210903  # Å
HARTREE: Final = 27.211386245988  # eV
DEBYE: Final = 2.541746473  # D in e a0
HEAVIEST: Final = 86  # elements that GFN2-xTB has parameters for
FIELD: Final = 1e-3  # a.u.; halving it moves the polarisability of ethene and butadiene by less than 0.1 %
_CYCLES: Final = 250


def tblite_version() -> str:
    """Return the version of tblite.

    Returns
    -------
    str
        Such as ``"0.8.0"``.

    Raises
    ------
    BackendMissing
        If it is not installed.
    """
    import importlib.metadata

    try:
        import tblite.interface  # noqa: F401 - is it there, and does it load
    except ImportError as error:
        raise BackendMissing("tblite", install_command("qc")) from error
    return importlib.metadata.version("tblite")


@dataclass(frozen=True)
class Electronic:
    """Electronic structure of one geometry.

    Attributes
    ----------
    energy : float
        Hartree.
    gradient : numpy.ndarray, shape (n_atoms, 3)
        Hartree per bohr.
    homo, lumo : float
        Orbital energies, eV. GFN2-xTB puts the empty orbitals of saturated molecules too high.
    dipole : numpy.ndarray, shape (3,)
        Debye.
    """

    energy: float
    gradient: Array
    homo: float
    lumo: float
    dipole: Array

    @property
    def gap(self) -> float:
        """Difference of the frontier orbitals, eV."""
        return self.lumo - self.homo


class Molecule:
    """A neutral closed-shell molecule that GFN2-xTB computes at one geometry after the other.

    Parameters
    ----------
    numbers : numpy.ndarray of int, shape (n_atoms,)
        Atomic numbers, 1 to 86; an even number of electrons.
    positions : numpy.ndarray, shape (n_atoms, 3)
        Bohr.
    field : tuple of float
        Uniform electric field, atomic units.

    Raises
    ------
    InputError
        If an element is not covered or electrons are left unpaired.
    NotCoveredError
        If atoms lie on top of each other.
    BackendMissing
        If tblite is not installed.
    """

    def __init__(
        self, numbers: npt.NDArray[np.int64], positions: Array, field: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ) -> None:
        tblite_version()
        from tblite.exceptions import TBLiteRuntimeError
        from tblite.interface import Calculator

        if not 1 <= numbers.min() <= numbers.max() <= HEAVIEST or numbers.sum() % 2:
            raise InputError("GFN2-xTB is run for closed shells of elements up to radon.", hint="Give other atoms.")
        self.numbers = numbers
        try:
            self._calculator = Calculator(METHOD, numbers, positions)
        except TBLiteRuntimeError as error:
            raise NotCoveredError(f"The geometry cannot be computed: {error}") from error
        self._calculator.set("verbosity", 0)
        self._calculator.set("max-iter", _CYCLES)
        if any(field):
            self._calculator.add("electric-field", list(field))
        self._last: Any = None

    def at(self, positions: Array) -> Electronic:
        """Solve a geometry, starting from the orbitals of the last one.

        Parameters
        ----------
        positions : numpy.ndarray, shape (n_atoms, 3)
            Bohr.

        Returns
        -------
        Electronic
            Energy, gradient, frontier orbitals, dipole moment.

        Raises
        ------
        NotCoveredError
            If the charges do not become self-consistent.
        """
        from tblite.exceptions import TBLiteRuntimeError

        try:
            self._calculator.update(positions)
            self._last = found = self._calculator.singlepoint(self._last)
        except TBLiteRuntimeError as error:
            self._last = None
            raise NotCoveredError(
                f"The electronic structure was not found: {error}", hint="Ask for fewer units."
            ) from error
        orbitals, filled = found.get("orbital-energies"), found.get("orbital-occupations")
        homo = round(float(filled.sum()) / 2) - 1
        if homo + 1 >= len(orbitals):
            raise NotCoveredError("The minimal basis has no empty orbital.")
        return Electronic(
            energy=float(found.get("energy")), gradient=found.get("gradient"), homo=float(orbitals[homo]) * HARTREE,
            lumo=float(orbitals[homo + 1]) * HARTREE, dipole=found.get("dipole") * DEBYE,
        )  # fmt: skip


def polarisability(numbers: npt.NDArray[np.int64], positions: Array) -> float:
    """Differentiate the dipole moment by the field.

    Central differences along the three axes. The minimal basis lacks polarisation functions: see
    ``tools.simulation.quantum.calibration`` for how far the result is too low.

    Parameters
    ----------
    numbers : numpy.ndarray of int, shape (n_atoms,)
        Atomic numbers.
    positions : numpy.ndarray, shape (n_atoms, 3)
        Bohr.

    Returns
    -------
    float
        Isotropic static polarisability of the electrons (geometry fixed), Å3.
    """
    trace = 0.0
    for axis in range(3):
        dipoles = []
        for sign in (1.0, -1.0):
            x, y, z = (sign * FIELD if axis == place else 0.0 for place in range(3))
            dipoles.append(Molecule(numbers, positions, (x, y, z)).at(positions).dipole[axis] / DEBYE)
        trace += (dipoles[0] - dipoles[1]) / (2 * FIELD)
    return float(trace / 3 * BOHR**3)
