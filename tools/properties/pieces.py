"""Screening features straight from the pieces of a chain, each piece read once and kept.

Candidates of a screen share most of their backbone pieces, so that a chain costs one ring closure and one fingerprint,
but no SMILES to write or read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rdkit import Chem, rdBase
from rdkit.Chem import rdMolDescriptors

from tools.core.errors import StructureError

STEREO = re.compile(r"[@/\\]")

QUICK_NAMES: tuple[str, ...] = (
    "unit_heavy_atoms",
    "unit_mass",
    "path_length",
    "mass_per_path_atom",
    "path_share",
    "rings_per_heavy",
    "aromatic_rings_per_heavy",
    "rotatable_per_heavy",
    "polar_area_per_heavy",
    "sp3_carbon_share",
    "donors_per_heavy",
    "acceptors_per_heavy",
    "path_parity",
)


@dataclass(frozen=True)
class Piece:
    """What screening needs of one piece of a chain.

    Attributes
    ----------
    mol : rdkit.Chem.Mol
        The piece with dummies at its start and end, without stereochemistry.
    stars : tuple of int
        Dummies at start and end.
    ends : tuple of int
        Atoms that they hang on.
    bond : rdkit.Chem.BondType
        Bond to the next piece.
    invariants : tuple of int
        Morgan invariants of the atoms, without the dummies.
    sums : tuple of float
        Heavy atoms, mass (g/mol), path atoms, rings, aromatic rings, rotatable bonds, polar area (Å2), carbons, sp3
        carbons, hydrogen-bond donors and acceptors.
    """

    mol: Any
    stars: tuple[int, int]
    ends: tuple[int, int]
    bond: Any
    invariants: tuple[int, ...]
    sums: tuple[float, ...]


@lru_cache(maxsize=32_768)
def read_piece(text: str) -> Piece:
    """Read a piece of a chain.

    Parameters
    ----------
    text : str
        Piece of ``Polymer.word``.

    Returns
    -------
    Piece
        Shared: its molecule must not be changed.

    Raises
    ------
    StructureError
        If the text is not a piece.
    """
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(STEREO.sub("", text))
    labels = {} if mol is None else {a.GetIsotope(): a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 0}
    if set(labels) != {1, 2}:
        raise StructureError(f"{text!r} is not a piece of a chain.", code="piece")
    start, end = labels[1], labels[2]
    for star in (start, end):
        mol.GetAtomWithIdx(star).SetIsotope(0)
    path = Chem.GetShortestPath(mol, start, end)
    invariants = rdMolDescriptors.GetConnectivityInvariants(mol)
    carbons = sum(atom.GetAtomicNum() == 6 for atom in mol.GetAtoms())
    return Piece(
        mol,
        (start, end),
        (path[1], path[-2]),
        mol.GetBondBetweenAtoms(path[-2], end).GetBondType(),
        tuple(value for index, value in enumerate(invariants) if index not in (start, end)),
        (
            mol.GetNumAtoms() - 2,
            rdMolDescriptors._CalcMolWt(mol),
            len(path) - 2,
            rdMolDescriptors.CalcNumRings(mol),
            rdMolDescriptors.CalcNumAromaticRings(mol),
            rdMolDescriptors.CalcNumRotatableBonds(mol),
            rdMolDescriptors.CalcTPSA(mol),
            carbons,
            rdMolDescriptors.CalcFractionCSP3(mol) * carbons,
            rdMolDescriptors.CalcNumLipinskiHBD(mol),
            rdMolDescriptors.CalcNumLipinskiHBA(mol),
        ),
    )


def close_pieces(pieces: list[Piece], shortest_cycle: int) -> tuple[Any, int, list[int]]:
    """Join copies of a chain's pieces into a cycle; see ``tools.properties.features.ring_closed``.

    Parameters
    ----------
    pieces : list of Piece
        Pieces of one repeat unit, in order.
    shortest_cycle : int
        Least number of backbone atoms round the cycle.

    Returns
    -------
    mol : rdkit.Chem.RWMol
        The cycle, not sanitised.
    copies : int
        Number of units in it.
    invariants : list of int
        Morgan invariants of its atoms.
    """
    length = int(sum(piece.sums[2] for piece in pieces))
    copies = max(1, -(-shortest_cycle // length))
    cycle = Chem.RWMol()
    heads: list[int] = []
    tails: list[tuple[int, Any]] = []
    stars: list[int] = []
    invariants: list[int] = []
    size = 0
    for piece in pieces * copies:
        cycle.InsertMol(piece.mol)
        heads.append(size + piece.ends[0])
        tails.append((size + piece.ends[1], piece.bond))
        stars += [size + piece.stars[0], size + piece.stars[1]]
        invariants += piece.invariants
        size += piece.mol.GetNumAtoms()
    cycle.BeginBatchEdit()
    for place, (tail, bond) in enumerate(tails):
        cycle.AddBond(tail, heads[(place + 1) % len(heads)], bond)
    for star in stars:
        cycle.RemoveAtom(star)
    cycle.CommitBatchEdit()
    Chem.FastFindRings(cycle)
    return cycle, copies, invariants


def quick_block(pieces: list[Piece]) -> list[float]:
    """Compute the numbers named by ``QUICK_NAMES`` from the sums of pieces.

    Parameters
    ----------
    pieces : list of Piece
        Pieces of one repeat unit.

    Returns
    -------
    list of float
        One number per name.
    """
    heavy, mass, path, rings, aromatic, rotatable, area, carbons, sp3, donors, acceptors = (
        sum(values) for values in zip(*(piece.sums for piece in pieces), strict=True)
    )
    return [
        heavy,
        mass,
        path,
        mass / path,
        path / heavy,
        rings / heavy,
        aromatic / heavy,
        (rotatable + len(pieces)) / heavy,  # a joint between pieces is a single bond outside rings
        area / heavy,
        sp3 / max(carbons, 1),
        donors / heavy,
        acceptors / heavy,
        path % 2,
    ]
