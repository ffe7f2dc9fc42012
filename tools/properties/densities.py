"""Descriptors per volume, the same for a solvent and for a repeat unit in its chain.

Every number is a sum over atoms divided by the van der Waals volume of those atoms or by their number, so a repeat unit
gives the same for every cut, direction and multiple, and solvents and polymers share one scale. Contributions: log P
and molar refraction of Wildman and Crippen (J. Chem. Inf. Comput. Sci. 1999, 39, 868) and polar surface of Ertl et al.
(J. Med. Chem. 2000, 43, 3714) as RDKit holds them; volume as in ``tools.simulation.vdw``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from tools.core.errors import NotCoveredError, StructureError
from tools.simulation.chain import chain_unit
from tools.simulation.vdw import RADII

FloatArray = NDArray[np.float64]

#: What the numbers are, in order; the first four pairs are per volume in cm3/mol.
NAMES = (
    "log_p", "refraction", "polar_surface", "donor_hydrogens", "acceptors", "hydroxyls", "aromatic", "saturated_carbon",
    "halogens", "oxygen", "nitrogen", "saturated_ring", "branching", "methyl", "carbonyl",
)  # fmt: skip
# volume increments in Angstrom^3 (Zhao, Abraham & Zissimos 2003) and cm3/mol per Angstrom^3
_BOND, _AROMATIC_RING, _OTHER_RING = 5.92, 14.7, 3.8
_CM3_PER_MOL = 0.602214076


@dataclass(frozen=True)
class Densities:
    """Descriptors of a molecule or repeat unit.

    Attributes
    ----------
    numbers : ndarray [15]
        In the order of ``NAMES``.
    volume : float
        Van der Waals volume, cm3/mol.
    elements : frozenset of str
        Symbols of its heavy atoms.
    """

    numbers: FloatArray
    volume: float
    elements: frozenset[str]


@lru_cache(maxsize=4096)
def polymer_densities(unit: str) -> Densities:
    """Describe a repeat unit in its chain; ``unit`` is a canonical repeat unit. Raises NotCoveredError as below."""
    found = chain_unit(unit)
    return describe(found.mol, set(found.atoms))


@lru_cache(maxsize=4096)
def molecule_densities(smiles: str) -> Densities:
    """Describe a molecule.

    Parameters
    ----------
    smiles : str
        SMILES without ``*``.

    Returns
    -------
    Densities
        Of all its atoms.

    Raises
    ------
    StructureError
        If it is not a SMILES.
    NotCoveredError
        If an element has no radius.
    """
    mol = Chem.MolFromSmiles(smiles)
    if mol is None or not mol.GetNumAtoms():
        raise StructureError(f"{smiles[:60]!r} is not a molecule.", code="invalid_smiles")
    return describe(mol, set(range(mol.GetNumAtoms())))


def describe(mol: Any, inside: set[int]) -> Densities:
    """Describe some heavy atoms of a molecule with their hydrogens.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Sanitised, hydrogens implicit.
    inside : set of int
        Atoms that count.

    Returns
    -------
    Densities
        Sums over these atoms per volume or per atom.

    Raises
    ------
    NotCoveredError
        If an element has no radius.
    """
    full, heavy = Chem.AddHs(mol), mol.GetNumAtoms()
    owner = [i if i < heavy else full.GetAtomWithIdx(i).GetNeighbors()[0].GetIdx() for i in range(full.GetNumAtoms())]
    members = [index for index, own in enumerate(owner) if own in inside]
    atoms = [mol.GetAtomWithIdx(index) for index in sorted(inside)]
    unknown = sorted({atom.GetSymbol() for atom in atoms} - set(RADII))
    if unknown:
        raise NotCoveredError(f"No van der Waals radius for {', '.join(unknown)} in this method.")
    volume = _volume(mol, full, inside, owner, members)
    crippen = rdMolDescriptors._CalcCrippenContribs(full)
    surface = rdMolDescriptors._CalcTPSAContribs(mol, includeSandP=True)
    per_volume = (
        sum(crippen[index][0] for index in members),
        sum(crippen[index][1] for index in members),
        sum(surface[index] for index in inside),
        sum(atom.GetTotalNumHs() for atom in atoms if atom.GetSymbol() in "NO"),
        sum(_accepts(atom) for atom in atoms),
        sum(atom.GetSymbol() == "O" and atom.GetTotalNumHs() > 0 for atom in atoms),
    )
    counts = {
        "aromatic": sum(atom.GetIsAromatic() for atom in atoms) / len(atoms),
        "saturated": sum(atom.GetSymbol() == "C" and atom.GetTotalDegree() == 4 for atom in atoms) / len(atoms),
        "halogens": sum(atom.GetSymbol() in ("F", "Cl", "Br", "I") for atom in atoms) / volume,
        "oxygen": sum(atom.GetSymbol() == "O" for atom in atoms) / volume,
        "nitrogen": sum(atom.GetSymbol() == "N" for atom in atoms) / volume,
        "ring": sum(atom.IsInRing() and not atom.GetIsAromatic() for atom in atoms) / len(atoms),
        "branching": sum(atom.GetDegree() >= 3 for atom in atoms) / len(atoms),
        "methyl": sum(atom.GetTotalNumHs() == 3 for atom in atoms) / len(atoms),
        "carbonyl": sum(atom.GetSymbol() == "O" and _double(atom) for atom in atoms) / volume,
    }
    numbers = np.array([*(total / volume for total in per_volume), *counts.values()], dtype=np.float64)
    return Densities(numbers, volume, frozenset(atom.GetSymbol() for atom in atoms))


def _volume(mol: Any, full: Any, inside: set[int], owner: list[int], members: list[int]) -> float:
    spheres = sum(4 / 3 * math.pi * RADII[full.GetAtomWithIdx(index).GetSymbol()] ** 3 for index in members)
    bonds = 0.0
    for bond in full.GetBonds():
        bonds += 0.5 * sum(owner[end] in inside for end in (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()))
    rings = 0.0
    for ring in mol.GetRingInfo().AtomRings():
        if inside.issuperset(ring):
            aromatic = all(mol.GetAtomWithIdx(index).GetIsAromatic() for index in ring)
            rings += _AROMATIC_RING if aromatic else _OTHER_RING
    return float((spheres - _BOND * bonds - rings) * _CM3_PER_MOL)


def _double(atom: Any) -> bool:
    return any(bond.GetBondTypeAsDouble() == 2 for bond in atom.GetBonds())


def _accepts(atom: Any) -> bool:
    """Say whether an atom has a lone pair that takes part in hydrogen bonds: oxygen, and nitrogen that is no amide."""
    if atom.GetSymbol() == "O":
        return bool(atom.GetDegree() < 3)
    if atom.GetSymbol() != "N" or atom.GetFormalCharge() > 0:
        return False
    around = atom.GetNeighbors()
    return atom.GetTotalDegree() < 3 or not any(near.GetIsAromatic() or _double(near) for near in around)
