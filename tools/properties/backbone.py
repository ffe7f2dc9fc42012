"""Backbone and side-chain numbers of a repeat unit, all intensive or per repeat unit."""

from __future__ import annotations

from typing import Any

from rdkit import Chem

BACKBONE_NAMES: tuple[str, ...] = (
    "unit_heavy_atoms",
    "unit_mass",
    "path_length",
    "mass_per_path_atom",
    "backbone_fraction",
    "backbone_ring_fraction",
    "backbone_aromatic_fraction",
    "backbone_rotatable_per_atom",
    "backbone_hetero_fraction",
    "backbone_methylene_fraction",
    "backbone_quaternary_fraction",
    "path_parity",
    "branches_per_path_atom",
    "side_chain_depth",
    "side_chain_heavy_per_branch",
    "side_ring_fraction",
    "aromatic_fraction",
    "sp3_carbon_fraction",
    "hydrogen_per_heavy",
    "donors_per_heavy",
    "nitrogen_fraction",
    "oxygen_fraction",
    "fluorine_fraction",
    "halogen_fraction",
    "sulfur_fraction",
    "silicon_fraction",
    "unsaturation_per_heavy",
    "carbonyl_per_heavy",
)


def main_chain(mol: Any) -> tuple[tuple[int, ...], set[int]]:
    """Find the main chain of a repeat unit.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Repeat unit with two ``*``.

    Returns
    -------
    path : tuple of int
        Atoms of the shortest path between the two ``*``, without them.
    backbone : set of int
        The path and the rings that it runs through.
    """
    stars = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    path = tuple(Chem.GetShortestPath(mol, stars[0], stars[1]))[1:-1]
    backbone = set(path)
    for ring in mol.GetRingInfo().AtomRings():
        if len(backbone.intersection(ring)) > 1:
            backbone.update(ring)
    return path, backbone


def _depths(mol: Any, backbone: set[int], stars: set[int]) -> dict[int, int]:
    """Return how many bonds each side-chain atom lies from the backbone."""
    depth: dict[int, int] = {}
    front, level = backbone, 0
    while front:
        level += 1
        front = {
            neighbour.GetIdx()
            for index in front
            for neighbour in mol.GetAtomWithIdx(index).GetNeighbors()
            if neighbour.GetIdx() not in backbone
            and neighbour.GetIdx() not in depth
            and neighbour.GetIdx() not in stars
        }
        depth.update(dict.fromkeys(front, level))
    return depth


def backbone_block(mol: Any) -> list[float]:
    """Compute the numbers named by ``BACKBONE_NAMES``.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Sanitised repeat unit with two ``*``.

    Returns
    -------
    list of float
        One number per name.
    """
    path, backbone = main_chain(mol)
    atoms = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() > 0]
    stars = {atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0}
    heavy = len(atoms)
    number = {atom.GetIdx(): atom.GetAtomicNum() for atom in atoms}
    ring = {atom.GetIdx() for atom in atoms if atom.IsInRing()}
    aromatic = {atom.GetIdx() for atom in atoms if atom.GetIsAromatic()}
    hydrogens = {atom.GetIdx(): atom.GetTotalNumHs() for atom in atoms}
    mass = sum(atom.GetMass() + 1.008 * hydrogens[atom.GetIdx()] for atom in atoms)
    depth = _depths(mol, backbone, stars)
    branches = sum(1 for level in depth.values() if level == 1)
    rotatable, unsaturated, carbonyl = _bond_counts(mol, backbone, stars, number)
    elements = list(number.values())
    size = len(backbone)
    return [
        heavy,
        mass,
        len(path),
        mass / len(path),
        size / heavy,
        len(backbone & ring) / size,
        len(backbone & aromatic) / size,
        rotatable / size,
        sum(number[index] != 6 for index in backbone) / size,
        sum(number[index] == 6 and hydrogens[index] == 2 for index in backbone) / size,
        sum(mol.GetAtomWithIdx(index).GetDegree() == 4 for index in backbone) / size,
        len(path) % 2,
        branches / len(path),
        max(depth.values(), default=0),
        len(depth) / max(branches, 1),
        len(ring - backbone) / heavy,
        len(aromatic) / heavy,
        sum(atom.GetAtomicNum() == 6 and atom.GetHybridization() == Chem.HybridizationType.SP3 for atom in atoms)
        / heavy,
        sum(hydrogens.values()) / heavy,
        sum(number[index] in (7, 8) and count > 0 for index, count in hydrogens.items()) / heavy,
        elements.count(7) / heavy,
        elements.count(8) / heavy,
        elements.count(9) / heavy,
        sum(element in (17, 35, 53) for element in elements) / heavy,
        elements.count(16) / heavy,
        elements.count(14) / heavy,
        unsaturated / heavy,
        carbonyl / heavy,
    ]


def _bond_counts(mol: Any, backbone: set[int], stars: set[int], number: dict[int, int]) -> tuple[int, int, int]:
    """Count rotatable backbone bonds (the joining bond once), multiple bonds outside aromatics, and carbonyls."""
    rotatable, unsaturated, carbonyl = 1, 0, 0
    for bond in mol.GetBonds():
        begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        if begin in stars or end in stars:
            continue
        kind = bond.GetBondType()
        if kind == Chem.BondType.SINGLE and begin in backbone and end in backbone and not bond.IsInRing():
            rotatable += 1
        if kind in (Chem.BondType.DOUBLE, Chem.BondType.TRIPLE):
            unsaturated += 1
            carbonyl += kind == Chem.BondType.DOUBLE and {number[begin], number[end]} == {6, 8}
    return rotatable, unsaturated, carbonyl
