"""Stretched conformers: distance geometry, backbone torsions turned to 180°, then a force field.

The chain is stretched because a coil differs from one oligomer to the next and from seed to seed, while a stretched
chain grows into the polymer; chain gaps of density functional theory are of stretched chains as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers, rdMolTransforms
from rdkit.ForceField.rdForceField import ForceField

from tools.core.errors import NotCoveredError
from tools.simulation.quantum.chains import Oligomer
from tools.simulation.quantum.engine import BOHR, HARTREE

Array = npt.NDArray[np.float64]

_KCAL = HARTREE * 23.060548  # kcal/mol in a hartree
_RELAX = 1000  # force field steps at most
_TRIES = 200
_STEP = 1e-3  # Å, for the numerical Hessian
_SOFT = 0.03  # hartree/bohr2; curvatures below are taken for this, which keeps the first steps short


@dataclass(frozen=True)
class Conformer:
    """Atoms in space.

    Attributes
    ----------
    numbers : numpy.ndarray of int, shape (n_atoms,)
        Atomic numbers, hydrogens included.
    positions : numpy.ndarray, shape (n_atoms, 3)
        Bohr.
    metric : numpy.ndarray, shape (3 n_atoms, 3 n_atoms)
        Inverse square root of the force field's Hessian (hartree/bohr2), soft directions stiffened: in coordinates
        scaled by it all directions are about equally stiff.
    force_field : str
        ``"MMFF94s"`` or ``"UFF"``.
    """

    numbers: npt.NDArray[np.int64]
    positions: Array
    metric: Array
    force_field: str


def stretched(chain: Oligomer, seed: int = 0) -> Conformer:
    """Build a stretched conformer of an oligomer.

    Parameters
    ----------
    chain : Oligomer
        Unmarked stereocentres are set by the seed; unmarked double bonds of the backbone become trans.
    seed : int
        Of the distance geometry.

    Returns
    -------
    Conformer
        Relaxed in the force field.

    Raises
    ------
    NotCoveredError
        If no conformer can be built, or no force field knows the atoms.
    """
    mol = Chem.Mol(chain.mol)
    settings: Any = rdDistGeom.ETKDGv3()  # its type stubs are wrong
    settings.randomSeed = seed + 1
    settings.maxIterations = _TRIES
    settings.useRandomCoords = True
    if rdDistGeom.EmbedMolecule(mol, settings) != 0:
        raise NotCoveredError(f"No geometry was found for {chain.units} units.", hint="Mark the stereochemistry.")
    _stretch(mol, chain.path)
    field, name = _field(mol)
    field.Initialize()
    field.Minimize(maxIts=_RELAX)
    numbers = np.array([atom.GetAtomicNum() for atom in mol.GetAtoms()], dtype=np.int64)
    return Conformer(numbers, mol.GetConformer().GetPositions() / BOHR, _metric(field), name)


def _stretch(mol: Chem.Mol, path: tuple[int, ...]) -> None:
    place = mol.GetConformer()
    for a, b, c, d in zip(path, path[1:], path[2:], path[3:], strict=False):
        bond = mol.GetBondBetweenAtoms(b, c)
        marked = bond.GetBondType() == Chem.BondType.DOUBLE and bond.GetStereo() > Chem.BondStereo.STEREOANY
        straight = any(mol.GetAtomWithIdx(index).GetHybridization() == Chem.HybridizationType.SP for index in (b, c))
        if not (bond.IsInRing() or marked or straight):
            rdMolTransforms.SetDihedralDeg(place, a, b, c, d, 180.0)


def _field(mol: Chem.Mol) -> tuple[ForceField, str]:
    properties = rdForceFieldHelpers.MMFFGetMoleculeProperties(mol, mmffVariant="MMFF94s")
    if properties is not None:
        return rdForceFieldHelpers.MMFFGetMoleculeForceField(mol, properties), "MMFF94s"
    if not rdForceFieldHelpers.UFFHasAllMoleculeParams(mol):
        raise NotCoveredError("No force field knows these atoms.", hint="Only main-group polymers can be built.")
    return rdForceFieldHelpers.UFFGetMoleculeForceField(mol), "UFF"


def _metric(field: ForceField) -> Array:
    """Return the inverse square root of the Hessian, by central differences of the forces."""
    start = np.asarray(field.Positions(), dtype=np.float64).ravel()
    hessian = np.empty((start.size, start.size))
    for row in range(start.size):
        forces = []
        for step in (_STEP, -_STEP):
            moved = start.copy()
            moved[row] += step
            forces.append(np.asarray(field.CalcGrad(moved.tolist())))
        hessian[row] = (forces[0] - forces[1]) / (2 * _STEP)
    hessian *= BOHR**2 / _KCAL
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    return np.asarray(vectors / np.sqrt(np.maximum(values, _SOFT)) @ vectors.T)
