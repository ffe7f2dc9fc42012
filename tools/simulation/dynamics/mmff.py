"""MMFF94 parameters of a chain, as RDKit assigns them.

Equations: T. A. Halgren, J. Comput. Chem. 1996, 17, 490, as implemented in RDKit (ForceField/MMFF). Lengths in nm,
energies in kJ/mol, angles in rad.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem
from rdkit.Chem import rdForceFieldHelpers

from tools.core.errors import NotCoveredError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

KCAL: Final = 4.184  # kJ
_MDYNE: Final = 143.9325 * KCAL  # kJ/mol of one mdyn Å
_DEGREE: Final = 180.0 / np.pi
BUFFER: Final = 0.005  # nm, added to distances of charges
COULOMB: Final = 332.0716 * KCAL * 0.1  # kJ nm / (mol e2)
CUBIC_BEND: Final = -0.006981317 * _DEGREE  # 1/rad
ONE_FOUR: Final = 0.75  # of charges three bonds apart
_LINEAR: Final = 179.0  # degrees; MMFF gives linear centres 180


@dataclass(frozen=True)
class Terms:
    """The terms of one chain; atoms counted within it.

    Attributes
    ----------
    masses, charges : numpy.ndarray, shape (n,)
        Dalton; elementary charges.
    kinds : numpy.ndarray of int, shape (n,)
        Van der Waals type of each atom.
    radii, wells : numpy.ndarray, shape (kinds, kinds)
        R* in nm and well depth in kJ/mol of each pair of types.
    bonds : list of (i, j, r0, k)
        E = k/2 d2 (1 - 20 d + 7/12 400 d2), d = r - r0 in nm.
    angles : list of (i, j, k, theta0, k)
        E = k/2 d2 (1 + c d), d = theta - theta0.
    linear : list of (i, j, k, k)
        E = k (1 + cos theta).
    couplings : list of (i, j, k, r0_ij, r0_kj, theta0, k_ij, k_kj)
        E = (k_ij d_ij + k_kj d_kj) d_theta.
    planes : list of (i, j, k, l, k)
        E = k/2 chi2, chi the angle of j-l to the plane i-j-k.
    torsions : list of (i, j, k, l, v1, v2, v3)
        E = v1/2 (1 + cos) + v2/2 (1 - cos 2) + v3/2 (1 + cos 3).
    """

    masses: FloatArray
    charges: FloatArray
    kinds: IntArray
    radii: FloatArray
    wells: FloatArray
    bonds: list[tuple[int, int, float, float]]
    angles: list[tuple[int, int, int, float, float]]
    linear: list[tuple[int, int, int, float]]
    couplings: list[tuple[int, int, int, float, float, float, float, float]]
    planes: list[tuple[int, int, int, int, float]]
    torsions: list[tuple[int, int, int, int, float, float, float]]


def mmff_terms(mol: Chem.Mol) -> Terms:
    """Read the MMFF94 terms of a molecule from RDKit.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        With all hydrogens.

    Returns
    -------
    Terms
        Every bonded and non-bonded parameter.

    Raises
    ------
    NotCoveredError
        If MMFF94 has no type for an atom, or no parameters for a bond or angle.
    """
    found = rdForceFieldHelpers.MMFFGetMoleculeProperties(mol, mmffVariant="MMFF94")
    if found is None:
        raise NotCoveredError(
            "MMFF94 has no parameters for an atom of this polymer.",
            hint="It covers C, H, N, O, F, Si, P, S, Cl, Br, I and common ions in usual bonding; try gaff2_mod.",
        )
    n = mol.GetNumAtoms()
    bonds = [(*_ends(b), *_bond(found, mol, *_ends(b))) for b in mol.GetBonds()]
    angles, linear, couplings = _bends(found, mol)
    kinds, radii, wells = _types(found, mol)
    return Terms(
        np.array([atom.GetMass() for atom in mol.GetAtoms()]),
        np.array([found.GetMMFFPartialCharge(i) for i in range(n)]),
        kinds, radii, wells, bonds, angles, linear, couplings, _planes(found, mol), _torsions(found, mol),
    )  # fmt: skip


def _ends(bond: Chem.Bond) -> tuple[int, int]:
    return bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()


def _bond(found: Any, mol: Chem.Mol, i: int, j: int) -> tuple[float, float]:
    given = found.GetMMFFBondStretchParams(mol, i, j)
    if given is None:
        raise NotCoveredError(f"MMFF94 has no parameters for the bond of atoms {i} and {j}.", hint="Try gaff2_mod.")
    return given[2] * 0.1, given[1] * _MDYNE * 100.0


def _bends(found: Any, mol: Chem.Mol) -> tuple[list[Any], list[Any], list[Any]]:
    angles, linear, couplings = [], [], []
    for atom in mol.GetAtoms():
        j = atom.GetIdx()
        for i, k in combinations(sorted(other.GetIdx() for other in atom.GetNeighbors()), 2):
            given = found.GetMMFFAngleBendParams(mol, i, j, k)
            if given is None:
                raise NotCoveredError(f"MMFF94 has no parameters for the angle {i}-{j}-{k}.", hint="Try gaff2_mod.")
            _, stiffness, theta = given
            if theta > _LINEAR:
                linear.append((i, j, k, stiffness * _MDYNE))
                continue
            theta /= _DEGREE
            angles.append((i, j, k, theta, stiffness * _MDYNE))
            coupled = found.GetMMFFStretchBendParams(mol, i, j, k)
            if coupled is not None and any(coupled[1:]):
                left, right = _bond(found, mol, i, j)[0], _bond(found, mol, k, j)[0]
                first, second = (2.51210 * KCAL * 10.0 * _DEGREE * value for value in coupled[1:])
                couplings.append((i, j, k, left, right, theta, first, second))
    return angles, linear, couplings


def _planes(found: Any, mol: Chem.Mol) -> list[tuple[int, int, int, int, float]]:
    planes = []
    for atom in mol.GetAtoms():
        if atom.GetDegree() != 3:
            continue
        j = atom.GetIdx()
        a, b, c = (other.GetIdx() for other in atom.GetNeighbors())
        for i, k, last in ((a, b, c), (a, c, b), (b, c, a)):
            stiffness = found.GetMMFFOopBendParams(mol, i, j, k, last)
            if stiffness:
                planes.append((i, j, k, last, stiffness * 0.043844 * KCAL * _DEGREE**2))
    return planes


def _torsions(found: Any, mol: Chem.Mol) -> list[tuple[int, int, int, int, float, float, float]]:
    torsions = []
    for i, j, k, last in chains_of_four(mol):
        given = found.GetMMFFTorsionParams(mol, i, j, k, last)
        if given is not None and any(given[1:]):
            torsions.append((i, j, k, last, *(value * KCAL for value in given[1:])))
    return torsions


def chains_of_four(mol: Chem.Mol) -> list[tuple[int, int, int, int]]:
    """List the torsions i-j-k-l of a molecule, each once.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        The molecule.

    Returns
    -------
    list of tuple of int
        Four distinct atoms, bonded in a row.
    """
    rows = []
    for bond in mol.GetBonds():
        left, right = bond.GetBeginAtom(), bond.GetEndAtom()
        j, k = left.GetIdx(), right.GetIdx()
        for first in left.GetNeighbors():
            for last in right.GetNeighbors():
                i, m = first.GetIdx(), last.GetIdx()
                if i != k and m != j and i != m:
                    rows.append((i, j, k, m))
    return rows


def _types(found: Any, mol: Chem.Mol) -> tuple[IntArray, FloatArray, FloatArray]:
    n = mol.GetNumAtoms()
    names = [found.GetMMFFAtomType(i) for i in range(n)]
    distinct = sorted(set(names))
    sample = [names.index(name) for name in distinct]
    size = len(distinct)
    radii, wells = np.zeros((size, size)), np.zeros((size, size))
    for a in range(size):
        for b in range(size):
            _, _, radius, well = found.GetMMFFVdWParams(sample[a], sample[b])
            radii[a, b], wells[a, b] = radius * 0.1, well * KCAL
    return np.array([distinct.index(name) for name in names], dtype=np.int64), radii, wells
