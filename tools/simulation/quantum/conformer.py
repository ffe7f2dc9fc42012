"""Stretched conformers: distance geometry, backbone torsions turned to 180°, then a force field.

The chain is stretched because a coil differs from one oligomer to the next and from seed to seed, while a stretched
chain grows into the polymer; chain gaps of density functional theory are of stretched chains as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rdkit import Chem
from rdkit.Chem import AllChem
from rdkit.Chem import rdMolTransforms as transforms

from tools.chemistry.oligomer import Cap, oligomer
from tools.core.errors import NotCoveredError
from tools.core.polymer import Polymer
from tools.simulation.quantum.engine import BOHR, HARTREE

Array = npt.NDArray[np.float64]

_KCAL = HARTREE * 23.060548  # kcal/mol in a hartree
_RELAX = 1000  # force field steps at most
_TRIES = 200
_STEP = 1e-3  # Å, for the numerical Hessian
_SOFT = 0.01  # hartree/bohr2; curvatures below are taken for this, which keeps the first steps short


@dataclass(frozen=True)
class Conformer:
    """Atoms in space.

    Attributes
    ----------
    numbers : numpy.ndarray of int, shape (n_atoms,)
        Atomic numbers, hydrogens included.
    positions : numpy.ndarray, shape (n_atoms, 3)
        Bohr.
    inverse_hessian : numpy.ndarray, shape (3 n_atoms, 3 n_atoms)
        Inverse of the force field's Hessian, soft directions stiffened, bohr2/hartree: how far atoms follow a force.
    force_field : str
        ``"MMFF94s"`` or ``"UFF"``.
    """

    numbers: npt.NDArray[np.int64]
    positions: Array
    inverse_hessian: Array
    force_field: str


def backbone(polymer: Polymer, n: int, cap: Cap) -> list[int]:
    """Find the chain in a capped oligomer.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    n : int
        Units.
    cap : {"H", "CH3"}
        As for ``tools.chemistry.oligomer.oligomer``.

    Returns
    -------
    list of int
        Atom indices along the shortest path from end to end.
    """
    mol = oligomer(polymer, n, None)
    ends = sorted(
        (atom.GetIdx() for atom in mol.GetAtoms() if not atom.GetAtomicNum()),
        key=lambda index: mol.GetAtomWithIdx(index).GetIsotope(),
    )
    path = [index for index in Chem.GetShortestPath(mol, *ends) if cap == "CH3" or index not in ends]
    if cap == "CH3":
        return path
    return [index - sum(end < index for end in ends) for index in path]  # capping takes the dummy atoms away


def stretched(polymer: Polymer, n: int, cap: Cap = "H", seed: int = 0) -> Conformer:
    """Build a stretched conformer of an oligomer.

    Parameters
    ----------
    polymer : Polymer
        The chain. Unmarked stereocentres are set by the seed; unmarked double bonds of the backbone become trans.
    n : int
        Units.
    cap : {"H", "CH3"}
        Chain ends.
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
    bare = oligomer(polymer, n, cap)
    mol = Chem.AddHs(bare)
    if AllChem.EmbedMolecule(mol, maxAttempts=_TRIES, randomSeed=seed + 1, useRandomCoords=n > 1) != 0:
        raise NotCoveredError(
            f"No geometry was found for {n} units of {polymer.smiles}.", hint="Mark its stereochemistry."
        )
    _stretch(mol, backbone(polymer, n, cap))
    field, name = _field(mol)
    field.Initialize()
    field.Minimize(maxIts=_RELAX)
    numbers = np.array([atom.GetAtomicNum() for atom in mol.GetAtoms()], dtype=np.int64)
    return Conformer(numbers, mol.GetConformer().GetPositions() / BOHR, _inverse_hessian(field), name)


def _stretch(mol: Chem.Mol, path: list[int]) -> None:
    place = mol.GetConformer()
    for a, b, c, d in zip(path, path[1:], path[2:], path[3:], strict=False):
        bond = mol.GetBondBetweenAtoms(b, c)
        marked = bond.GetBondType() == Chem.BondType.DOUBLE and bond.GetStereo() > Chem.BondStereo.STEREOANY
        straight = any(mol.GetAtomWithIdx(index).GetHybridization() == Chem.HybridizationType.SP for index in (b, c))
        if not (bond.IsInRing() or marked or straight):
            transforms.SetDihedralDeg(place, a, b, c, d, 180.0)


def _field(mol: Chem.Mol) -> tuple[AllChem.ForceField.rdForceField.ForceField, str]:
    properties = AllChem.MMFFGetMoleculeProperties(mol, mmffVariant="MMFF94s")
    if properties is not None:
        return AllChem.MMFFGetMoleculeForceField(mol, properties), "MMFF94s"
    if not AllChem.UFFHasAllMoleculeParams(mol):
        raise NotCoveredError("No force field knows these atoms.", hint="Only main-group polymers can be built.")
    return AllChem.UFFGetMoleculeForceField(mol), "UFF"


def _inverse_hessian(field: AllChem.ForceField.rdForceField.ForceField) -> Array:
    """Invert the Hessian, taken by central differences of the forces."""
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
    return np.asarray(vectors / np.maximum(values, _SOFT) @ vectors.T)
