"""Numbers that describe a chain: RDKit's two-dimensional descriptors and a backbone and side-chain block.

They are computed from the canonical unit, so that every writing of a chain gives the same numbers. RDKit's descriptors
are taken on a hydrogen-capped oligomer of at least 16 heavy atoms; those that grow with size are divided by the number
of heavy atoms. Left out: Ipc and AvgIpc (overflow), qed and SPS (slow, and made for drugs).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import ceil
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem
from rdkit.Chem import Descriptors, Lipinski, rdMolDescriptors

from tools.chemistry.chain import Chain, chain_of
from tools.chemistry.groups import groups_of
from tools.chemistry.oligomer import oligomer
from tools.core.polymer import Polymer

LEFT_OUT: Final = frozenset(("Ipc", "AvgIpc", "qed", "SPS"))
MIN_HEAVY_ATOMS: Final = 16

_INTENSIVE_PREFIXES = ("Max", "Min", "FpDensity", "BCUT2D", "FractionCSP3", "BalabanJ")


@lru_cache(maxsize=1)
def _rdkit() -> tuple[tuple[str, Callable[[Any], float], bool], ...]:
    """Name, function, and whether the value grows with the size of the molecule."""
    return tuple(
        (name, function, not name.startswith(_INTENSIVE_PREFIXES))
        for name, function in Descriptors.descList
        if name not in LEFT_OUT
    )


_CHAIN_NAMES: Final = (
    "chain_side_fraction",
    "chain_path_fraction",
    "chain_path_aromatic",
    "chain_path_ring",
    "chain_path_hetero",
    "chain_path_methylene",
    "chain_path_rotatable",
    "chain_branches_per_path_atom",
    "chain_side_atoms_per_branch",
    "chain_side_ring_fraction",
    "chain_mass_per_path_atom",
)


def descriptors(polymers: Sequence[Polymer]) -> tuple[tuple[str, ...], npt.NDArray[np.float64]]:
    """Describe chains by numbers.

    Parameters
    ----------
    polymers : sequence of Polymer
        The chains, n of them.

    Returns
    -------
    names : tuple of str
        Names of the d columns: RDKit's, then ``chain_*``.
    values : numpy.ndarray of float64, shape (n, d)
        Values; NaN where RDKit has none. Sizes are per heavy atom, masses in g/mol.
    """
    names = (*(name for name, _, _ in _rdkit()), *_CHAIN_NAMES)
    values = np.empty((len(polymers), len(names)))
    for row, polymer in enumerate(polymers):
        values[row] = _row(polymer)
    return names, values


def _row(polymer: Polymer) -> list[float]:
    repeats = ceil(MIN_HEAVY_ATOMS / polymer.mol.GetNumHeavyAtoms())
    mol = oligomer(polymer, repeats, cap="H")
    heavy = mol.GetNumHeavyAtoms()
    values = [function(mol) / (heavy if grows else 1) for _, function, grows in _rdkit()]
    finite = [value if np.isfinite(value) else float("nan") for value in values]
    return [*finite, *_chain_block(chain_of(polymer))]


def _chain_block(chain: Chain) -> list[float]:
    atoms = [chain.mol.GetAtomWithIdx(index) for index in sorted(chain.middle)]
    path = [atom for atom in atoms if atom.GetIdx() in chain.path]
    side = [atom for atom in atoms if atom.GetIdx() not in chain.backbone]
    rotors = [match for match in chain.matches(Lipinski.RotatableBondSmarts) if chain.path.issuperset(match)]
    branches = sum(
        neighbour.GetIdx() not in chain.backbone and neighbour.GetAtomicNum() > 0
        for atom in atoms
        if atom.GetIdx() in chain.backbone
        for neighbour in atom.GetNeighbors()
    )
    mass = sum(atom.GetMass() + 1.008 * atom.GetTotalNumHs() for atom in atoms)
    length = len(path)
    return [
        len(side) / len(atoms),
        length / len(atoms),
        sum(atom.GetIsAromatic() for atom in path) / length,
        sum(atom.IsInRing() for atom in path) / length,
        sum(atom.GetAtomicNum() != 6 for atom in path) / length,
        sum(atom.GetAtomicNum() == 6 and atom.GetTotalNumHs() == 2 for atom in path) / length,
        len(rotors) / length,
        branches / length,
        len(side) / branches if branches else 0.0,
        sum(atom.IsInRing() for atom in side) / len(side) if side else 0.0,
        mass / length,
    ]


def repeat_unit_summary(polymer: Polymer) -> dict[str, float | int | str]:
    """Sum up a repeat unit as displayed.

    Parameters
    ----------
    polymer : Polymer
        The chain.

    Returns
    -------
    dict
        ``formula``; ``molar_mass_unit`` in g/mol; and the counts named in ``tools.core.vocabulary.COUNTS``
        (``heavy_atoms``, ``rings``, ``aromatic_rings``, ``rotatable_bonds``, ``hbond_donors``, ``hbond_acceptors``,
        ``fluorine_atoms``, ``ester_groups``, ``amide_groups``, ``hydroxyl_groups``), each per repeat unit. Donors,
        acceptors and rotatable bonds are those of RDKit's Lipinski module, counted in the chain.
    """
    chain = chain_of(polymer)
    groups = groups_of(polymer)
    rings = [ring for ring in chain.mol.GetRingInfo().AtomRings() if min(ring) in chain.middle]
    return {
        "formula": rdMolDescriptors.CalcMolFormula(polymer.mol).replace("*2", ""),
        "molar_mass_unit": rdMolDescriptors._CalcMolWt(polymer.mol),
        "heavy_atoms": len(chain.middle),
        "rings": len(rings),
        "aromatic_rings": groups.get("aromatic_ring", 0),
        "rotatable_bonds": len(chain.matches(Lipinski.RotatableBondSmarts)),
        "hbond_donors": len(chain.matches(Lipinski.HDonorSmarts)),
        "hbond_acceptors": len(chain.matches(Lipinski.HAcceptorSmarts)),
        "fluorine_atoms": len(chain.matches(_FLUORINE)),
        "ester_groups": groups.get("ester", 0),
        "amide_groups": groups.get("amide", 0),
        "hydroxyl_groups": groups.get("hydroxyl", 0),
    }


_FLUORINE = Chem.MolFromSmarts("F")
