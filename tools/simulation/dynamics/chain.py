"""One chain: an oligomer with all hydrogens, and random conformations of it.

Conformations come from Metropolis sampling of the torsions with the chain's own short-range energy (MMFF94 torsions and
van der Waals pairs up to six bonds apart) at 600 K; atoms further apart only must not overlap. That is how chains in a
melt behave: beyond neighbours along the chain, interactions within it are screened by the other chains.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers

from tools.chemistry.oligomer import oligomer
from tools.core.errors import InputError, NotCoveredError, ToolError
from tools.core.polymer import Polymer
from tools.simulation.dynamics.mmff import Terms, mmff_terms

FloatArray = npt.NDArray[np.float64]

_THERMAL: Final = 0.0083144626 * 600.0  # kJ/mol
_LOCAL: Final = 6  # bonds
_OVERLAP: Final = 0.2  # nm
_SWEEPS: Final = 12
MAX_CHAIN: Final = 1000  # atoms


def chain_of(polymer: Polymer, units: int) -> Chem.Mol:
    """Build a chain with methyl ends.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    units : int
        Repeat units.

    Returns
    -------
    rdkit.Chem.Mol
        With all hydrogens, no conformation.

    Raises
    ------
    InputError
        If it has more than 1,000 atoms.
    NotCoveredError
        If the chain carries charges: cells are made of neutral chains.
    """
    mol = Chem.AddHs(oligomer(polymer, units, "CH3"))
    if mol.GetNumAtoms() > MAX_CHAIN:
        raise InputError(
            f"A chain of {units} units has {mol.GetNumAtoms():,} atoms.", hint=f"At most {MAX_CHAIN:,}: fewer --units."
        )
    if any(atom.GetFormalCharge() for atom in mol.GetAtoms()) and Chem.GetFormalCharge(mol):
        raise NotCoveredError("Charged chains are not simulated.", hint="Give the neutral form.")
    return mol


def conformations(mol: Chem.Mol, count: int, seed: int) -> FloatArray:
    """Sample conformations.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        A chain with all hydrogens.
    count : int
        How many.
    seed : int
        Seed.

    Returns
    -------
    numpy.ndarray, shape (count, n, 3)
        Positions in nm.

    Raises
    ------
    ToolError
        If no geometry is found for the chain.
    """
    start = _embedded(mol, seed)
    rng = np.random.default_rng([seed, 1])
    sampler = _Sampler(mol)
    return np.array([sampler.shake(start, rng) for _ in range(count)])


def _embedded(mol: Chem.Mol, seed: int) -> FloatArray:
    made = Chem.Mol(mol)
    settings: Any = rdDistGeom.ETKDGv3()
    settings.randomSeed = seed & 0x7FFFFFFF
    settings.useRandomCoords = True
    if rdDistGeom.EmbedMolecule(made, settings) < 0:
        raise ToolError("No geometry was found for this chain.", hint="Try fewer --units.")
    if rdForceFieldHelpers.MMFFHasAllMoleculeParams(made):
        rdForceFieldHelpers.MMFFOptimizeMolecule(made, maxIters=200)
    positions: FloatArray = made.GetConformer().GetPositions() * 0.1
    return positions


class _Sampler:
    """Turns rotatable bonds."""

    def __init__(self, mol: Chem.Mol) -> None:
        self.bonds = _rotatable(mol)
        apart = Chem.GetDistanceMatrix(mol)
        upper = np.triu(np.ones_like(apart, dtype=bool), 1)
        self.far = np.argwhere(upper & (apart > _LOCAL))
        self.near = np.argwhere(upper & (apart > 2.5) & (apart <= _LOCAL))
        self.terms: Terms | None
        try:
            self.terms = mmff_terms(mol)
        except NotCoveredError:  # overlaps alone then decide
            self.terms = None

    def shake(self, start: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Sample one conformation."""
        here = start
        energy, overlaps = self._judge(here)
        for _ in range(_SWEEPS):
            for place in rng.permutation(len(self.bonds)):
                i, j, moved = self.bonds[place]
                there = _turned(here, i, j, moved, rng.uniform(-np.pi, np.pi))
                new, more = self._judge(there)
                chance = np.exp(min(0.0, (energy - new) / _THERMAL))
                if more < overlaps or (more == overlaps and rng.random() < chance):
                    here, energy, overlaps = there, new, more
        return here

    def _judge(self, x: FloatArray) -> tuple[float, int]:
        gap = np.linalg.norm(x[self.far[:, 0]] - x[self.far[:, 1]], axis=1)
        overlaps = int((gap < _OVERLAP).sum())
        near = np.linalg.norm(x[self.near[:, 0]] - x[self.near[:, 1]], axis=1)
        if self.terms is None:
            return 0.0, overlaps + int((near < _OVERLAP).sum())
        a, b = self.terms.kinds[self.near[:, 0]], self.terms.kinds[self.near[:, 1]]
        u = near / self.terms.radii[a, b]
        pairs = self.terms.wells[a, b] * (1.07 / (u + 0.07)) ** 7 * (1.12 / (u**7 + 0.12) - 2.0)
        return float(pairs.sum()) + _torsion_energy(self.terms, x), overlaps


def _torsion_energy(terms: Terms, x: FloatArray) -> float:
    if not terms.torsions:
        return 0.0
    table = np.array(terms.torsions)
    i, j, k, m = table[:, :4].astype(np.int64).T
    axis = x[k] - x[j]
    first, second = np.cross(x[i] - x[j], axis), np.cross(x[m] - x[k], axis)
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    cos = np.clip((first * second).sum(axis=1) / np.maximum(norms, 1e-12), -1.0, 1.0)
    cos2, cos3 = 2.0 * cos**2 - 1.0, 4.0 * cos**3 - 3.0 * cos
    v1, v2, v3 = table[:, 4:].T
    return float(0.5 * (v1 * (1.0 + cos) + v2 * (1.0 - cos2) + v3 * (1.0 + cos3)).sum())


def _rotatable(mol: Chem.Mol) -> list[tuple[int, int, npt.NDArray[np.int64]]]:
    """Single bonds outside rings with more than one atom on each side, and the atoms on the smaller side."""
    found = []
    for bond in mol.GetBonds():
        i, j = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        ends = (bond.GetBeginAtom(), bond.GetEndAtom())
        if bond.GetBondType() != Chem.BondType.SINGLE or bond.IsInRing() or any(a.GetDegree() < 2 for a in ends):
            continue
        side = _beyond(mol, i, j)
        if 2 * len(side) > mol.GetNumAtoms():
            i, j, side = j, i, _beyond(mol, j, i)
        found.append((i, j, np.array(sorted(side), dtype=np.int64)))
    return found


def _beyond(mol: Chem.Mol, i: int, j: int) -> set[int]:
    """Atoms reached from j without passing i, j left out."""
    seen, waiting = {i, j}, [j]
    while waiting:
        for other in mol.GetAtomWithIdx(waiting.pop()).GetNeighbors():
            if other.GetIdx() not in seen:
                seen.add(other.GetIdx())
                waiting.append(other.GetIdx())
    return seen - {i, j}


def _turned(x: FloatArray, i: int, j: int, moved: npt.NDArray[np.int64], angle: float) -> FloatArray:
    """Rotate atoms about the bond i-j (Rodrigues)."""
    axis = x[j] - x[i]
    axis = axis / np.linalg.norm(axis)
    arms = x[moved] - x[j]
    along = (arms @ axis)[:, None] * axis
    turned = x.copy()
    turned[moved] = x[j] + along + (arms - along) * np.cos(angle) + np.cross(axis, arms) * np.sin(angle)
    return turned
